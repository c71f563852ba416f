"""list_notices, render_notice, verify_notices: exit 0 only on success."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from cogov.audit import guards
from notices import render, services
from notices.models import Notice, NoticeSnapshot, RenderedFile
from tests.factories.documents import sample_content, sample_poster
from tests.factories.notices import Place, make_place


def publish(place: Place) -> Notice:
    draft = services.draft_notice(
        actor=place.cadre,
        kind="points_list",
        village=place.village,
        period="2026-10",
        content=sample_content(),
        poster=sample_poster(),
    )
    return services.publish_notice(actor=place.secretary, notice=draft)


@pytest.fixture
def notice(place: Place, travel_to: Any) -> Notice:
    travel_to("2026-11-02 09:00")
    return publish(place)


def run(*args: Any, **options: Any) -> str:
    out = io.StringIO()
    call_command(*args, stdout=out, **options)
    return out.getvalue()


def test_list_as_json(notice: Notice, place: Place) -> None:
    result = json.loads(run("list_notices", village=place.village.code, kind="points_list", json=True))
    assert result["count"] == 1
    entry = result["notices"][0]
    assert entry["number"] == "板坑村公示〔2026〕1号"
    assert entry["layouts"] == ["a4", "poster", "landscape"]
    assert entry["digest"] == notice.snapshot.content_digest
    assert json.loads(run("list_notices", village=place.other.code, json=True))["count"] == 0
    assert "共 1 份" in run("list_notices", village=place.township.code)
    with pytest.raises(CommandError, match="没有“nonsense”这种公示"):
        run("list_notices", kind="nonsense")


def test_render_writes_the_same_bytes_twice(notice: Notice, tmp_path: Path) -> None:
    one, two, poster = (tmp_path / name for name in ("1.pdf", "2.pdf", "p.pdf"))
    first = json.loads(run("render_notice", notice.number, str(one), json=True))
    run("render_notice", notice.number, str(two))
    run("render_notice", f"#{notice.pk}", str(poster), poster=True)
    assert one.read_bytes() == two.read_bytes()
    assert first["sha256"] == hashlib.sha256(one.read_bytes()).hexdigest()
    assert poster.read_bytes() != one.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["1.pdf", "2.pdf", "p.pdf"]


def test_render_failures_leave_no_file(notice: Notice, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="没有文号为"):
        run("render_notice", "板坑村公示〔2026〕99号", str(tmp_path / "x.pdf"))
    with pytest.raises(CommandError, match="写不进文件"):
        run("render_notice", notice.number, str(tmp_path / "missing" / "x.pdf"))
    assert list(tmp_path.iterdir()) == []


def test_verify_is_silent_about_nothing(notice: Notice) -> None:
    assert json.loads(run("verify_notices", json=True)) == {
        "intact": True, "chains": 1, "notices": 1, "first_bad": "", "problems": [],
    }  # fmt: skip
    Notice.objects.filter(pk=notice.pk).update(title="改过")
    with pytest.raises(CommandError, match="板坑村公示〔2026〕1号"):
        run("verify_notices")


@pytest.mark.django_db(transaction=True)
def test_verify_names_the_first_bad_notice(travel_to: Any) -> None:
    place = make_place()
    travel_to("2026-11-02 09:00")
    row = publish(place).snapshot
    with guards.suspended(connection):
        NoticeSnapshot.objects.filter(pk=row.pk).update(document={**row.document, "subject": "x"})
    with pytest.raises(CommandError, match="第一处：板坑村公示〔2026〕1号.*内容被改动过"):
        run("verify_notices")


def test_a_head_on_the_wall_is_found_again(notice: Notice) -> None:
    """What the month's bulletin prints of the chain (BEY-2)."""
    head = notice.snapshot.chain_digest[:32]
    told = json.loads(run("verify_notices", head=head.upper(), json=True))
    assert told["head"] == f"{notice.number}（{notice.issuer_code}公示链第1份）"
    assert f"凭据相符：{notice.number}" in run("verify_notices", head=head)
    for wrong in ("0" * 32, head[:15], "链首"):
        with pytest.raises(CommandError, match="没有一份公示的链首是"):
            run("verify_notices", head=wrong)


def test_stored_files_are_kept_once(notice: Notice) -> None:
    first = render.store_pdf(notice)
    again = render.store_pdf(notice)
    assert (first.pk, first.sha256) == (again.pk, again.sha256)
    assert RenderedFile.objects.count() == 1
    assert hashlib.sha256(render.pdf_bytes(notice)).hexdigest() == first.sha256
