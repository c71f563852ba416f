"""An upload from preview to import (VIL-7): checked, looked at by a person, then applied or thrown away.

Small files are checked and applied while the person waits; larger ones by a background job with progress.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import PurePath
from typing import Any

from django.db import transaction
from django.utils import timezone

from cogov.access.masking import Phone
from cogov.access.scope import Actor, authorize
from cogov.audit.services import record
from cogov.common.errors import InputError, Problem, RuleError
from cogov.jobs.models import Job
from cogov.jobs.services import enqueue_job
from villages.identity import mask_identity
from villages.importing.limits import MAX_FILE_BYTES
from villages.importing.plan import ImportPlan
from villages.models import OPEN_IMPORT_STATES, ImportBatch, ImportState, Relation, Village
from villages.services import import_files
from villages.services.import_households import (
    PERMISSION,
    ImportResult,
    check_households,
    import_households,
    save_error_book,
)

CHECK_JOB, APPLY_JOB = "villages.check_import", "villages.apply_import"
INLINE_BYTES = 256 * 1024
"""Some 3,000 rows of .xlsx: two seconds at most."""
_SAMPLE_ROWS = 10


def upload_batch(*, actor: Actor, village: Village, file_name: str, data: bytes) -> ImportBatch:
    """Keep and check an upload. Raises AccessDenied, and InputError for a file that is too large."""
    authorize(actor, PERMISSION, village.code)
    if len(data) > MAX_FILE_BYTES:
        raise InputError(
            "文件太大",
            [Problem(f"文件超过 {MAX_FILE_BYTES // 1024 // 1024} MB，请分村、分组导入", column="file")],
        )
    expire_batches()
    name = import_files.keep(data)
    try:
        with transaction.atomic():
            batch = ImportBatch.objects.create(
                village=village,
                file_name=PurePath(file_name.replace("\\", "/")).name[-200:] or "户籍表",
                sha256=hashlib.sha256(data).hexdigest(),
                size=len(data),
                uploaded_by_id=actor.pk,
                uploaded_by_name=actor.audit_name[:150],
                expires_at=timezone.now() + import_files.KEPT,
                stored_name=name,
            )
            record(
                actor=actor,
                action="villages.upload_import",
                summary=f"上传户籍表“{batch.file_name[:80]}”",
                obj=batch,
                after={"文件摘要": batch.sha256, "大小": batch.size},
            )
            if batch.size > INLINE_BYTES:
                _enqueue(actor, batch, CHECK_JOB, "检查户籍表")
    except BaseException:
        import_files.remove(name)
        raise
    return batch if batch.size > INLINE_BYTES else check_batch(actor=actor, batch=batch)


def check_batch(*, actor: Actor, batch: ImportBatch) -> ImportBatch:
    """Fill the preview. A refused file is deleted at once; its marked copy stays until it expires."""
    authorize(actor, PERMISSION, batch.village.code)
    try:
        data = import_files.open_kept(batch.stored_name).read_bytes()
    except RuleError as gone:
        result = ImportResult(errors=(Problem(gone.message),), error_count=1)
    else:
        result = check_households(actor=actor, village=batch.village, data=data, file_name=batch.file_name)
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("village").get(pk=batch.pk)
        if batch.state == ImportState.WAITING:
            _settle(batch, result, ImportState.READY if result.ok else ImportState.REFUSED)
    return batch


def apply_batch(*, actor: Actor, batch: ImportBatch) -> ImportBatch:
    """Import what the preview showed. Raises AccessDenied, and RuleError when it was decided already."""
    authorize(actor, PERMISSION, batch.village.code)
    with transaction.atomic():
        batch = _locked(batch)
        if batch.state != ImportState.READY:
            raise RuleError(f"这份户籍表现在是“{batch.get_state_display()}”，不能导入")
        batch.state = ImportState.APPLYING
        batch.save(update_fields=["state"])
        if batch.size > INLINE_BYTES:
            _enqueue(actor, batch, APPLY_JOB, "导入户籍表")
            return batch
    return run_apply(actor=actor, batch=batch)


def run_apply(*, actor: Actor, batch: ImportBatch) -> ImportBatch:
    """The import itself; effect and state commit together, so that a second run does nothing."""
    stored = ""
    with transaction.atomic():
        batch = _locked(batch)
        if batch.state != ImportState.APPLYING:
            return batch
        stored = batch.stored_name
        try:
            data = import_files.open_kept(stored).read_bytes()
        except RuleError as gone:
            result = ImportResult(errors=(Problem(gone.message),), error_count=1)
        else:
            result = import_households(
                actor=actor, village=batch.village, data=data, file_name=batch.file_name
            )
        _settle(batch, result, ImportState.APPLIED if result.applied else ImportState.REFUSED)
    return batch


def discard_batch(*, actor: Actor, batch: ImportBatch) -> ImportBatch:
    """Throw an upload away. Raises AccessDenied, and RuleError when it was decided already."""
    authorize(actor, PERMISSION, batch.village.code)
    with transaction.atomic():
        batch = _locked(batch)
        if batch.state not in (ImportState.WAITING, ImportState.READY):
            raise RuleError(f"这份户籍表现在是“{batch.get_state_display()}”，不用放弃")
        _close(batch, ImportState.DISCARDED)
        record(
            actor=actor,
            action="villages.discard_import",
            summary=f"放弃导入“{batch.file_name[:80]}”",
            obj=batch,
        )
    return batch


def expire_batches(now: datetime | None = None) -> int:
    """Close previews nobody decided and delete their files; returns how many were closed."""
    now = now or timezone.now()
    import_files.sweep()
    with transaction.atomic():
        stale = list(
            ImportBatch.objects.select_for_update()
            .filter(state__in=OPEN_IMPORT_STATES, expires_at__lt=now)
            .exclude(state=ImportState.APPLYING)
            .order_by("pk")[:500]
        )
        for batch in stale:
            _close(batch, ImportState.DISCARDED)
    return len(stale)


def error_book_of(batch: ImportBatch) -> Any:
    """The open error workbook of a refused batch. Raises RuleError when there is none or it has expired."""
    if not batch.error_book:
        raise RuleError("这份户籍表没有错误表")
    return import_files.open_kept(batch.error_book).open("rb")


def job_of(batch: ImportBatch) -> Job | None:
    """The background job that works on the batch now, if any."""
    kinds = {ImportState.WAITING: CHECK_JOB, ImportState.APPLYING: APPLY_JOB}
    kind = kinds.get(ImportState(batch.state))
    return Job.objects.filter(kind=kind, key=str(batch.pk)).first() if kind else None


def _enqueue(actor: Actor, batch: ImportBatch, kind: str, label: str) -> None:
    enqueue_job(
        actor=actor,
        kind=kind,
        key=str(batch.pk),
        params={"batch": batch.pk},
        label=f"{label}：{batch.village.name} {batch.file_name[:60]}",
        township_code=batch.village.code[:9],
        village_code=batch.village.code,
    )


def _locked(batch: ImportBatch) -> ImportBatch:
    row: ImportBatch = (
        ImportBatch.objects.select_for_update(of=("self",))
        .select_related("village", "uploaded_by")
        .get(pk=batch.pk)
    )
    return row


def _settle(batch: ImportBatch, result: ImportResult, state: ImportState) -> None:
    batch.state = state
    batch.rows, batch.households = result.rows, result.households
    batch.created, batch.updated, batch.unchanged = result.created, result.updated, result.unchanged
    batch.problem_count = result.error_count
    batch.problems = [problem.to_dict() for problem in result.errors]
    batch.notes = list(result.notes)
    if result.plan is not None:
        batch.sample = sample_rows(result.plan)
    if result.errors and result.plan is not None and result.plan.table is not None:
        batch.error_book = import_files.keep_error_book(lambda file: save_error_book(file, result))
    if state != ImportState.READY:
        _close(batch, state)
    else:
        batch.save()


def _close(batch: ImportBatch, state: ImportState) -> None:
    stored, batch.stored_name = batch.stored_name, ""
    batch.state, batch.decided_at = state, timezone.now()
    batch.save()
    transaction.on_commit(lambda: import_files.remove(stored))


def sample_rows(plan: ImportPlan) -> list[list[str]]:
    """The first rows as they were understood, numbers masked, for the person to compare with his sheet."""
    rows: list[list[str]] = []
    for household in plan.households.values():
        for member in household.members:
            rows.append(
                [
                    str(member.row),
                    household.number,
                    household.group.label if household.group else "",
                    member.name,
                    str(Relation(member.relation).label) if member.relation else "",
                    {"male": "男", "female": "女"}.get(member.sex, ""),
                    member.birth_date.isoformat() if member.birth_date else "",
                    mask_identity(member.identity),
                    Phone(member.phone).masked() if member.phone else "",
                    "、".join(member.tags),
                ]
            )
            if len(rows) >= _SAMPLE_ROWS:
                return rows
    return rows


SAMPLE_COLUMNS = (
    "行号",
    "户号",
    "组别",
    "姓名",
    "与户主关系",
    "性别",
    "出生日期",
    "身份证号",
    "联系电话",
    "标签",
)
