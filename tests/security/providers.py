"""Sample arguments for every address: an object at a given village."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model

from cogov.access.scope import SystemActor
from cogov.jobs.models import Job
from notices.models import Notice
from points.models import Goods, PointsRule, Redemption
from tests.factories.market import sample_sale
from tests.security.routes import Route, admin_model, first_in
from villages.models import Household, HouseholdKind, Village
from villages.services import show_card
from villages.services.holders import place_collectives

# An address that names something that does not exist: what a foreign object must look like.
NOTHING = "999999999"
# Whoever holds the paper or the card may read it; there is no "foreign" here.
PUBLIC = ("v/", "verify/", "board/", "kiosk/")
# What the number in a kiosk address names.
_KIOSK: dict[str, type[Model]] = {
    "kiosk:notice": Notice,
    "kiosk:picture": Goods,
    "kiosk:choose": Goods,
    "kiosk:confirm": Goods,
    "kiosk:give_up": Redemption,
    "kiosk:claim": PointsRule,
}
_OBJECT_ARGUMENTS = {"object_id", "pk", "job_id", "batch_id", "message_id"}
FIXED = {"layout": "a4", "evidence": NOTHING}


def is_public(route: Route) -> bool:
    return route.pattern.startswith(PUBLIC)


def values_for(route: Route, village: Village) -> dict[str, Any] | None:
    """Arguments of ``route`` that lead to something of ``village``; None when nobody knows any."""
    if not route.arguments:
        return {}
    values = _special(route, village)
    if values is not None:
        return values
    model = _model(route)
    if model is None:
        return None
    # The group in which the matrix' grid workers work, else anything of the village, else of the township.
    group = village.groups.order_by("serial").values_list("code", flat=True)[0]
    places = (group, village.code, village.township.code)
    row = next(filter(None, (first_in(model, code) for code in places)), None)
    key = row.pk if row is not None else NOTHING
    return {name: FIXED.get(name, key) for name in route.arguments}


def _model(route: Route) -> type[Model] | None:
    if not set(route.arguments) & _OBJECT_ARGUMENTS:
        return None
    if "job_id" in route.arguments:
        return Job
    if "message_id" in route.arguments:
        return apps.get_model("desk.Message")
    parts = route.pattern.split("/")
    if parts[0] == "admin" and len(parts) > 3:
        try:
            return apps.get_model(parts[1], parts[2])
        except LookupError:
            return None
    if route.name == "village:notice":
        return Notice
    if route.name.startswith(("village:", "field_points:")):
        return apps.get_model("points.PointsRecord")
    return admin_model(route.name)


def _special(route: Route, village: Village) -> dict[str, Any] | None:
    if route.name == "admin:app_list":
        return {"app_label": "villages"}
    if route.name == "admin:view_on_site":
        return {"content_type_id": ContentType.objects.get_for_model(Village).pk, "object_id": village.pk}
    if route.arguments == ("url",):
        return {"url": "nothing/here"}
    if route.arguments == ("village_code",):
        return {"village_code": village.code}
    if route.name == "notices:verify_token":
        notice = Notice.objects.filter(village=village).exclude(number="").first()
        return {"token": notice.verify_token if notice else NOTHING}
    if route.name == "kiosk:card":
        household = Household.objects.filter(village=village).order_by("pk").first()
        return {
            "token": show_card(actor=SystemActor("测试"), household=household).token if household else NOTHING
        }
    if route.name.startswith("admin:points_pointsholder_"):
        return {"object_id": _holder(village).pk}
    if route.name == "counter:paper":
        return {"kind": "purchase"}
    if route.name.startswith("counter:"):
        return _counter(route, village)
    if route.name.startswith("kiosk:"):
        row = first_in(_KIOSK[route.name], village.code)
        return {"pk": row.pk if row else NOTHING}
    return None


def _holder(village: Village) -> Household:
    """The 集体户 of the village's first group; the sample gives points to families."""
    group = village.groups.order_by("serial")[:1].get()
    found = Household.holders.filter(group=group, kind=HouseholdKind.COLLECTIVE).first()
    with transaction.atomic():  # the caller of the service holds one
        return found or place_collectives(village, [group])[0]


def _counter(route: Route, village: Village) -> dict[str, Any]:
    """A real sale of the village: its receipt, or the picture of what was sold."""
    sale = sample_sale(village)
    if route.name == "counter:picture":
        return {"pk": sale.lines.get().goods_id}
    return {"pk": sale.pk, "layout": "a5"}
