"""Background work of the points system: what its jobs do."""

from __future__ import annotations

from typing import Any

from cogov.common.errors import RuleError
from cogov.common.periods import Period
from cogov.jobs.registry import job_handler
from cogov.jobs.services import JobContext
from notices.printing.weasy import pdf_bytes
from points.models import SheetBundle, YearEndRun
from points.printing.sheets import layout_sheets
from points.selectors.sheets import group_households, sheets_of
from points.services import sheets, year_end

_EVERY = 5


@job_handler(sheets.JOB_KIND, "批量打印明白纸")
def build_sheets(ctx: JobContext) -> dict[str, Any] | None:
    """The sheets of a group in one PDF; reads, lays out with progress, then stores in one step."""
    bundle = SheetBundle.objects.select_related("village__township", "group__village").get(
        pk=ctx.params["bundle"]
    )
    if bundle.is_ready:
        return {"sha256": bundle.sha256}
    homes = group_households(bundle.group, Period.parse(bundle.period))
    if not homes:
        raise RuleError(f"{bundle.group}没有在册的户")
    total = len(homes) + 1
    ctx.progress(0, total, f"共 {len(homes)} 户")

    def tell(count: int) -> None:
        if count % _EVERY == 0 or count == len(homes):
            ctx.check_cancelled()
            ctx.progress(count, total, f"已排版 {count}/{len(homes)} 户")

    found = sheets_of(homes, Period.parse(bundle.period))
    printout = layout_sheets(found, sheets.objection_of(bundle.village), progress=tell)
    data = pdf_bytes(printout)
    result: dict[str, Any] = ctx.step(
        "store",
        lambda: sheets.store_bundle(
            actor=ctx.actor, bundle=bundle, data=data, households=len(homes), pages=len(printout.pages)
        ),
    )
    ctx.progress(total, total, f"{len(homes)} 户，{len(printout.pages)} 页")
    return result


@job_handler(year_end.JOB_KIND, "年终积分处理")
def post_year_end(ctx: JobContext) -> dict[str, Any] | None:
    """The entries of an approved year end, in one step."""
    run = YearEndRun.objects.select_related("village").get(pk=ctx.params["run"])

    def post() -> dict[str, Any]:
        row = year_end.post_year_end(actor=ctx.actor, run=run)
        return {"entries": row.posted_entries, "points": row.points}

    ctx.progress(0, 1, str(run))
    result: dict[str, Any] = ctx.step("post", post)
    ctx.progress(1, 1, f"{result['entries']} 户入账")
    return result
