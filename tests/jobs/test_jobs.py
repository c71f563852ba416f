"""Jobs in one process: identity, steps, back-off, leases, cancel, resume, children, broker down."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from cogov.access.scope import SystemActor
from cogov.audit.models import AuditEvent
from cogov.common.errors import AccessDenied, RuleError, TransitionError
from cogov.jobs import registry, states
from cogov.jobs.models import Job, JobLog, JobStep
from cogov.jobs.selectors import job_status
from cogov.jobs.services import (
    ChildJob,
    JobContext,
    cancel_job,
    enqueue_job,
    resume_job,
    retry_job,
    run_job,
    sweep_jobs,
    work_until_done,
    work_until_idle,
)
from cogov.jobs.services.claim import claim, free_lost_leases, new_owner, owner_is_gone
from cogov.jobs.services.context import LeaseLost

pytestmark = pytest.mark.django_db
ACTOR = SystemActor("测试")


class Stranger(SystemActor):
    """Someone whose duty lies elsewhere."""

    def scope_codes(self, _perm: str) -> tuple[str, ...]:
        return ("999999999",)


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Handlers made for one test: ``handlers["kind"] = function``."""

    class Kinds(dict[str, Any]):
        def __setitem__(self, kind: str, handler: Any) -> None:
            monkeypatch.setitem(registry._kinds, kind, registry.JobKind(kind, f"测试{kind}", handler))

    yield Kinds()


def _queue(kind: str = "t", key: str = "1", **more: Any) -> Job:
    return enqueue_job(actor=ACTOR, kind=kind, key=key, township_code="421223101", **more)


def _make_due(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(available_at=timezone.now() - timedelta(seconds=1))


def test_the_same_kind_and_key_is_one_row(handlers: dict[str, Any]) -> None:
    handlers["t"] = lambda ctx: {"n": ctx.params["n"]}
    first = _queue(params={"n": 1})
    assert _queue(params={"n": 2}).pk == first.pk
    done = run_job(first.pk)
    assert done is not None
    assert (done.state, done.result) == (states.DONE, {"n": 1})
    assert _queue(params={"n": 3}).state == states.DONE, "done stays done"
    assert run_job(first.pk) is None
    assert AuditEvent.objects.filter(action="jobs.enqueue").count() == 1


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(RuleError, match="没有“nonsense”这种任务"):
        _queue("nonsense")
    assert not Job.objects.exists()


def test_a_step_runs_once_and_returns_the_same_value(handlers: dict[str, Any]) -> None:
    calls: list[str] = []
    seen: list[Any] = []

    def handler(ctx: JobContext) -> None:
        seen.append(ctx.step("a", lambda: calls.append("a") or {"sum": 5, "pair": (1, 2)}))
        if len(seen) == 1:
            raise OSError("disk full")
        ctx.step("b", lambda: calls.append("b"))

    handlers["t"] = handler
    job = _queue()
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (states.QUEUED, 1)
    _make_due(job)
    run_job(job.pk)
    job.refresh_from_db()
    assert job.state == states.DONE
    assert calls == ["a", "b"]
    assert seen == [{"sum": 5, "pair": [1, 2]}] * 2


def test_effect_and_mark_fall_together(handlers: dict[str, Any]) -> None:
    def handler(ctx: JobContext) -> None:
        def effect() -> None:
            JobLog.objects.create(job=ctx.job, text="effect")
            raise ZeroDivisionError

        ctx.step("a", effect)

    handlers["t"] = handler
    job = _queue()
    run_job(job.pk)
    assert not JobStep.objects.filter(job=job).exists()
    assert not JobLog.objects.filter(job=job, text="effect").exists()


def test_program_errors_wait_longer_each_time_then_fail_without_personal_data(
    handlers: dict[str, Any],
) -> None:
    def handler(ctx: JobContext) -> None:
        raise ValueError("身份证号 420000199001011234 重复")

    handlers["t"] = handler
    job = _queue()
    waits = []
    for _ in range(states.MAX_ATTEMPTS - 1):
        run_job(job.pk)
        job.refresh_from_db()
        assert job.state == states.QUEUED
        waits.append(round((job.available_at - timezone.now()).total_seconds()))
        assert run_job(job.pk) is None, "not due yet"
        _make_due(job)
    run_job(job.pk)
    job.refresh_from_db()
    assert waits == [2, 15, 60]
    assert job.state == states.FAILED
    assert job.error.startswith("程序出错，已试4次：ValueError，位置 test_jobs.py:")
    texts = " ".join(JobLog.objects.filter(job=job).values_list("text", flat=True)) + job.error
    assert "420000199001011234" not in texts


def test_a_refusal_by_rule_fails_at_once_with_its_message(handlers: dict[str, Any]) -> None:
    def handler(ctx: JobContext) -> None:
        raise RuleError("积分细则还没有公布")

    handlers["t"] = handler
    job = _queue()
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error, job.attempts) == (states.FAILED, "积分细则还没有公布", 1)


def test_a_stale_lease_is_taken_over_and_the_old_worker_cannot_write(handlers: dict[str, Any]) -> None:
    handlers["t"] = lambda ctx: None
    job = _queue()
    taken = claim(job.pk)
    assert taken is not None
    old = JobContext(*taken)
    assert claim(job.pk) is None, "the lease holds"
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    second = claim(job.pk)
    assert second is not None
    assert second[1] != taken[1]
    for write in (lambda: old.step("a", lambda: None), lambda: old.progress(1, 2), old.check_cancelled):
        with pytest.raises(LeaseLost):
            write()
    assert not JobStep.objects.exists()


def test_a_worker_that_lost_its_lease_in_the_middle_of_a_step_rolls_back(handlers: dict[str, Any]) -> None:
    handlers["t"] = lambda ctx: None
    job = _queue()
    taken = claim(job.pk)
    assert taken is not None
    context = JobContext(*taken)

    def effect() -> None:
        JobLog.objects.create(job=job, text="effect")
        Job.objects.filter(pk=job.pk).update(lease_owner="somebody else")

    with pytest.raises(LeaseLost):
        context.step("a", effect)
    assert not JobLog.objects.filter(text="effect").exists()
    assert not JobStep.objects.exists()


def test_leases_of_dead_processes_on_this_host_end_at_once(handlers: dict[str, Any]) -> None:
    handlers["t"] = lambda ctx: None
    host, pid, started, _ = new_owner().split(":")
    assert not owner_is_gone(f"{host}:{pid}:{started}:x"), "this very process is alive"
    assert owner_is_gone(f"{host}:{pid}:1:x"), "same number, but a later process"
    assert owner_is_gone(f"{host}:999999999:1:x")
    assert not owner_is_gone(f"elsewhere:{pid}:1:x"), "of another host nothing is known"
    job = _queue()
    claim(job.pk)
    assert free_lost_leases() == 0
    Job.objects.filter(pk=job.pk).update(lease_owner=f"{host}:999999999:1:x")
    assert free_lost_leases() == 1
    done = run_job(job.pk)
    assert done is not None
    assert done.state == states.DONE


def test_a_job_that_kills_its_worker_every_time_is_given_up(handlers: dict[str, Any]) -> None:
    handlers["t"] = lambda ctx: None
    job = _queue()
    for _ in range(states.MAX_TAKEN):
        assert claim(job.pk) is not None
        Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert claim(job.pk) is None
    job.refresh_from_db()
    assert job.state == states.FAILED
    assert "连续8次中断" in job.error


def test_asking_again_gives_a_troubled_job_new_tries_at_once(handlers: dict[str, Any]) -> None:
    def handler(ctx: JobContext) -> None:
        raise OSError("disk full")

    handlers["t"] = handler
    job = _queue()
    run_job(job.pk)
    assert run_job(job.pk) is None, "it waits"
    again = _queue()
    assert (again.pk, again.attempts) == (job.pk, 0)
    assert run_job(job.pk) is not None


def test_cancel_a_queued_job(handlers: dict[str, Any]) -> None:
    handlers["t"] = lambda ctx: None
    job = cancel_job(actor=ACTOR, job=_queue(), reason="不用了")
    assert job.state == states.CANCELLED
    assert run_job(job.pk) is None
    with pytest.raises(TransitionError, match="已取消"):
        cancel_job(actor=ACTOR, job=job)


def test_cancel_a_running_job_stops_before_the_next_step_and_resume_finishes(
    handlers: dict[str, Any],
) -> None:
    calls: list[str] = []

    def handler(ctx: JobContext) -> None:
        ctx.step("a", lambda: calls.append("a"))
        if "cancelled" not in calls:
            calls.append("cancelled")
            cancel_job(actor=ACTOR, job=ctx.job)
        ctx.step("b", lambda: calls.append("b"))

    handlers["t"] = handler
    job = run_job(_queue().pk)
    assert job is not None
    assert (job.state, calls) == (states.CANCELLED, ["a", "cancelled"])
    resume_job(actor=ACTOR, job=job)
    job = run_job(job.pk)
    assert job is not None
    assert (job.state, calls) == (states.DONE, ["a", "cancelled", "b"])


def test_only_admins_of_the_place_control_a_job(handlers: dict[str, Any]) -> None:
    handlers["t"] = lambda ctx: None
    job = _queue()
    for control in (cancel_job, resume_job, retry_job):
        with pytest.raises(AccessDenied):
            control(actor=Stranger("x"), job=job)
    job.refresh_from_db()
    assert (job.state, job.cancel_requested) == (states.QUEUED, False)
    assert AuditEvent.objects.filter(object_type="jobs.job").count() == 1


def test_retry_brings_a_waiting_try_forward(handlers: dict[str, Any]) -> None:
    handlers["t"] = lambda ctx: None
    job = _queue()
    Job.objects.filter(pk=job.pk).update(available_at=timezone.now() + timedelta(hours=1))
    assert run_job(job.pk) is None
    retry_job(actor=ACTOR, job=job)
    done = run_job(job.pk)
    assert done is not None
    assert done.state == states.DONE
    with pytest.raises(TransitionError):
        retry_job(actor=ACTOR, job=done)


def _family(handlers: dict[str, Any], broken: set[str]) -> list[str]:
    """A parent with three children; the ``broken`` ones refuse."""
    order: list[str] = []

    def child(ctx: JobContext) -> None:
        if ctx.params["n"] in broken:
            raise RuleError("没有数据")
        ctx.step("do", lambda: order.append(ctx.params["n"]))

    def parent(ctx: JobContext) -> dict[str, Any]:
        children = [ChildJob("child", f"c{n}", f"第{n}村", {"n": n}, "421223101") for n in "123"]
        rows = ctx.run_children("villages", children)
        ctx.step("sum", lambda: order.append("parent"))
        return {"children": len(rows)}

    handlers["child"], handlers["parent"] = child, parent
    return order


def test_the_last_child_closes_the_parent(handlers: dict[str, Any]) -> None:
    order = _family(handlers, set())
    job = _queue("parent")
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.children.count()) == (states.WAITING, 3)
    assert job_status(job).percent == 5
    ran = work_until_idle(heartbeat=False)
    assert [j.kind for j in ran] == ["child", "child", "child", "parent"]
    job.refresh_from_db()
    assert (job.state, job.result, order) == (states.DONE, {"children": 3}, ["1", "2", "3", "parent"])


def test_a_failing_child_is_named_and_stops_nobody_and_resume_repeats_only_it(
    handlers: dict[str, Any],
) -> None:
    broken = {"2"}
    order = _family(handlers, broken)
    job = work_until_done(_queue("parent"), heartbeat=False)
    assert job.state == states.FAILED
    assert job.error == "3项中有1项没有完成：第2村（没有数据）"
    assert order == ["1", "3"]
    status = job_status(job)
    assert (status.children_total, status.children_done, status.children[0].label) == (3, 2, "第2村")
    broken.clear()
    job = work_until_done(enqueue_job(actor=ACTOR, kind="parent", key="1"), heartbeat=False)
    assert (job.state, order) == (states.DONE, ["1", "3", "2", "parent"])
    assert Job.objects.count() == 4


def test_children_asked_for_alone_are_adopted(handlers: dict[str, Any]) -> None:
    order = _family(handlers, set())
    alone = _queue("child", "c2", params={"n": "2"})
    run_job(alone.pk)
    work_until_done(_queue("parent"), heartbeat=False)
    assert order == ["2", "1", "3", "parent"]


def test_cancelling_the_parent_cancels_the_children(handlers: dict[str, Any]) -> None:
    order = _family(handlers, set())
    job = _queue("parent")
    run_job(job.pk)
    cancel_job(actor=ACTOR, job=job)
    assert work_until_idle(heartbeat=False) == []
    assert set(Job.objects.values_list("state", flat=True)) == {states.CANCELLED}
    resume_job(actor=ACTOR, job=job)
    assert work_until_done(job, heartbeat=False).state == states.DONE
    assert order == ["1", "2", "3", "parent"]


def test_the_sweeper_wakes_a_parent_whose_last_child_died_before_telling(handlers: dict[str, Any]) -> None:
    _family(handlers, set())
    job = _queue("parent")
    run_job(job.pk)
    Job.objects.filter(parent=job).update(state=states.DONE)
    first, second = sweep_jobs(), sweep_jobs()
    assert (first.woken, first.due) == (1, 1)
    assert (second.woken, second.due) == (0, 1), "two beats do it once"


def test_a_broker_that_is_down_does_not_matter(
    handlers: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks,  # type: ignore[no-untyped-def]
) -> None:
    from cogov.celery import app

    def refuse(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(app, "send_task", refuse)
    handlers["t"] = lambda ctx: None
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        job = _queue()
    assert len(callbacks) == 1
    assert job.state == states.QUEUED
    call_command("sweep_jobs")
    job.refresh_from_db()
    assert job.state == states.DONE


def test_sweep_jobs_command_reports_and_fails_with_the_names(
    handlers: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    def handler(ctx: JobContext) -> None:
        raise RuleError("不行")

    handlers["t"] = handler
    _queue()
    with pytest.raises(CommandError, match="失败的任务：测试t"):
        call_command("sweep_jobs", "--json")
    assert (
        capsys.readouterr().out.strip() == '{"freed": 0, "woken": 0, "due": 1, "ran": 1, "failed": ["测试t"]}'
    )


def test_status_shows_progress_log_and_what_may_be_done(
    handlers: dict[str, Any],
    django_assert_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    seen = []

    def handler(ctx: JobContext) -> None:
        ctx.log("开始计分")
        ctx.progress(30, 120, "第30户")
        ctx.job.refresh_from_db()
        seen.append(job_status(ctx.job))

    handlers["t"] = handler
    job = _queue(label="沙坪村月结")
    run_job(job.pk)
    during = seen[0]
    assert (during.percent, during.message, during.state_label, during.can_cancel) == (
        25,
        "第30户",
        "进行中",
        True,
    )
    assert [line["text"] for line in during.log] == ["开始计分"]
    job.refresh_from_db()
    with django_assert_num_queries(2):
        after = job_status(job).to_dict()
    assert (after["percent"], after["state_label"], after["final"], after["can_cancel"]) == (
        100,
        "已完成",
        True,
        False,
    )


def test_two_handlers_for_one_kind_is_a_mistake() -> None:
    registry.job_handler("test.twice", "甲")(test_a_step_runs_once_and_returns_the_same_value)
    try:
        with pytest.raises(ValueError, match="two handlers"):
            registry.job_handler("test.twice", "乙")(test_an_unknown_kind_is_refused)
    finally:
        del registry._kinds["test.twice"]
