"""The calendar table: seeding, editing with audit, publication, the cache."""

from datetime import date

import pytest
from django.core.management import call_command

from cogov.access.scope import SystemActor
from cogov.audit.models import AuditEvent
from cogov.common.errors import AccessDenied, RuleError
from cogov.common.workdays import CalendarUnknown
from cogov.workcalendar.models import CalendarDay, CalendarYear
from cogov.workcalendar.selectors import add_workdays_from_db, load_calendar, workdays_between_from_db
from cogov.workcalendar.services import clear_day, publish_year, seed_calendar, set_day, withdraw_year

pytestmark = pytest.mark.django_db
ACTOR = SystemActor("测试")


class Nobody(SystemActor):
    """Someone without any permission."""

    def has_perm(self, _perm: str, _obj: object = None) -> bool:
        return False


def _enter_2027() -> None:
    for month, day, name in (
        (1, 1, "元旦"),
        (2, 8, "春节"),
        (4, 5, "清明节"),
        (5, 3, "劳动节"),
        (6, 9, "端午节"),
        (9, 15, "中秋节"),
        (10, 1, "国庆节"),
    ):
        set_day(actor=ACTOR, day=date(2027, month, day), is_workday=False, name=name)


def test_the_years_of_the_library_are_there_after_migrate() -> None:
    assert CalendarYear.objects.get(year=2026).published
    assert CalendarDay.objects.get(date=date(2026, 10, 10)).name == "国庆节调休上班"
    assert not CalendarYear.objects.filter(year=2027).exists()


def test_seven_working_days_over_the_real_national_day() -> None:
    assert add_workdays_from_db(date(2026, 9, 30), 7) == date(2026, 10, 15)
    assert workdays_between_from_db(date(2026, 2, 13), date(2026, 2, 28)) == 6, (
        "spring festival with two make-up days"
    )


def test_a_year_without_data_is_refused() -> None:
    with pytest.raises(CalendarUnknown, match="2027年"):
        add_workdays_from_db(date(2026, 12, 30), 7)


def test_entering_and_publishing_a_year_takes_effect_at_once() -> None:
    _enter_2027()
    with pytest.raises(CalendarUnknown):
        add_workdays_from_db(date(2026, 12, 31), 1)
    publish_year(actor=ACTOR, year=2027, basis="国办发明电〔2026〕9号")
    assert add_workdays_from_db(date(2026, 12, 31), 1) == date(2027, 1, 4), (
        "1 January is off, 2nd and 3rd a weekend"
    )
    set_day(actor=ACTOR, day=date(2027, 1, 2), is_workday=True, name="元旦调休上班")
    assert add_workdays_from_db(date(2026, 12, 31), 1) == date(2027, 1, 2)
    clear_day(actor=ACTOR, day=date(2027, 1, 2))
    assert add_workdays_from_db(date(2026, 12, 31), 1) == date(2027, 1, 4)
    withdraw_year(actor=ACTOR, year=2027, reason="录错")
    with pytest.raises(CalendarUnknown):
        add_workdays_from_db(date(2026, 12, 31), 1)


def test_a_year_with_missing_festivals_is_not_published() -> None:
    set_day(actor=ACTOR, day=date(2027, 1, 1), is_workday=False, name="元旦")
    with pytest.raises(RuleError) as caught:
        publish_year(actor=ACTOR, year=2027, basis="")
    assert caught.value.reasons == (
        "没有录入春节的放假日期",
        "没有录入清明的放假日期",
        "没有录入劳动的放假日期",
        "没有录入端午的放假日期",
        "没有录入中秋的放假日期",
        "没有录入国庆的放假日期",
        "没有填写依据（放假通知的名称或文号）",
    )
    assert not CalendarYear.objects.get(year=2027).published


def test_an_ordinary_working_day_needs_no_entry() -> None:
    with pytest.raises(RuleError, match="本来就上班"):
        set_day(actor=ACTOR, day=date(2026, 11, 23), is_workday=True, name="上班")
    assert not CalendarDay.objects.filter(date=date(2026, 11, 23)).exists()


def test_only_admins_edit_and_a_refusal_changes_nothing() -> None:
    before = load_calendar()
    with pytest.raises(AccessDenied):
        set_day(actor=Nobody("x"), day=date(2026, 11, 23), is_workday=False, name="假")
    with pytest.raises(AccessDenied):
        publish_year(actor=Nobody("x"), year=2027, basis="x")
    assert load_calendar() == before
    assert not AuditEvent.objects.filter(action__startswith="workcalendar").exists()


def test_edits_are_audited_with_before_and_after() -> None:
    set_day(actor=ACTOR, day=date(2026, 11, 23), is_workday=False, name="县庆")
    set_day(actor=ACTOR, day=date(2026, 11, 23), is_workday=False, name="崇阳县庆")
    event = AuditEvent.objects.filter(action="workcalendar.set_day").latest("id")
    assert (event.summary, event.before["名称"], event.after["名称"]) == (
        "工作日历：2026年11月23日放假（崇阳县庆）",
        "县庆",
        "崇阳县庆",
    )


def test_cache_costs_one_query(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    load_calendar()
    with django_assert_num_queries(1):
        load_calendar()


def test_seeding_again_changes_nothing_and_respects_edits(capsys: pytest.CaptureFixture[str]) -> None:
    clear_day(actor=ACTOR, day=date(2026, 10, 10))
    assert seed_calendar() == []
    assert not CalendarDay.objects.filter(date=date(2026, 10, 10)).exists()
    call_command("seed_calendar", "--json")
    assert capsys.readouterr().out.strip() == '{"added_years": []}'
