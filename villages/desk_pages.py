"""What the registry shows on the desk: cards, things to do, search hits, names of places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, Sum
from django.urls import reverse

from cogov.common.periods import Period
from cogov.desk.registry import CardData, ChartSpec, Figure, SearchHit, TodoItem
from villages.models import Household, HouseholdState, Resident, RubbishFee, Township, Village, VillageGroup
from villages.selectors import (
    deserted,
    fee_figures,
    headless,
    search_households,
    unidentified,
)


def _list(name: str, **query: str) -> str:
    address = reverse(f"admin:villages_{name}_changelist")
    return f"{address}?{urlencode(query)}" if query else address


def population_card(user: Any, _period: Period) -> CardData:
    """Households and people of the user's scope, with a chart by village where there are several."""
    rows = Household.objects.for_user(user).exclude(state=HouseholdState.CANCELLED).order_by()
    sums = rows.aggregate(
        households=Count("pk"),
        away=Count("pk", filter=Q(state=HouseholdState.AWAY)),
        registered=Sum("registered_population", default=0),
        actual=Sum("actual_population", default=0),
    )
    if not sums["households"]:
        return CardData()
    by_village = list(
        rows.values("village__code", "village__name")
        .annotate(registered=Sum("registered_population"), actual=Sum("actual_population"))
        .order_by("village__code")[:16]
    )
    charts = []
    if len(by_village) > 1:
        charts.append(
            ChartSpec(
                "bar",
                "各村户籍人口与常住人口",
                [row["village__name"] for row in by_village],
                [
                    ("户籍人口", [row["registered"] for row in by_village]),
                    ("常住人口", [row["actual"] for row in by_village]),
                ],
                "人",
            )
        )
    return CardData(
        figures=(
            Figure("在册户数", sums["households"], "户", link=_list("household")),
            Figure("外出户", sums["away"], "户", link=_list("household", state__exact="away")),
            Figure("户籍人口", sums["registered"], "人"),
            Figure("常住人口", sums["actual"], "人"),
        ),
        charts=charts,
        link=_list("household"),
    )


def fee_card(user: Any, period: Period) -> CardData:
    """Rubbish fee of the year: who has paid, who owes."""
    rows = RubbishFee.objects.for_user(user).filter(year=period.start.year)
    figures = fee_figures(rows)
    if not figures.bills:
        return CardData()
    year = str(period.start.year)
    return CardData(
        figures=(
            Figure("已交清", figures.paid_up, "户"),
            Figure("欠缴", figures.in_arrears, "户", link=_list("rubbishfee", standing="arrears", year=year)),
            Figure("免缴", figures.exempt, "户"),
        ),
        link=_list("rubbishfee", year=year),
    )


def todo(user: Any) -> Sequence[TodoItem]:
    """What is incomplete in the register of the user's scope."""
    households = Household.objects.for_user(user, "villages.change_household")
    residents = Resident.objects.for_user(user, "villages.change_resident")
    found = (
        (
            headless(households).count(),
            "户没有户主",
            "请选定户主，积分和公示都以户主名义",
            _list("household", gap="headless"),
        ),
        (
            deserted(households).count(),
            "户没有成员",
            "请补登成员或办理销户",
            _list("household", gap="deserted"),
        ),
        (
            unidentified(residents).count(),
            "人没有身份证号",
            "补齐后才能查重、核对",
            _list("resident", gap="unidentified"),
        ),
    )
    return [
        TodoItem(f"{count:,} {title}", url, count=count, detail=detail, tone="warn")
        for count, title, detail, url in found
        if count
    ]


def search(user: Any, text: str, limit: int) -> list[SearchHit]:
    """Households by number, name, initials, or the exact identity or phone number of a member."""
    rows = search_households(Household.objects.for_user(user), text).select_related("village", "group")
    return [
        SearchHit(
            f"{row.village.name} {row}",
            reverse("admin:villages_household_change", args=(row.pk,)),
            f"{row.group.name} · {row.get_state_display()} · {row.registered_population} 人",
        )
        for row in rows.order_by("village__code", "number")[:limit]
    ]


def place_choices(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    """County, townships, villages and groups within the codes, in the order of the tree."""
    within = Q()
    if "" not in codes:
        within = Q(pk__in=[])
        for code in codes:
            within |= Q(code__startswith=code)
    townships = list(Township.objects.filter(within))
    choices = [(row.code, row.name) for row in townships]
    counties = {row.county_code: row.county for row in townships}
    choices += [
        (code, f"{name}（全县）")
        for code, name in counties.items()
        if any(code.startswith(own) for own in codes)
    ]
    choices += [
        (row.code, f"{row.township.name} {row.name}")
        for row in Village.objects.filter(within).select_related("township")
    ]
    choices += [
        (row.code, f"{row.village.township.name} {row.village.name} {row.name}")
        for row in VillageGroup.objects.filter(within).select_related("village__township")
    ]
    return sorted(choices)


def place_names(codes: Iterable[str]) -> dict[str, str]:
    """Names of many places in one query per level; unknown codes are left out."""
    wanted = set(codes)
    names: dict[str, str] = {}
    if any(len(code) == 6 for code in wanted):
        names.update(Township.objects.filter(county_code__in=wanted).values_list("county_code", "county"))
    for model, length in ((Township, 9), (Village, 12)):
        if any(len(code) == length for code in wanted):
            names.update(model.objects.filter(code__in=wanted).values_list("code", "name"))
    if any(len(code) == 15 for code in wanted):
        groups = VillageGroup.objects.filter(code__in=wanted).select_related("village")
        names.update((group.code, f"{group.village.name}{group.name}") for group in groups)
    return names


def place_name(code: str) -> str:
    """Name of a county, township, village or group; "" when unknown."""
    return place_names([code]).get(code, "")
