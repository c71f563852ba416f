"""The print room: everything to print of a place and period as one PDF, in order, with sizes and copies."""

from __future__ import annotations

import hashlib
from functools import partial
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from cogov.access.scope import Actor, authorize
from cogov.audit.services import record
from cogov.common.errors import RuleError
from cogov.common.periods import Period
from cogov.jobs.registry import job_handler
from cogov.jobs.services import JobContext, enqueue_job
from notices import kinds
from notices.models import Notice
from notices.printing.a4 import layout_a4
from notices.printing.content import Column, NoticeContent, Paragraph, Table
from notices.printing.imprint import Imprint
from notices.printing.papers import PAPERS
from notices.printing.weasy import pdf_bytes
from notices.render import pdf_bytes as notice_pdf
from reports.models import PrintRun
from reports.rules import Copies, copies_of
from reports.selectors import papers_to_print, place_of, villages_in_use

PERMISSION, KIND = "reports.print_papers", "reports.print_room"
_PAPER = {"a4": "A4", "poster": "A3"}
_USE = {"a4": "公文", "poster": "公示榜"}
MOST_BOARDS = 20


def request_printing(*, actor: Actor, code: str, period: Period, boards: int = 1) -> PrintRun:
    """Ask for the papers of a village or township; ``boards``: how many notice boards a village has.

    Raises AccessDenied, and RuleError for an unknown place or when there is nothing to print.
    """
    authorize(actor, PERMISSION, code)
    place = place_of(code)
    if place is None or place.level == "county":
        raise RuleError(f"没有区划代码为“{code}”的村或乡镇。")
    if not 1 <= boards <= MOST_BOARDS:
        raise RuleError(f"公示栏数应在1至{MOST_BOARDS}之间。")
    if not papers_to_print(code, period):
        raise RuleError(f"{place.name}{period.label}没有已发布的文书可打印。")
    with transaction.atomic():
        run = PrintRun.objects.create(
            level=place.level,
            code=code,
            name=place.name,
            period=period.key,
            boards=boards,
            requested_by_id=actor.pk,
        )
        run.job = enqueue_job(
            actor=actor,
            kind=KIND,
            key=str(run.pk),
            params={"run": run.pk},
            label=str(run),
            township_code=code[:9],
            village_code=code if place.level == "village" else "",
        )
        run.save(update_fields=["job"])
        record(actor=actor, action="reports.print_papers", summary=f"打印{run}", obj=run)
    return run


def print_room(ctx: JobContext) -> dict[str, Any]:
    """Render one paper after the other; killed and started again, it begins anew and keeps one file."""
    from pypdf import PdfReader, PdfWriter

    run = PrintRun.objects.get(pk=ctx.params["run"])
    papers = papers_to_print(run.code, Period.parse(run.period))
    if not papers:
        raise RuleError("已没有可打印的文书。")
    writer = PdfWriter()
    villages = max(villages_in_use((run.code[:9],)), 1)
    documents: list[dict[str, Any]] = []
    for number, (notice, layout) in enumerate(papers):
        ctx.progress(number, len(papers) + 1, f"{notice.number}（{_USE[layout]}）")
        reader = PdfReader(BytesIO(notice_pdf(notice, layout)))
        for page in reader.pages:
            writer.add_page(page)
        # A township's own paper hangs on the boards of all its villages (NTC-2), a village's on its own.
        boards = run.boards if notice.village_id else run.boards * villages
        documents.append(_document(notice, layout, len(reader.pages), boards))
        ctx.check_cancelled()
    ctx.progress(len(papers), len(papers) + 1, "打印清单")
    for index, page in enumerate(PdfReader(BytesIO(cover_pdf(run, documents))).pages):
        writer.insert_page(page, index)
    out = BytesIO()
    writer.write(out)
    pages = len(writer.pages)
    ctx.step("file", lambda: _store(run.pk, out.getvalue(), documents, pages))
    ctx.progress(len(papers) + 1, len(papers) + 1, "已完成")
    return {"papers": len(papers), "pages": pages}


def _document(notice: Notice, layout: str, pages: int, boards: int) -> dict[str, Any]:
    kind = kinds.get(notice.kind)
    copies = copies_of(layout, boards=boards, posted=bool(notice.terms.posting_days))
    return {
        "title": notice.title,
        "number": notice.number,
        "issuer": notice.issuer_name,
        "paper": PAPERS[kind.form] if layout == "a4" else _PAPER[layout],
        "use": _USE[layout],
        "pages": pages,
        "copies": copies.total,
        "purpose": _purpose(copies),
    }


def _purpose(copies: Copies) -> str:
    parts = (("张贴", copies.boards), ("报送", copies.sent), ("存档", copies.archive))
    return "、".join(f"{what}{count}" for what, count in parts if count)


def cover_pdf(run: PrintRun, documents: list[dict[str, Any]]) -> bytes:
    """The list that lies on top: what, on which paper, how many copies."""
    sheets = {
        size: sum(d["pages"] * d["copies"] for d in documents if d["paper"].startswith(size))
        for size in ("A4", "A3", "A5")
    }
    amounts = "、".join(f"{size}纸{count}张" for size, count in sheets.items() if count)
    rows = tuple(
        (
            str(number),
            document["title"],
            document["number"],
            document["paper"],
            str(document["pages"]),
            str(document["copies"]),
            document["purpose"],
        )
        for number, document in enumerate(documents, 1)
    )
    columns = (
        Column("序号", 5),
        Column("文书", 21, "left"),
        Column("文号", 16),
        Column("纸张", 8),
        Column("页数", 6, "center", "number"),
        Column("份数", 6, "center", "number"),
        Column("用途", 17),
    )
    content = NoticeContent(
        title=f"{run.name}{Period.parse(run.period).label}打印清单",
        blocks=(
            Paragraph(
                f"共{len(documents)}件，按下列顺序排在本清单之后。单面打印共需{amounts}。"
                "A3 件请换纸打印，不要缩放；公示件张贴后拍照登记。"
            ),
            Table(columns, rows),
        ),
        signer="共同缔造治理系统",
    )
    printed = Imprint(
        issuer=run.name,
        heading=f"{run.name}打印间",
        number=f"第{run.pk}次打印",
        signed_on=timezone.localdate(run.created_at),
    )
    return pdf_bytes(layout_a4(content, printed))


def _store(pk: int, data: bytes, documents: list[dict[str, Any]], pages: int) -> None:
    """Keep the file; earlier files of the same place and period make room."""
    run = PrintRun.objects.select_for_update().get(pk=pk)
    older = PrintRun.objects.filter(code=run.code, period=run.period, pk__lt=pk).exclude(path="")
    gone = list(older.values_list("path", flat=True))
    older.update(path="")
    run.path = default_storage.save(f"print/{run.code}/{run.period}-{run.pk}.pdf", ContentFile(data))
    run.documents, run.pages = documents, pages
    run.sha256, run.done_at = hashlib.sha256(data).hexdigest(), timezone.now()
    run.save(update_fields=["path", "documents", "pages", "sha256", "done_at"])
    for path in gone:
        transaction.on_commit(partial(default_storage.delete, path))


def register() -> None:
    """Called once from AppConfig.ready()."""
    job_handler(KIND, "打印间")(print_room)
