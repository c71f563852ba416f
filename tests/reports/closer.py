"""A separate process that closes a township: ``python -m tests.reports.closer SCENARIO``; prints one JSON object.

``undisturbed`` closes in one go; ``killed`` kills its worker (SIGKILL) at every place in turn until all is done.
The result names every document with its digest, and the bytes of every PDF with theirs.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
from typing import Any

import django
import time_machine

# After so many steps begun, a worker dies: inside the step, or after its commit.
DEATHS = (
    ("inside", 1),
    ("after", 1),
    ("inside", 2),
    ("after", 1),
    ("inside", 1),
    ("after", 2),
    ("inside", 1),
)


def main(scenario: str) -> None:
    django.setup()
    from django.db import connections

    from cogov.access.scope import SystemActor
    from cogov.audit.models import AuditEvent
    from cogov.common.periods import Period
    from cogov.desk import registry
    from cogov.jobs.services import JobContext, sweep_jobs, work_until_idle
    from notices import render
    from notices.models import Notice
    from reports.models import MonthClose, Report
    from reports.sections import NOTICES
    from reports.services import close_month
    from tests.factories.reports import SAMPLE_SECTION, make_living_place, posting_step

    plan: dict[str, Any] = {"death": None, "begun": 0}
    own_step = JobContext.step

    def mortal_step(self: JobContext, name: str, fn: Any) -> Any:
        if name not in self._steps:
            plan["begun"] += 1

        def effect() -> Any:
            result = fn()
            die_if("inside")
            return result

        fresh = name not in self._steps
        result = own_step(self, name, effect)
        if fresh:
            die_if("after")
        return result

    def die_if(place: str) -> None:
        if plan["death"] == (place, plan["begun"]):
            os.kill(os.getpid(), signal.SIGKILL)

    def post(actor: Any, village: Any, period: Any) -> dict[str, Any]:
        from cogov.audit.services import record

        record(actor=actor, action="sample.post", summary=f"过账 {village}", village_code=village.code)
        return {"entries": 2}

    JobContext.step = mortal_step  # type: ignore[method-assign]
    registry.close_steps._entries = {"sample.post": posting_step(post)}
    registry.township_close_steps._entries = {}
    registry.report_sections._entries = {"sample": SAMPLE_SECTION, "notices": NOTICES}
    place = make_living_place()
    close = close_month(actor=SystemActor("测试"), code=place.township.code, period=Period.month(2026, 10))
    killed = 0
    for death in (*(DEATHS if scenario == "killed" else ()), None):
        plan.update(death=death, begun=0)
        connections.close_all()
        worker = os.fork()
        if worker == 0:
            work_until_idle(heartbeat=False)
            connections.close_all()
            os._exit(0)
        _, status = os.waitpid(worker, 0)
        killed += os.WIFSIGNALED(status)
        sweep_jobs(wake_workers=False)
    work_until_idle(heartbeat=False)
    close.refresh_from_db()
    notices = Notice.objects.order_by("number")
    report = {
        "killed": killed,
        "state": close.state,
        "closes": sorted(MonthClose.objects.values_list("code", "state")),
        "posted": sorted(
            AuditEvent.objects.filter(action="sample.post").values_list("village_code", flat=True)
        ),
        "reports": sorted(Report.objects.values_list("code", "content_digest")),
        "chain": [(notice.number, notice.snapshot.chain_digest) for notice in notices],
        "pdf": [(notice.number, hashlib.sha256(render.pdf_bytes(notice)).hexdigest()) for notice in notices],
    }
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    with time_machine.travel("2026-11-02T01:00:00+00:00", tick=True):
        main(sys.argv[1])
