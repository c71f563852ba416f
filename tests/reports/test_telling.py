"""Who hears how a close went; and a whole county in one command."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command

from cogov.access.roles import Role
from cogov.access.scope import SystemActor
from cogov.common.periods import Period
from cogov.desk import inbox
from cogov.desk.models import Message, Outbox
from cogov.jobs.services import work_until_done
from reports.models import Report
from reports.selectors import is_closed
from reports.services import close_month
from tests.factories.issuers import give_telephone
from tests.factories.notices import Place, person
from villages.models import Household, Township, Village, VillageGroup

pytestmark = pytest.mark.django_db
OCTOBER = Period.month(2026, 10)


@pytest.fixture(autouse=True)
def _november(travel_to: Callable[[str], None]) -> None:
    travel_to("2026-11-02 09:00")


def _messages(user: object) -> list[tuple[str, str]]:
    return [(m.title, m.body) for m in Message.objects.filter(user=user).order_by("pk")]


def test_results_reach_the_message_boxes_of_the_place(place: Place, posted: list[str]) -> None:
    call_command("close_month", place.township.code, "2026-10", "--wait")
    township = ("沙坪镇2026年10月月结完成", "2个村（社区）都已完成，全镇月报已经生成。")
    village = ("板坑村2026年10月月结完成", "本村月报已经生成，可以在打印间打印、张贴、报送。")
    assert _messages(place.clerk) == [township]
    assert _messages(place.leader) == [township]
    assert _messages(place.cadre) == [village]
    assert _messages(place.stranger) == [
        ("大集村2026年10月月结完成", "本村月报已经生成，可以在打印间打印、张贴、报送。")
    ]
    before = Outbox.objects.count()
    call_command("close_month", place.township.code, "2026-10", "--wait")
    assert Outbox.objects.count() == before


def test_a_failing_village_is_named_in_the_message(
    place: Place, posted: list[str], refused: set[str]
) -> None:
    refused.add(place.village.code)
    with pytest.raises(CommandError):
        call_command("close_month", place.township.code, "2026-10", "--wait")
    title, body = _messages(place.clerk)[0]
    assert title == "沙坪镇2026年10月月结没有完成"
    assert body == "2项中有1项没有完成：板坑村2026年10月月结（积分细则还没有公布）"
    assert _messages(place.stranger)[0][0] == "大集村2026年10月月结完成"
    with pytest.raises(CommandError):
        call_command("close_month", place.township.code, "2026-10", "--wait")
    assert len(_messages(place.clerk)) == 1, "the same failure is told once"
    refused.clear()
    call_command("close_month", place.township.code, "2026-10", "--wait")
    assert [title for title, _ in _messages(place.clerk)] == [
        "沙坪镇2026年10月月结没有完成",
        "沙坪镇2026年10月月结完成",
    ]


def test_whoever_asked_hears_it_and_a_failing_outbox_undoes_the_close(
    place: Place, posted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    close = close_month(actor=place.clerk, code=place.village.code, period=OCTOBER)
    assert close.job is not None
    work_until_done(close.job, heartbeat=False)
    inbox.deliver_waiting()
    assert [title for title, _ in _messages(place.clerk)] == ["板坑村2026年10月月结完成"]

    def broken(**_values: object) -> int:
        raise RuntimeError("disk full")

    monkeypatch.setattr("reports.services.telling.notify", broken)
    from cogov.jobs.services import run_job

    other = close_month(actor=SystemActor("测试"), code=place.other.code, period=OCTOBER)
    run_job(other.job_id)
    assert not is_closed(place.other.code, OCTOBER)
    assert not Report.objects.filter(code=place.other.code).exists()


def _township(code: str, name: str) -> Township:
    township = Township.objects.create(
        code=code, name=name, province="湖北省", city="咸宁市", county_code="421223", county="崇阳县"
    )
    give_telephone(township)
    for serial in (201, 202):
        village = Village.objects.create(
            code=f"{code}{serial}", township=township, name=f"{name[0]}{serial}村", official_name="村"
        )
        group = VillageGroup.objects.create(village=village, serial=1, name="1组", code=f"{village.code}001")
        Household.objects.create(village=village, number="001", group=group, registered_population=3)
    return township


def test_a_whole_county_closes_in_one_command(
    place: Place, posted: list[str], refused: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    others = [_township("421223102", "石城镇"), _township("421223103", "桂花泉镇")]
    head = person("head", Role.COUNTY_ADMIN, "421223")
    refused.add(f"{others[0].code}202")
    with pytest.raises(CommandError, match="石城镇"):
        call_command("close_month", "421223", "2026-10", "--wait")
    assert is_closed(place.township.code, OCTOBER)
    assert is_closed(others[1].code, OCTOBER), "one failing village stops nobody else"
    assert not is_closed(others[0].code, OCTOBER)
    assert "石202村" in _messages(head)[0][1]
    refused.clear()
    capsys.readouterr()
    call_command("close_month", "421223", "2026-10", "--wait", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["children"], told["children_done"]) == ("done", 3, 3)
    assert told["outcome"] == {"townships": 3}
    assert sorted(posted) == sorted(set(posted)), "no village was posted twice"
    assert Report.objects.filter(level="village").count() == 6
    assert Report.objects.filter(level="township").count() == 3
    assert _messages(head)[-1] == ("崇阳县2026年10月月结完成", "3个乡镇都已完成。")
