"""Highest honour once, trial runs of a draft, and the year's end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client

from cogov.common.periods import Period
from points.models import PointsRecord, PointsRuleSet
from points.rules import Terms, Used, award, year_end_change
from points.selectors.trials import try_out
from points.services.rulesets import add_rules, draft_rule_set
from tests.factories.points import Setting, published_rules, setting

pytestmark = pytest.mark.django_db
DECEMBER = Period.month(2026, 12)


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-11-02 09:00")
    return setting()


def draft(place: Setting, rules: tuple[dict[str, object], ...], **fields: object) -> PointsRuleSet:
    row = draft_rule_set(
        actor=place.cadre,
        township=place.village.township,
        village=place.village,
        title="新细则",
        effective_from=dt.date(2026, 12, 1),
        **fields,
    )
    add_rules(actor=place.cadre, rule_set=row, rules=rules)
    return row


# --- honours ---------------------------------------------------------------------------------------------------


def test_a_higher_honour_gives_the_difference() -> None:
    result = award(Terms("镇级文明家庭", "次", 30), 1, Used(), honoured=20)
    assert result.points == 10
    assert (
        result.text == "镇级文明家庭 1 次 × 30 分 = 30 分；同类荣誉本年已计 20 分，只计最高一项，补差 10 分"
    )


def test_a_lower_honour_gives_nothing_more() -> None:
    assert award(Terms("村级文明家庭", "次", 20), 1, Used(), honoured=30).points == 0


def test_only_the_highest_honour_of_a_year_counts(travel_to: Callable[[str], None]) -> None:
    travel_to("2026-11-02 09:00")
    place = setting()
    honour = {"category": "honour", "unit": "次", "exclusive_group": "文明家庭"}
    newer = published_rules(
        place.village,
        drafter=place.cadre,
        publisher=place.secretary,
        rules=(
            {"code": "H01", "name": "村级文明家庭", "points": 20, **honour},
            {"code": "H02", "name": "镇级文明家庭", "points": 30, **honour},
        ),
        effective_from=dt.date(2026, 10, 1),
    )
    place.rules = {rule.code: rule for rule in newer.rules.select_related("rule_set")}
    points = [place.approved(0, code, 1).points for code in ("H01", "H02", "H01")]
    assert points == [20, 10, 0]
    assert place.approved(1, "H02", 1).points == 30


# --- trial -----------------------------------------------------------------------------------------------------


def test_trial_tells_who_gains_and_loses(place: Setting) -> None:
    place.approved(0, "L01", 2)  # 40
    place.approved(1, "E01", 3)  # 15
    place.approved(1, "V01", 1)  # 5, not in the draft
    row = draft(
        place,
        (
            {"code": "L01", "category": "labour", "name": "修路投工", "unit": "工日", "points": 30},
            {
                "code": "E01",
                "category": "environment",
                "name": "打扫",
                "unit": "次",
                "points": 5,
                "cap_month": 10,
            },
        ),
    )
    before = PointsRecord.objects.order_by("pk").values_list("points", flat=True)
    trial = try_out(row, Period.month(2026, 9), Period.month(2026, 10))

    assert (trial.records, trial.before, trial.after, trial.change) == (3, 60, 70, 10)
    assert [(r.code, r.before, r.after) for r in trial.rules] == [
        ("E01", 15, 10),
        ("L01", 40, 60),
        ("V01", 5, 0),
    ]
    assert trial.rules[2].name == "照看老人（新细则没有这一项）"
    assert [(h.household, h.change) for h in trial.gainers] == [(place.households[0], 20)]
    assert [(h.household, h.change) for h in trial.losers] == [(place.households[1], -10)]
    assert list(before) == [40, 15, 5]


def test_trial_page(place: Setting, client: Client) -> None:
    place.approved(0, "L01", 2)
    row = draft(
        place, ({"code": "L01", "category": "labour", "name": "修路投工", "unit": "工日", "points": 30},)
    )
    client.force_login(place.secretary)
    path = f"/admin/points/pointsruleset/{row.pk}/do/trial/"
    assert client.get(path).status_code == 200
    html = client.post(path, {"first": "2026-08", "last": "2026-10"}).content.decode()
    assert "试算结果" in html
    assert "逐项对比" in html
    assert client.post(path, {"first": "2026-10", "last": "2026-08"}).status_code == 400


# --- year's end --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("policy", "left"), [("carry", 25), ("halve", 13), ("clear", 0)])
def test_year_end_change(policy: str, left: int) -> None:
    assert 25 + year_end_change(policy, 25).points == left


# --- screens -----------------------------------------------------------------------------------------------------


def test_screen_is_enrolled_in_its_own_browser(place: Setting, client: Client, settings: object) -> None:
    settings.COGOV_KIOSK_ENROLLED_ONLY = True  # type: ignore[attr-defined]
    client.force_login(place.secretary)
    data = {"village": place.village.pk, "name": "便民大厅"}
    response = client.post("/admin/points/kioskdevice/add/", data)
    assert response.status_code == 302
    cookie = response.cookies["kiosk_device"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/kiosk/", True, "Strict")
    assert client.get("/kiosk/").status_code == 200
    assert Client().get("/kiosk/").status_code == 404
    assert "已经有同名终端" in client.post("/admin/points/kioskdevice/add/", data).content.decode()

    device = place.village.kiosks.get()
    revoke = f"/admin/points/kioskdevice/{device.pk}/do/revoke/"
    assert client.post(revoke, {"reason": "换新机"}).status_code == 302
    assert client.get("/kiosk/").status_code == 404
