"""Large household workbooks as background jobs. Importing this module registers them (apps.py)."""

from __future__ import annotations

from typing import Any

from cogov.access.scope import Actor
from cogov.jobs.registry import job_handler
from cogov.jobs.services import JobContext
from villages.models import ImportBatch, ImportState
from villages.services.import_batches import APPLY_JOB, CHECK_JOB, check_batch, run_apply


def _batch(ctx: JobContext) -> tuple[ImportBatch, Actor]:
    """The upload, and who answers for it: the person who sent it, as far as he still may."""
    batch = ImportBatch.objects.select_related("village", "uploaded_by").get(pk=ctx.params["batch"])
    return batch, ctx.job.requested_by or batch.uploaded_by or ctx.actor


@job_handler(CHECK_JOB, "检查户籍表")
def check_import(ctx: JobContext) -> dict[str, Any]:
    """Read and check an upload; safe to repeat."""
    batch, actor = _batch(ctx)
    ctx.progress(0, 1, "正在读取和核对")
    batch = check_batch(actor=actor, batch=batch)
    ctx.progress(1, 1, f"核对完成：{batch.rows} 行，{batch.problem_count} 处问题")
    return _outcome(batch)


@job_handler(APPLY_JOB, "导入户籍表")
def apply_import(ctx: JobContext) -> dict[str, Any]:
    """Import an upload; the whole file is one step."""
    batch, actor = _batch(ctx)
    ctx.progress(0, 2, "正在导入，完成前不会有任何改动生效")
    ctx.step("import", lambda: run_apply(actor=actor, batch=batch).state)
    batch.refresh_from_db()
    done = batch.state == ImportState.APPLIED
    ctx.progress(2, 2, "导入完成" if done else "没有导入，请看问题清单")
    return _outcome(batch)


def _outcome(batch: ImportBatch) -> dict[str, Any]:
    return {
        "state": batch.state,
        "rows": batch.rows,
        "created": batch.created,
        "updated": batch.updated,
        "unchanged": batch.unchanged,
        "problems": batch.problem_count,
    }
