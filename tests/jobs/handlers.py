"""Handlers that a real Celery worker includes in the tests."""

from __future__ import annotations

from typing import Any

from cogov.jobs.registry import job_handler
from cogov.jobs.services import ChildJob, JobContext


def leaf(ctx: JobContext) -> dict[str, Any]:
    ctx.step("effect", lambda: ctx.log(f"effect {ctx.job.key}"))
    return {"leaf": ctx.job.key}


def root(ctx: JobContext) -> dict[str, Any]:
    rows = ctx.run_children("leaves", [ChildJob("test.leaf", f"leaf {n}", f"第{n}项") for n in range(5)])
    return {"leaves": len(rows)}


job_handler("test.leaf", "测试子任务")(leaf)
job_handler("test.root", "测试任务")(root)
