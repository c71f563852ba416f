from __future__ import annotations

from typing import Any

from cogov.access.roles import Role
from cogov.jobs import states
from cogov.jobs.models import Job, JobLog
from tests.desk.conftest import FOREIGN_TOWNSHIP, TOWNSHIP
from tests.factories.access import user_with


def job(code: str = TOWNSHIP, **fields: Any) -> Job:
    found: Job = Job.objects.create(
        **{
            "kind": "test.kind",
            "key": f"{code}-{fields}",
            "label": "十月月结",
            "township_code": code,
            **fields,
        }
    )
    return found


def test_the_page_and_its_status(desk: Any) -> None:
    row = job(state=states.RUNNING, progress_done=5, progress_total=12)
    JobLog.objects.create(job=row, text="沙坪村入账 241 条")
    page = desk.get(f"/admin/jobs/{row.pk}/").content.decode()
    for text in ("十月月结", "41%", "进行中", "沙坪村入账 241 条", "取消任务", "后台任务"):
        assert text in page
    data = desk.get(f"/admin/jobs/{row.pk}/status/").json()
    assert (data["percent"], data["state_label"], data["can_cancel"], data["can_resume"]) == (
        41,
        "进行中",
        True,
        False,
    )
    assert "result" not in data
    assert desk.get(f"/admin/jobs/job/{row.pk}/change/").headers["Location"] == f"/admin/jobs/{row.pk}/"


def test_a_finished_job_leads_to_what_it_made(desk: Any, client: Any, cadre: Any) -> None:
    done = job(kind="points.sheets", state=states.DONE, params={"bundle": 7})
    address = "/admin/points/sheetbundle/7/do/download/"
    assert desk.get(f"/admin/jobs/{done.pk}/status/").json()["outcome"] == {
        "label": "下载 PDF",
        "url": address,
    }
    assert f'href="{address}"' in desk.get(f"/admin/jobs/{done.pk}/").content.decode()
    for other in (
        job(kind="points.sheets", state=states.RUNNING, params={"bundle": 8}),
        job(state=states.DONE),
    ):
        assert desk.get(f"/admin/jobs/{other.pk}/status/").json()["outcome"] is None
    client.force_login(user_with(Role.AUDITOR, TOWNSHIP))
    assert client.get(f"/admin/jobs/{done.pk}/status/").json()["outcome"] is None


def test_cancel_and_resume(desk: Any) -> None:
    row = job()
    desk.post(f"/admin/jobs/{row.pk}/cancel/")
    row.refresh_from_db()
    assert row.state == states.CANCELLED
    answer = desk.post(f"/admin/jobs/{row.pk}/cancel/", follow=True)
    assert 'class="alert alert-error"' in answer.content.decode()
    desk.post(f"/admin/jobs/{row.pk}/resume/")
    row.refresh_from_db()
    assert row.state == states.QUEUED


def test_who_may_only_look_cannot_cancel(client: Any, cadre: Any) -> None:
    row = job(village_code="421223101201")
    client.force_login(cadre)
    assert client.get(f"/admin/jobs/{row.pk}/status/").json()["can_cancel"] is False
    for move in ("cancel", "resume"):
        assert client.post(f"/admin/jobs/{row.pk}/{move}/").status_code == 404
    row.refresh_from_db()
    assert (row.state, row.cancel_requested) == (states.QUEUED, False)


def test_a_foreign_job_does_not_exist(desk: Any) -> None:
    row = job(FOREIGN_TOWNSHIP)
    for url in (f"/admin/jobs/{row.pk}/", f"/admin/jobs/{row.pk}/status/", "/admin/jobs/999/"):
        assert desk.get(url).status_code == 404
    assert desk.get(f"/admin/jobs/{row.pk}/cancel/").status_code == 405
    assert desk.post(f"/admin/jobs/{row.pk}/cancel/").status_code == 404
    assert "十月月结" not in desk.get("/admin/jobs/job/").content.decode()


def test_the_list_shows_main_jobs_unless_asked(desk: Any) -> None:
    parent = job()
    job(parent=parent, label="沙坪村月结", key="child")
    assert "沙坪村月结" not in desk.get("/admin/jobs/job/").content.decode()
    assert "沙坪村月结" in desk.get("/admin/jobs/job/", {"level": "all"}).content.decode()
