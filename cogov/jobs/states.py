"""The life of a job, and how long a failed try waits."""

from __future__ import annotations

from datetime import timedelta

from cogov.common.workflow import Transition, TransitionTable

QUEUED, RUNNING, WAITING, DONE, FAILED, CANCELLED = (
    "queued",
    "running",
    "waiting",
    "done",
    "failed",
    "cancelled",
)
OPEN = (QUEUED, RUNNING, WAITING)
FINAL = (DONE, FAILED, CANCELLED)
UNSUCCESSFUL = (FAILED, CANCELLED)

JOB_STATES = TransitionTable(
    {
        QUEUED: "排队中",
        RUNNING: "进行中",
        WAITING: "等待子任务",
        DONE: "已完成",
        FAILED: "失败",
        CANCELLED: "已取消",
    },
    (
        Transition("claim", "开始", (QUEUED, RUNNING), RUNNING),
        Transition("wait", "等待子任务", (RUNNING,), WAITING),
        Transition("wake", "继续", (WAITING,), QUEUED),
        Transition("finish", "完成", (RUNNING,), DONE),
        Transition("fail", "标记失败", (RUNNING,), FAILED),
        Transition("try_again", "稍后再试", (RUNNING,), QUEUED),
        Transition("cancel", "取消", (QUEUED, WAITING, RUNNING), CANCELLED, "jobs.manage_job"),
        Transition("resume", "重新开始", UNSUCCESSFUL, QUEUED, "jobs.manage_job"),
        Transition("hurry", "立即重试", (QUEUED,), QUEUED, "jobs.manage_job"),
    ),
)

# How long a job stays with a worker that has stopped giving signs of life.
LEASE = timedelta(seconds=60)
HEARTBEAT_SECONDS = 15
MAX_ATTEMPTS = 4
# A worker that dies is more often the machine's fault than the job's, so that is forgiven more often.
MAX_TAKEN = 8
_BACK_OFF_SECONDS = (2, 15, 60)


def back_off(attempts: int) -> timedelta:
    """How long to wait after the ``attempts``-th try in a row without progress (counted from 1)."""
    return timedelta(seconds=_BACK_OFF_SECONDS[min(max(attempts, 1), len(_BACK_OFF_SECONDS)) - 1])
