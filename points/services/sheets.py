"""Printing 我家明白纸 (BEY-9): one household at once, a whole group as a background job."""

from __future__ import annotations

import hashlib

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from cogov.access.scope import Actor, SystemActor, authorize
from cogov.audit.services import record
from cogov.common.errors import RuleError
from cogov.common.periods import Period
from cogov.jobs import states
from cogov.jobs.models import Job
from cogov.jobs.services import enqueue_job
from notices.printing.content import ObjectionPlace
from notices.printing.weasy import pdf_bytes
from notices.services.issuers import issuer_profile, objection_place
from points.models import SheetBundle
from points.printing.sheets import layout_sheets
from points.selectors.sheets import sheets_of
from villages.models import Household, Village, VillageGroup

PRINT = "points.print_sheets"
JOB_KIND = "points.sheets"


def require_begun(period: Period) -> None:
    """Raises RuleError for a period that lies in the future."""
    if period.start > timezone.localdate():
        raise RuleError(f"{period.label}还没有开始")


def objection_of(village: Village) -> ObjectionPlace:
    """Where a household of the village asks and objects."""
    return objection_place(issuer_profile(township=village.township, village=village))


def print_sheet(*, actor: Actor, household: Household, period: Period) -> bytes:
    """One household's sheet as PDF; same entries, same bytes. The printing is recorded.

    Raises AccessDenied, RuleError (a future period), PrintingUnavailable.
    """
    authorize(actor, PRINT, household.group.code)
    require_begun(period)
    with transaction.atomic():
        sheet = sheets_of([household], period)[0]
        data = pdf_bytes(layout_sheets([sheet], objection_of(household.village)))
        record(
            actor=actor,
            action="points.print_sheet",
            summary=f"打印明白纸：{household} {period.label}",
            obj=household,
            after={"期间": period.key, "笔数": len(sheet.lines), "内容摘要": sheet.digest()},
        )
    return data


def request_bundle(*, actor: Actor, group: VillageGroup, period: Period) -> SheetBundle:
    """Ask for the sheets of a whole group; one that is under way already is returned.

    Raises AccessDenied, RuleError.
    """
    authorize(actor, PRINT, group.code)
    require_begun(period)
    with transaction.atomic():
        VillageGroup.objects.select_for_update().get(pk=group.pk)
        under_way = SheetBundle.objects.filter(group=group, period=period.key, sha256="").order_by("-id")
        for known in under_way:
            if Job.objects.filter(pk=known.job_id, state__in=states.OPEN).exists():
                return known
        bundle = SheetBundle.objects.create(
            village=group.village,
            group=group,
            period=period.key,
            requested_by_id=actor.pk,
            requested_by_name=actor.audit_name[:150],
        )
        job = enqueue_job(
            actor=actor,
            kind=JOB_KIND,
            key=str(bundle.pk),
            params={"bundle": bundle.pk},
            label=f"打印{bundle}",
            village_code=group.village.code,
        )
        bundle.job_id = job.pk
        bundle.save(update_fields=["job_id"])
        record(
            actor=actor,
            action="points.request_sheets",
            summary=f"批量打印：{bundle}",
            obj=bundle,
            after={"期间": period.key},
        )
    return bundle


def store_bundle(
    *, actor: SystemActor, bundle: SheetBundle, data: bytes, households: int, pages: int
) -> dict[str, object]:
    """Keep the file of a bundle. The caller (the job) holds the transaction."""
    sha = hashlib.sha256(data).hexdigest()
    wanted = f"points/sheets/{bundle.group.code}/{bundle.period}-{sha[:16]}.pdf"
    path = wanted if default_storage.exists(wanted) else default_storage.save(wanted, ContentFile(data))
    bundle.path, bundle.sha256, bundle.size = path, sha, len(data)
    bundle.households, bundle.pages, bundle.finished_at = households, pages, timezone.now()
    bundle.save(update_fields=["path", "sha256", "size", "households", "pages", "finished_at"])
    record(
        actor=actor,
        action="points.store_sheets",
        summary=f"{bundle}：{households} 户 {pages} 页",
        obj=bundle,
        after={"户数": households, "页数": pages, "文件摘要": sha},
    )
    return {"households": households, "pages": pages, "sha256": sha}
