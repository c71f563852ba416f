"""The print room: one PDF in order, with sizes and copies, for those of the place alone."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from cogov.access.scope import SystemActor
from cogov.common.errors import AccessDenied, RuleError
from cogov.common.periods import Period
from cogov.jobs.services import work_until_done
from notices.printing.content import Column, NoticeContent, Paragraph, PosterContent
from notices.services import draft_notice, publish_notice
from reports.models import PrintRun
from reports.rules import copies_of
from reports.services import close_month, request_printing
from tests.factories.notices import Place

pytestmark = pytest.mark.django_db
OCTOBER = Period.month(2026, 10)
ACTOR = SystemActor("测试")


@pytest.fixture
def closed(place: Place, posted: list[str], travel_to: Callable[[str], None]) -> Place:
    """October closed, and a points list with a poster published for 板坑村."""
    travel_to("2026-11-02 09:00")
    close = close_month(actor=ACTOR, code=place.township.code, period=OCTOBER)
    assert close.job is not None
    work_until_done(close.job, heartbeat=False)
    draft = draft_notice(
        actor=ACTOR,
        kind="red_list",
        village=place.village,
        period=OCTOBER,
        subject_key="x",
        content=NoticeContent(
            title="红榜",
            blocks=(Paragraph("公布如下。"),),
            signer="",
            addressee="全体村民",
            legal_basis="《中华人民共和国村民委员会组织法》第三十五条",
        ),
        poster=PosterContent("红榜", (Column("名次"), Column("户主")), (("1", "张三"),), signer=""),
    )
    publish_notice(actor=ACTOR, notice=draft)
    return place


def _done(run: PrintRun) -> PrintRun:
    assert run.job is not None
    work_until_done(run.job, heartbeat=False)
    run.refresh_from_db()
    return run


def test_a_villages_papers_come_as_one_file_in_order(closed: Place) -> None:
    run = _done(request_printing(actor=closed.cadre, code=closed.village.code, period=OCTOBER, boards=2))
    assert [(d["number"], d["paper"], d["copies"], d["purpose"]) for d in run.documents] == [
        ("板坑村公布〔2026〕1号", "A4", 3, "张贴2、存档1"),
        ("板坑村公布〔2026〕1号", "A3", 2, "张贴2"),
        ("板坑村通报〔2026〕1号", "A4", 3, "张贴2、存档1"),
        ("板坑村月报〔2026〕1号", "A4", 2, "报送1、存档1"),
    ]
    with default_storage.open(run.path) as stream:
        reader = PdfReader(BytesIO(stream.read()))
    sizes = [tuple(round(float(side) / 72 * 25.4) for side in page.mediabox[2:]) for page in reader.pages]
    assert len(sizes) == run.pages
    assert sizes[0] == (210, 297), "the list lies on top"
    assert sizes.count((297, 420)) == 1
    cover_pages = run.pages - sum(document["pages"] for document in run.documents)
    assert sizes.index((297, 420)) == cover_pages + run.documents[0]["pages"], "the poster follows its paper"
    cover = "".join(page.extract_text() for page in reader.pages[:cover_pages]).replace("\n", "")
    for text in ("打印清单", "张贴2、存档1", "A3纸2张"):
        assert text in cover


def test_a_township_prints_its_own_first_then_every_village(closed: Place) -> None:
    run = _done(request_printing(actor=closed.clerk, code=closed.township.code, period=OCTOBER))
    assert [document["issuer"] for document in run.documents] == [
        "沙坪镇",
        *["板坑村"] * 4,
        *["大集村"] * 2,
    ]


def test_a_townships_own_notice_is_printed_for_the_board_of_every_village(closed: Place) -> None:
    """沙坪镇 has two villages with households: their boards, and one for the file."""
    draft = draft_notice(
        actor=ACTOR,
        kind="general",
        township=closed.township,
        period=OCTOBER,
        subject_key="y",
        content=NoticeContent(
            title="关于清渠的公示",
            blocks=(Paragraph("各村清渠。"),),
            signer="",
            addressee="各村",
            basis=("镇党委会议",),
            calculation="按米",
        ),
    )
    publish_notice(actor=ACTOR, notice=draft)
    for boards, copies, purpose in ((1, 3, "张贴2、存档1"), (3, 7, "张贴6、存档1")):
        run = _done(
            request_printing(actor=closed.clerk, code=closed.township.code, period=OCTOBER, boards=boards)
        )
        own = [d for d in run.documents if d["issuer"] == "沙坪镇"]
        told = [(d["title"], d["copies"], d["purpose"]) for d in own]
        assert told == [
            ("沙坪镇2026年10月共同缔造工作月报", 2, "报送1、存档1"),
            ("关于清渠的公示", copies, purpose),
        ]
        village = next(d for d in run.documents if d["number"] == "板坑村通报〔2026〕1号")
        assert village["copies"] == boards + 1


def test_a_later_print_replaces_the_earlier_file(
    closed: Place, django_capture_on_commit_callbacks: Any
) -> None:
    first = _done(request_printing(actor=closed.cadre, code=closed.village.code, period=OCTOBER))
    path = first.path
    with django_capture_on_commit_callbacks(execute=True):
        second = _done(request_printing(actor=closed.cadre, code=closed.village.code, period=OCTOBER))
    first.refresh_from_db()
    assert (first.path, default_storage.exists(path)) == ("", False)
    assert default_storage.exists(second.path)


def test_what_cannot_be_printed_is_refused(closed: Place) -> None:
    for code, period, boards, message in (
        (closed.village.code, Period.month(2026, 8), 1, "没有已发布的文书"),
        ("421223", OCTOBER, 1, "没有区划代码"),
        (closed.village.code, OCTOBER, 0, "公示栏数应在1至20之间"),
    ):
        with pytest.raises(RuleError, match=message):
            request_printing(actor=ACTOR, code=code, period=period, boards=boards)
    for user in (closed.stranger, closed.auditor):
        with pytest.raises(AccessDenied):
            request_printing(actor=user, code=closed.village.code, period=OCTOBER)
    with pytest.raises(AccessDenied):
        request_printing(actor=closed.cadre, code=closed.township.code, period=OCTOBER)
    assert not PrintRun.objects.exists()


def test_the_pages_start_it_show_progress_and_give_the_file_to_the_place_alone(
    client: Client, closed: Place
) -> None:
    client.force_login(closed.cadre, backend="cogov.access.backends.DutyBackend")
    page = client.get("/admin/reports/printrun/add/")
    form = page.context["adminform"].form
    assert form.fields["place"].choices == [("村", [(closed.village.code, "沙坪镇板坑村")])]
    assert form.fields["month"].choices[0][1][:2] == [("2026-10", "2026年10月"), ("2026-11", "2026年11月")]
    answer = client.post(
        "/admin/reports/printrun/add/", {"place": closed.village.code, "month": "2026-10", "boards": "1"}
    )
    run = PrintRun.objects.get()
    assert answer["Location"] == reverse("admin:desk_job", args=(run.job_id,))
    file = reverse("admin:reports_printrun_file", args=(run.pk,))
    assert client.get(file).status_code == 404, "not yet there"
    _done(run)
    answer = client.get(file)
    assert b"".join(answer.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    answer.close()
    page = client.get(reverse("admin:reports_printrun_change", args=(run.pk,))).content.decode()
    assert "板坑村月报〔2026〕1号" in page
    assert client.get(reverse("admin:reports_printrun_changelist")).status_code == 200
    client.force_login(closed.stranger, backend="cogov.access.backends.DutyBackend")
    assert client.get(file).status_code == 404
    assert client.get(reverse("admin:reports_printrun_change", args=(run.pk,))).status_code == 404


def test_copies() -> None:
    assert copies_of("poster", boards=3, posted=True).total == 3
    assert copies_of("a4", boards=3, posted=True).total == 4
    assert copies_of("a4", boards=3, posted=False).total == 2
