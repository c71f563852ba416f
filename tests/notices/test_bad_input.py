"""Bad input of issue C: a clear error, no half-published notice, no gap and no double in the numbers."""

from __future__ import annotations

import errno
import io
import struct
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection, connections
from django.test import Client

from cogov.access.scope import SystemActor
from cogov.common.errors import CogovError, ConflictError, InputError, RuleError
from cogov.common.workdays import CalendarUnknown
from notices import render, services
from notices.models import ChainHead, IssuerProfile, Notice, NoticeSnapshot, NumberSeries, PostingEvidence
from notices.printing import content as model
from notices.services import publishing
from notices.services.issuers import issuer_profile, read_seal, save_issuer
from notices.services.verifying import verify_notices
from tests.factories.documents import sample_content, sample_poster
from tests.factories.notices import Place, make_place
from tests.factories.photos import photo_bytes

Travel = Callable[[str], None]
EVIL = (
    "<script>alert(1)</script>",
    '<img src="file:///etc/passwd">',
    "file:///etc/passwd",
    "javascript:alert(1)",
)


def drafted(place: Place, subject: str = "s", kind: str = "points_list", **kw: Any) -> Notice:
    kw.setdefault("content", sample_content())
    return services.draft_notice(
        actor=place.cadre, kind=kind, village=place.village, subject_key=subject, **kw
    )


def nothing_published() -> bool:
    return not (
        NumberSeries.objects.exists()
        or NoticeSnapshot.objects.exists()
        or Notice.objects.exclude(number="").exists()
    )


# -- text -----------------------------------------------------------------------------------------


def _spoiled(text: str) -> list[model.NoticeContent]:
    content = sample_content()
    paragraph, table = content.blocks
    return [
        replace(content, title=text),
        replace(content, signer=text),
        replace(content, addressee=text),
        replace(content, basis=(text,)),
        replace(content, legal_basis=text),
        replace(content, calculation=text),
        replace(content, attachments=(text,)),
        replace(content, cc=(text,)),
        replace(content, printed_by=text),
        replace(content, objection=model.ObjectionPlace(text)),
        replace(content, objection=model.ObjectionPlace("村委会", text)),
        replace(content, blocks=(replace(paragraph, text=text),)),
        replace(content, blocks=(model.Heading(text),)),
        replace(content, blocks=(replace(table, caption=text),)),
        replace(content, blocks=(replace(table, note=text),)),
        replace(content, blocks=(replace(table, unit=text),)),
        replace(content, blocks=(replace(table, rows=(("1", text, "1组", "5"),)),)),
        replace(content, blocks=(model.FigureGrid((model.FigureItem(text, "1"),)),)),
    ]


@pytest.mark.parametrize("text", EVIL)
def test_markup_and_addresses_are_refused_in_every_field(place: Place, text: str) -> None:
    for i, content in enumerate(_spoiled(text)):
        with pytest.raises(InputError, match="不能含"):
            drafted(place, f"s{i}", content=content)
    with pytest.raises(InputError, match="不能含"):
        drafted(place, poster=replace(sample_poster(), notes=(text,)))
    assert not Notice.objects.exists()


@pytest.mark.parametrize("name", ["heading", "signer", "prefix", "objection_place", "objection_receiver"])
def test_issuer_profiles_take_no_markup(place: Place, name: str) -> None:
    profile = issuer_profile(township=place.township, village=place.village)
    before = getattr(profile, name)
    with pytest.raises(InputError, match="发文机关资料有错"):
        save_issuer(actor=place.clerk, instance=profile, data={name: "<b>x</b>"})
    profile.refresh_from_db()
    assert getattr(profile, name) == before


def test_two_issuers_cannot_number_alike(place: Place, travel_to: Travel) -> None:
    """The form refuses a prefix that is taken; one that was, and was given up, is refused at publication."""
    travel_to("2026-11-02 09:00")
    ours = issuer_profile(township=place.township, village=place.village)
    theirs = issuer_profile(township=place.township, village=place.other)
    with pytest.raises(InputError, match="发文机关资料有错") as refusal:
        save_issuer(actor=place.clerk, instance=theirs, data={"prefix": ours.prefix})
    assert "文号会重复" in str(refusal.value.problems[0])
    first = services.publish_notice(actor=place.secretary, notice=drafted(place))
    save_issuer(actor=place.clerk, instance=ours, data={"prefix": "板坑村委"})
    save_issuer(actor=place.clerk, instance=theirs, data={"prefix": "板坑村"})
    draft = services.draft_notice(
        actor=place.clerk,
        kind="points_list",
        village=place.other,
        subject_key="t",
        content=sample_content(),
    )
    with pytest.raises(ConflictError, match="机关代字"):
        services.publish_notice(actor=place.leader, notice=draft)
    with pytest.raises(ConflictError, match="机关代字"):
        services.issue_notice(
            actor=SystemActor("月结"),
            kind="points_list",
            village=place.other,
            subject_key="u",
            content=sample_content(),
        )
    draft.refresh_from_db()
    assert (draft.state, draft.number) == ("draft", "")
    assert list(Notice.objects.exclude(number="")) == [first]
    assert not NumberSeries.objects.filter(code=place.other.code).exists()
    save_issuer(actor=place.clerk, instance=theirs, data={"prefix": "大集村"})
    assert services.publish_notice(actor=place.leader, notice=draft).number == "大集村公示〔2026〕1号"


def test_an_objection_with_markup_is_taken_as_words(client: Client, place: Place, travel_to: Travel) -> None:
    travel_to("2026-11-02 09:00")
    notice = services.publish_notice(actor=place.secretary, notice=drafted(place))
    row = services.file_objection(
        actor=place.cadre, notice=notice, channel="counter", text=EVIL[0], person=EVIL[1]
    )
    client.force_login(place.secretary, backend="cogov.access.backends.DutyBackend")
    page = client.get(f"/admin/notices/objection/{row.pk}/change/").content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page and "<img src=" not in page


def test_an_unknown_character_is_named_and_nothing_is_drafted(place: Place) -> None:
    table = sample_content().blocks[1]
    bad = replace(table, rows=(("1", "王\U000313aa", "1组", "5"),))
    with pytest.raises(InputError, match=r"U\+313AA"):
        drafted(place, content=sample_content(blocks=(bad,)))
    assert not Notice.objects.exists()


def test_titles_of_200_characters_are_taken_and_longer_ones_refused(place: Place, travel_to: Travel) -> None:
    travel_to("2026-11-02 09:00")
    notice = services.publish_notice(
        actor=place.secretary, notice=drafted(place, content=sample_content("题" * 200))
    )
    assert notice.title == "题" * 200
    with pytest.raises(InputError, match="标题超过200个字"):
        drafted(place, "long", content=sample_content("题" * 201))


def test_a_correction_of_a_title_of_200_characters_is_refused_clearly(
    place: Place, travel_to: Travel
) -> None:
    travel_to("2026-11-02 09:00")
    content = sample_content("题" * 199)
    notice = services.publish_notice(actor=place.secretary, notice=drafted(place, content=content))
    with pytest.raises(InputError, match="标题超过200个字"):
        services.draft_correction(actor=place.cadre, notice=notice, content=content, reason="笔误")
    notice.refresh_from_db()
    assert notice.state == "published"
    assert Notice.objects.count() == 1


# -- pictures -------------------------------------------------------------------------------------


def _bomb() -> bytes:
    """A PNG that says it is 60,000 pixels wide and high."""
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"<svg onload=alert(1)>",
        photo_bytes("PNG")[:40],
        photo_bytes("GIF"),
        _bomb(),
        b"x" * 600_000,
    ],
    ids=["empty", "text", "svg", "cut", "gif", "bomb", "big"],
)
def test_a_seal_that_is_no_image_is_refused(place: Place, data: bytes) -> None:
    profile = issuer_profile(township=place.township, village=place.village)
    with pytest.raises(InputError, match="印章"):
        save_issuer(actor=place.clerk, instance=profile, data={"prefix": "改", "seal_file": io.BytesIO(data)})
    assert IssuerProfile.objects.get(pk=profile.pk).prefix == "板坑村"
    assert read_seal(photo_bytes("PNG")).startswith("iVBOR")


def test_a_photo_that_is_a_bomb_is_refused(place: Place, travel_to: Travel) -> None:
    travel_to("2026-11-02 09:00")
    notice = services.publish_notice(actor=place.secretary, notice=drafted(place))
    with pytest.raises(InputError, match="照片"):
        services.record_posting(
            actor=place.cadre,
            notice=notice,
            posted_on=date(2026, 11, 2),
            board="村",
            photo=io.BytesIO(_bomb()),
        )
    assert not PostingEvidence.objects.exists()


# -- time -----------------------------------------------------------------------------------------


def test_the_last_second_of_the_year(place: Place, travel_to: Travel) -> None:
    """Number, date and year come from one reading of the clock."""
    body = (model.Heading("一、计分办法"), model.Paragraph("按分。"), sample_content().blocks[1])
    table = replace(
        body[2],
        columns=(model.Column("名次"), model.Column("单位"), model.Column("组别"), model.Column("得分")),
    )
    content = sample_content("排名", blocks=(*body[:2], table))
    travel_to("2026-12-31 23:59:59")
    notices = [drafted(place, f"s{i}", kind="ranking_bulletin", content=content) for i in range(3)]
    first = services.publish_notice(actor=place.secretary, notice=notices[0])
    second = services.publish_notice(actor=place.secretary, notice=notices[1])
    travel_to("2027-01-01 00:00:00")
    third = services.publish_notice(actor=place.secretary, notice=notices[2])
    assert [n.number for n in (first, second, third)] == [
        "板坑村通报〔2026〕1号", "板坑村通报〔2026〕2号", "板坑村通报〔2027〕1号",
    ]  # fmt: skip
    assert [n.snapshot.document["signed_on"] for n in (first, third)] == ["2026-12-31", "2027-01-01"]
    assert str(first.posting_until) == "2027-01-15"
    assert verify_notices().intact


def test_a_holiday_year_that_is_not_published(place: Place, travel_to: Travel) -> None:
    travel_to("2026-12-31 23:59:59")
    notice = drafted(place)
    with pytest.raises(CalendarUnknown, match="2027年的放假安排尚未公布"):
        services.publish_notice(actor=place.secretary, notice=notice)
    assert nothing_published()
    travel_to("2026-12-01 09:00")
    assert services.publish_notice(actor=place.secretary, notice=notice).number == "板坑村公示〔2026〕1号"


# -- faults in the middle -------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["freeze", "_replace_corrected", "tell_move", "record_many"])
def test_a_fault_at_any_step_leaves_no_number(
    place: Place, travel_to: Travel, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    travel_to("2026-11-02 09:00")
    notice = drafted(place)

    def fail(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(publishing, step, fail)
        with pytest.raises(OSError, match="No space"):
            services.publish_notice(actor=place.secretary, notice=notice)
    notice.refresh_from_db()
    assert (notice.state, notice.number) == ("draft", "")
    assert nothing_published()
    assert not ChainHead.objects.filter(position__gt=0).exists()
    assert services.publish_notice(actor=place.secretary, notice=notice).number == "板坑村公示〔2026〕1号"


def _no_room(_storage: Any, name: str, content: Any) -> str:
    """Writes half of the file and then has no room."""
    path = Path(default_storage.path(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.read()[:100])
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_while_the_pdf_is_stored(
    place: Place, travel_to: Travel, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    travel_to("2026-11-02 09:00")
    notice = services.publish_notice(actor=place.secretary, notice=drafted(place))
    with monkeypatch.context() as full:
        full.setattr("django.core.files.storage.FileSystemStorage._save", _no_room)
        with pytest.raises(RuleError, match="磁盘满了"):
            render.store_pdf(notice)
        with pytest.raises(RuleError, match="磁盘满了"):
            services.record_posting(
                actor=place.cadre, notice=notice, posted_on=date(2026, 11, 2), board="村",
                photo=io.BytesIO(photo_bytes()),
            )  # fmt: skip
    assert not notice.files.exists()
    assert not PostingEvidence.objects.exists()
    assert not [p for p in Path(settings.MEDIA_ROOT).rglob("*") if p.is_file()]
    kept = render.store_pdf(notice)
    assert default_storage.size(kept.path) == kept.size
    assert render.store_pdf(notice).pk == kept.pk


def test_half_a_file_of_a_killed_writer_is_replaced(place: Place, travel_to: Travel) -> None:
    travel_to("2026-11-02 09:00")
    notice = services.publish_notice(actor=place.secretary, notice=drafted(place))
    kept = render.store_pdf(notice)
    file = Path(default_storage.path(kept.path))
    whole = file.read_bytes()
    file.write_bytes(whole[:50])
    again = render.store_pdf(notice)
    assert (again.pk, Path(default_storage.path(again.path)).read_bytes()) == (kept.pk, whole)


@pytest.mark.django_db(transaction=True)
def test_two_people_publish_the_same_draft_at_once() -> None:
    """One wins, the others are told; one number, one snapshot."""
    place = make_place()
    notice = drafted(place)
    people = [place.secretary, place.clerk, place.secretary, place.clerk]

    def publish(actor: Any) -> str:
        try:
            services.publish_notice(actor=actor, notice=Notice.objects.get(pk=notice.pk))
        except CogovError as refusal:
            return type(refusal).__name__
        finally:
            connections.close_all()
        return "published"

    if connection.vendor == "sqlite":
        results = [publish(actor) for actor in people]
    else:
        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(publish, people))
    assert sorted(results) == ["TransitionError"] * 3 + ["published"]
    assert NoticeSnapshot.objects.filter(notice=notice).count() == 1
    assert NumberSeries.objects.get().last == 1
    assert verify_notices().intact
