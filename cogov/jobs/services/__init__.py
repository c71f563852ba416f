"""What may be done with jobs."""

from cogov.jobs.services.context import ChildJob, JobContext
from cogov.jobs.services.control import cancel_job, resume_job, retry_job
from cogov.jobs.services.enqueue import enqueue_job
from cogov.jobs.services.run import run_job
from cogov.jobs.services.sweep import SweepResult, sweep_jobs, work_until_done, work_until_idle

__all__ = [
    "ChildJob",
    "JobContext",
    "SweepResult",
    "cancel_job",
    "enqueue_job",
    "resume_job",
    "retry_job",
    "run_job",
    "sweep_jobs",
    "work_until_done",
    "work_until_idle",
]
