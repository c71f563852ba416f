"""Background jobs on the desk: the list, and a page that shows the progress of one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from cogov.common.errors import RuleError
from cogov.desk import registry
from cogov.desk.modeladmin import DeskModelAdmin
from cogov.desk.templatetags.desk import chip, percent_of
from cogov.jobs import states
from cogov.jobs.models import Job
from cogov.jobs.selectors import job_status
from cogov.jobs.services.control import cancel_job, resume_job

TONES = {
    states.QUEUED: "neutral",
    states.RUNNING: "info",
    states.WAITING: "info",
    states.DONE: "good",
    states.FAILED: "bad",
    states.CANCELLED: "neutral",
}
MANAGE = "jobs.manage_job"


def urls(site: admin.AdminSite) -> list[URLPattern]:
    """Addresses of the job pages."""
    return [
        path("jobs/<int:job_id>/", site.admin_view(job_page), name="desk_job"),
        path("jobs/<int:job_id>/status/", site.admin_view(status), name="desk_job_status"),
        path("jobs/<int:job_id>/cancel/", site.admin_view(cancel), name="desk_job_cancel"),
        path("jobs/<int:job_id>/resume/", site.admin_view(resume), name="desk_job_resume"),
    ]


def _job(request: HttpRequest, job_id: int, permission: str = "") -> Job:
    """The job within the user's scope, or 404."""
    job: Job = get_object_or_404(Job.objects.for_user(request.user, permission), pk=job_id)
    return job


def status_payload(request: HttpRequest, job: Job) -> dict[str, Any]:
    """The status as the page and its script need it, with what this user may do."""
    found = job_status(job)
    may = request.user.has_perm(MANAGE, job)  # type: ignore[union-attr]
    data = found.to_dict()
    data.pop("result", None)
    data["tone"] = TONES.get(found.state, "neutral")
    data["outcome"] = _outcome(request, job)
    data["can_cancel"] = found.can_cancel and may
    data["can_resume"] = found.can_resume and may
    for child in data["children"]:
        child["tone"] = TONES.get(child["state"], "neutral")
        child["url"] = reverse("admin:desk_job", args=(child["id"],))
    return data


def _outcome(request: HttpRequest, job: Job) -> dict[str, str] | None:
    """The way to what a finished job made, for whoever may go there."""
    known = next((one for one in registry.job_outcomes if one.code == job.kind), None)
    may = known is not None and request.user.has_perm(known.permission, job)  # type: ignore[union-attr]
    if known is None or not may or job.state != states.DONE:
        return None
    return {"label": known.label, "url": known.address(job.params)}


@never_cache
def job_page(request: HttpRequest, job_id: int) -> HttpResponse:
    """One job: bar, children, log, buttons."""
    job = _job(request, job_id)
    request.desk_place = reverse("admin:jobs_job_changelist")  # type: ignore[attr-defined]
    context = {
        **admin.site.each_context(request),
        "title": job.label,
        "job": job,
        "opts": Job._meta,
        "status": status_payload(request, job),
    }
    return TemplateResponse(request, "admin/job.html", context)


@never_cache
def status(request: HttpRequest, job_id: int) -> JsonResponse:
    """What the progress bar polls."""
    return JsonResponse(
        status_payload(request, _job(request, job_id)), json_dumps_params={"ensure_ascii": False}
    )


@require_POST
def cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    """Ask a job to stop at its next step."""
    job = _job(request, job_id, MANAGE)
    try:
        cancel_job(actor=request.user, job=job, reason="在任务页上取消")
    except RuleError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.info(request, "已要求取消；做完的步骤保留，没做的不再做。")
    return HttpResponseRedirect(reverse("admin:desk_job", args=(job.pk,)))


@require_POST
def resume(request: HttpRequest, job_id: int) -> HttpResponse:
    """Start a failed or cancelled job again where it stopped."""
    job = _job(request, job_id, MANAGE)
    try:
        resume_job(actor=request.user, job=job)
    except RuleError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.info(request, "任务已重新排队，从停下的地方继续。")
    return HttpResponseRedirect(reverse("admin:desk_job", args=(job.pk,)))


class TopLevelFilter(admin.SimpleListFilter):
    """Parents by default: a month close has a child per village."""

    title = "层级"
    parameter_name = "level"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("all", "包括子任务")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset if self.value() == "all" else queryset.filter(parent__isnull=True)

    def choices(self, changelist: Any) -> Any:
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": "只看主任务",
        }
        yield {
            "selected": self.value() == "all",
            "query_string": changelist.get_query_string({self.parameter_name: "all"}),
            "display": "包括子任务",
        }


class JobAdmin(DeskModelAdmin):
    """Jobs of the user's places, newest first."""

    list_display = (
        "label",
        "state_chip",
        "progress",
        "message",
        "requested_by_name",
        "created_at",
        "finished_at",
    )
    list_filter = ("state", TopLevelFilter)
    search_fields = ("label", "requested_by_name")
    ordering = ("-id",)
    intro = "月结、导入、批量打印等在后台进行的工作。中断后可以从停下的地方继续。"
    empty_hint = "办理月结或导入户籍时，任务会出现在这里。"

    @admin.display(description="状态", ordering="state")
    def state_chip(self, job: Job) -> str:
        """State as a chip."""
        return chip(
            "正在取消" if job.cancel_requested and not job.is_final else job.get_state_display(),
            TONES[job.state],
        )

    @admin.display(description="进度")
    def progress(self, job: Job) -> str:
        """Whole percent."""
        if job.state == states.DONE:
            return "100%"
        return f"{percent_of(job.progress_done, job.progress_total)}%" if job.progress_total else "—"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A job's page is its progress page."""
        if not object_id.isdigit():
            raise Http404
        return HttpResponseRedirect(reverse("admin:desk_job", args=(int(object_id),)))
