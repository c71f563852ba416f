"""A trial run in yuan and as a workbook (BEY-11)."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from openpyxl import load_workbook

from cogov.audit.models import AuditEvent
from cogov.common.periods import Period
from points.admin.trial_export import money_figures
from points.models import PointsRuleSet, RedemptionFund, Supermarket
from points.selectors.trial_money import TrialMoney, trial_money
from points.selectors.trials import try_out
from points.services.rulesets import add_rules, draft_rule_set
from tests.factories.points import Setting, setting

pytestmark = pytest.mark.django_db
OCTOBER = Period.month(2026, 10)


@pytest.fixture
def place(travel_to: Callable[[str], None]) -> Setting:
    travel_to("2026-11-02 09:00")
    found = setting()
    found.approved(0, "L01", 2)
    found.approved(1, "V01", 1)
    return found


def draft(place: Setting) -> PointsRuleSet:
    row = draft_rule_set(
        actor=place.cadre,
        township=place.village.township,
        village=place.village,
        title="新细则",
        effective_from=dt.date(2026, 12, 1),
    )
    rule = {"code": "L01", "category": "labour", "name": "修路投工", "unit": "工日", "points": 30}
    add_rules(actor=place.cadre, rule_set=row, rules=(rule,))
    return row


def test_money_of_a_trial(place: Setting) -> None:
    row = draft(place)
    assert trial_money(row) is None
    fund = RedemptionFund.objects.create(
        township=place.village.township, village=place.village, name="基金", balance_fen=50000
    )
    Supermarket.objects.create(village=place.village, name="积分超市", fund=fund, point_value=80)
    assert trial_money(row) == TrialMoney(80, 50000)
    trial = try_out(row, OCTOBER, OCTOBER)
    assert (trial.before, trial.after) == (45, 60)
    assert [(f.label, f.value, f.previous) for f in money_figures(trial, trial_money(row))] == [
        ("试算折合", Decimal("48.00"), Decimal("36.00")),
        ("增减折合", Decimal("12.00"), None),
        ("基金余额", Decimal("500.00"), None),
    ]


def test_workbook(place: Setting, client: Client) -> None:
    row = draft(place)
    client.force_login(place.secretary)
    path = f"/admin/points/pointsruleset/{row.pk}/do/trial/"
    response = client.post(path, {"first": "2026-10", "last": "2026-10", "output": "xlsx"})
    data = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    response.close()
    book = load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["汇总", "逐项对比", "逐户增减"]
    assert [[c.value for c in line] for line in book["逐项对比"].iter_rows(min_row=2)] == [
        ["L01", "修路投工", 1, 40, 60, 20],
        ["V01", "照看老人（新细则没有这一项）", 1, 5, 0, -5],
    ]
    assert [[c.value for c in line][3:] for line in book["逐户增减"].iter_rows(min_row=2)] == [
        [40, 60, 20],
        [5, 0, -5],
    ]
    assert AuditEvent.objects.filter(action="points.export_trial").count() == 1
