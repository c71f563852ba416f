"""Where and how to object must stand on a notice, with a telephone (documents.md): one's own, the township's, or none."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cogov.access.scope import SystemActor
from cogov.common.errors import InputError
from notices import contributions, kinds, services, states
from notices.models import IssuerProfile, Notice, NoticeSnapshot, NumberSeries
from notices.parts import NO_TELEPHONE
from notices.printing.content import ObjectionPlace
from tests.factories.documents import sample_content, sample_poster
from tests.factories.issuers import give_telephone, take_telephones
from tests.factories.notices import Place

TOWNSHIP = ObjectionPlace("沙坪镇共同缔造办公室", "0715-3690000", "沙坪镇纪委")


@pytest.fixture(autouse=True)
def _morning(travel_to: Any) -> None:
    travel_to("2026-11-02 09:00")


def profile_of(place: Place) -> IssuerProfile:
    return services.issuer_profile(township=place.township, village=place.village)


def drafted(place: Place, kind: str = "points_list", **changes: Any) -> Notice:
    values: dict[str, Any] = {
        "content": sample_content(),
        "poster": sample_poster(),
        "village": place.village,
    }
    return services.draft_notice(actor=place.cadre, kind=kind, subject_key="s", **{**values, **changes})


def frozen_places(notice: Notice) -> list[Any]:
    document = notice.snapshot.document
    return [document[part]["objection"] for part in ("content", "poster")]


def told(place: ObjectionPlace) -> dict[str, str]:
    return {"place": place.place, "telephone": place.telephone, "receiver": place.receiver}


def test_a_village_without_telephone_borrows_all_of_the_township(place: Place) -> None:
    """Place, telephone and receiver come together: never the village's office with the township's telephone."""
    assert services.objection_place(profile_of(place)) == TOWNSHIP
    notice = services.publish_notice(actor=place.secretary, notice=drafted(place))
    assert frozen_places(notice) == [told(TOWNSHIP)] * 2


def test_the_place_that_is_lent_carries_the_name_of_the_township(place: Place) -> None:
    IssuerProfile.objects.filter(village=None).update(objection_place="三楼共同缔造办")
    assert services.objection_place(profile_of(place)).place == "沙坪镇三楼共同缔造办"
    own = services.issuer_profile(township=place.township)
    assert services.objection_place(own).place == "三楼共同缔造办"


def test_a_village_that_can_be_called_keeps_its_own(place: Place) -> None:
    services.save_issuer(
        actor=place.clerk, instance=profile_of(place), data={"objection_telephone": "0715-3690101"}
    )
    own = ObjectionPlace("板坑村便民服务中心", "0715-3690101", "村务监督委员会")
    notice = services.publish_notice(actor=place.secretary, notice=drafted(place))
    assert frozen_places(notice) == [told(own)] * 2


@pytest.mark.parametrize("kind", ["points_list", "general", "project_publicity", "disclosure_finance"])
def test_nothing_that_can_be_objected_to_is_published_without_a_telephone(place: Place, kind: str) -> None:
    take_telephones()
    notice = drafted(place, kind)
    with pytest.raises(InputError) as refusal:
        services.publish_notice(actor=place.secretary, notice=notice)
    assert NO_TELEPHONE in refusal.value.message
    assert "公示 → 发文机关" in refusal.value.message
    notice.refresh_from_db()
    assert (notice.state, notice.number) == (states.DRAFT, "")
    assert not NumberSeries.objects.exists() and not NoticeSnapshot.objects.exists()
    with pytest.raises(InputError, match="没有异议受理电话"):
        services.check_notice(actor=place.secretary, notice=notice)


def test_every_kind_with_an_objection_period_asks_for_it() -> None:
    asked = {
        kind.code for kind in kinds.all_kinds() if any(part.kind == "objection" for part in kind.required)
    }
    assert asked == {kind.code for kind in kinds.all_kinds() if kind.objection_workdays}
    assert {"points_list", "honour_roll"} <= asked


def test_what_cannot_be_objected_to_needs_none(place: Place) -> None:
    take_telephones()
    notice = drafted(place, "red_list")
    assert services.publish_notice(actor=place.secretary, notice=notice).number == "板坑村公布〔2026〕1号"


def test_a_withdrawal_needs_one_too(place: Place) -> None:
    notice = services.publish_notice(actor=place.secretary, notice=drafted(place))
    take_telephones()
    away = services.draft_correction(
        actor=place.cadre, notice=notice, content=sample_content(), reason="重新核算", effect="withdraw"
    )
    with pytest.raises(InputError, match="没有异议受理电话"):
        services.publish_notice(actor=place.secretary, notice=away)
    notice.refresh_from_db()
    assert notice.state == states.PUBLISHED
    give_telephone(place.township)
    assert services.publish_notice(actor=place.secretary, notice=away).number == "板坑村公示〔2026〕2号"


@pytest.mark.parametrize("checked", [False, True])
def test_a_draft_from_before_takes_the_telephone_of_today(place: Place, checked: bool) -> None:
    notice = drafted(place)
    if checked:
        services.check_notice(actor=place.secretary, notice=notice)
    take_telephones()
    bare = Notice.objects.get(pk=notice.pk)
    for part in ("content", "poster"):
        bare.draft[part]["objection"] = {"place": "板坑村便民服务中心", "telephone": "", "receiver": ""}
    bare.save(update_fields=["draft"])
    with pytest.raises(InputError, match="没有异议受理电话"):
        services.publish_notice(actor=place.secretary, notice=bare)
    give_telephone(place.township)
    published = services.publish_notice(actor=place.secretary, notice=bare)
    assert frozen_places(published) == [told(TOWNSHIP)] * 2


def test_the_system_publishes_nothing_without_one_and_may_try_again(place: Place) -> None:
    take_telephones()
    document = {
        "kind": "points_list",
        "village": place.village,
        "content": sample_content(),
        "subject_key": "s",
    }
    with pytest.raises(InputError, match="没有异议受理电话"):
        services.issue_notice(actor=SystemActor("月结任务"), **document)
    assert not Notice.objects.exists() and not NumberSeries.objects.exists()
    give_telephone(place.township)
    notice = services.issue_notice(actor=SystemActor("月结任务"), **document)
    assert notice.number == "板坑村公示〔2026〕1号"
    give_telephone(place.township, "0715-3699999")  # another telephone since then is no other notice
    assert services.issue_notice(actor=SystemActor("月结任务"), **document) == notice


def test_the_preview_says_so_and_shows_what_will_be_printed(client: Client, place: Place) -> None:
    client.force_login(place.cadre, backend="cogov.access.backends.DutyBackend")
    sent = {"kind": "general", "place": place.village.code, "title": "关于清渠的公示", "body": "三组清渠。"}
    url = reverse("admin:notices_notice_preview")
    seen = client.post(url, {**sent, "basis": "村民代表会议决议", "calculation": "按米"}).json()
    assert NO_TELEPHONE not in [problem["message"] for problem in seen["problems"]]
    words = re.sub(r"<[^>]+>|\s", "", seen["body"])
    assert "同缔造办公室（沙坪镇纪委，电话0715-3690000）" in words
    take_telephones()
    seen = client.post(url, sent).json()
    assert NO_TELEPHONE in [problem["message"] for problem in seen["problems"]]


@pytest.mark.parametrize("telephone", ["没有", "0715", "电话3690101", "13800000000<b>"])
def test_a_telephone_is_a_number(place: Place, telephone: str) -> None:
    profile = services.issuer_profile(township=place.township)
    with pytest.raises(InputError) as refusal:
        services.save_issuer(actor=place.clerk, instance=profile, data={"objection_telephone": telephone})
    assert "异议受理电话" in [problem.column for problem in refusal.value.problems]
    profile.refresh_from_db()
    assert profile.objection_telephone == TOWNSHIP.telephone


@pytest.mark.parametrize(
    "telephone", ["0715-3690101", "12345", "（0715）3690101 转 8", "3690101、3690102", ""]
)
def test_telephones_as_offices_write_them(place: Place, telephone: str) -> None:
    profile = services.issuer_profile(township=place.township)
    saved = services.save_issuer(actor=place.clerk, instance=profile, data={"objection_telephone": telephone})
    assert saved.objection_telephone == telephone


def test_a_new_township_is_asked_before_its_first_notice(client: Client, place: Place) -> None:
    """The line of the to-do list is there with no profile at all, and leads to the row that is to be filled in."""
    IssuerProfile.objects.all().delete()
    (item,) = contributions._without_telephone(place.clerk)
    assert (item.count, item.title, item.tone) == (1, "乡镇没有填异议受理电话", "bad")
    assert item.detail.startswith("沙坪镇：")
    assert contributions._without_telephone(place.cadre) == []
    client.force_login(place.clerk, backend="cogov.access.backends.DutyBackend")
    assert "乡镇没有填异议受理电话" in client.get("/admin/").content.decode()
    assert "沙坪镇人民政府" in client.get(item.url).content.decode()
    profile = IssuerProfile.objects.get()
    services.save_issuer(actor=place.clerk, instance=profile, data={"objection_telephone": "0715-3690101"})
    assert contributions._without_telephone(place.clerk) == []
    assert "沙坪镇人民政府文件" not in client.get(item.url).content.decode()


def test_looking_at_the_list_writes_nothing_for_others(client: Client, place: Place) -> None:
    IssuerProfile.objects.all().delete()
    client.force_login(place.auditor, backend="cogov.access.backends.DutyBackend")
    assert client.get(reverse("admin:notices_issuerprofile_changelist")).status_code == 200
    assert not IssuerProfile.objects.exists()


def test_a_correction_borrows_as_well(place: Place) -> None:
    notice = services.publish_notice(actor=place.secretary, notice=drafted(place))
    give_telephone(place.township, "0715-3699999")
    fixed = services.draft_correction(
        actor=place.cadre,
        notice=notice,
        content=replace(sample_content(), calculation="余额＝上月余额＋本月加分"),
        reason="计算办法写漏",
        poster=sample_poster(),
    )
    published = services.publish_notice(actor=place.secretary, notice=fixed)
    assert [found["telephone"] for found in frozen_places(published)] == ["0715-3699999"] * 2
