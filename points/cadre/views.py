"""Pages of the village cadre. Every write is a service; a refusal comes back on the form."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cogov.common.errors import CogovError
from cogov.common.periods import Period
from cogov.desk.registry import Figure
from notices import village_work
from points.cadre import selectors
from points.cadre.access import cadre_page
from points.cadre.forms import ActivityForm, CorrectForm, RecordForm, asked_for, refuse
from points.models import PointsRecord
from points.selectors.figures import period_figures
from points.selectors.holders import wording, wording_of
from points.selectors.rules import rule_set_on
from points.services.own_records import resubmit_record, withdraw_record
from points.services.recording import Line, record_activity, record_points
from points.states import DRAFT, RECORD_STATES, RETURNED, SUBMITTED
from villages.models import Village

PER_PAGE = 30
_TONES = {
    "submitted": "warn",
    "returned": "bad",
    "approved": "info",
    "posted": "good",
    "rejected": "bad",
}


def _page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, f"village/{template}.html", context, status=status)


@require_GET
@cadre_page
def home(request: HttpRequest, village: Village) -> HttpResponse:
    """This month's figures, what is to be done, and the ways to everything."""
    period = Period.month_of(timezone.localdate())
    now = period_figures([village.code], period)
    before = period_figures([village.code], period.previous())
    work = selectors.work_of(request.user, village)
    rule_set = rule_set_on(village, timezone.localdate())
    words = wording_of(rule_set)
    context = {
        "title": f"{village.name}村级工作",
        "subtitle": f"{village.township.name} · {period.label}",
        "village": village,
        "villages": request.own_villages,  # type: ignore[attr-defined]
        "work": work,
        "rule_set": rule_set,
        "review_url": reverse("admin:points_pointsrecord_changelist") + "?state__exact=submitted",
        "figures": [
            Figure("本月入账积分", now.issued, "分", previous=before.issued),
            Figure(f"参与{words.each}数", now.participants, words.unit, previous=before.participants),
            Figure("参与率", now.participation, "%", previous=before.participation),
            Figure("我提交待审核", work.waiting, "条"),
        ],
        "notices": selectors.printable(selectors.village_notices(request.user, village)[:4]),
        "publicity": village_work.summary(request.user, village),
    }
    return _page(request, "home", context)


@require_http_methods(["GET", "POST"])
@cadre_page
def record(request: HttpRequest, village: Village) -> HttpResponse:
    """Record points for a household; afterwards the same rule and day stand ready for the next one."""
    if request.method == "POST":
        form = RecordForm(request.POST, request.FILES, user=request.user, village=village)
        if form.is_valid():
            try:
                row = record_points(actor=request.user, **_without(form, "save"))
            except CogovError as error:
                refuse(form, error)
            else:
                messages.success(request, f"已提交：{row.household} {row.explanation}")
                again = {"rule": row.rule_id, "occurred_on": row.occurred_on, "place": row.place}
                return redirect(f"{reverse('village:record')}?{urlencode(again)}")
    else:
        initial = asked_for(request, "household", "rule", "occurred_on", "place")
        form = RecordForm(initial=initial, user=request.user, village=village)
    recent = selectors.my_records(request.user, village)[:5]
    context = {"title": "登记积分", "subtitle": village.name, "form": form, "recent": _lines(recent)}
    return _page(request, "record", context, status=400 if form.errors else 200)


def _without(form: Any, *names: str) -> dict[str, Any]:
    return {name: value for name, value in form.cleaned_data.items() if name not in names}


@require_http_methods(["GET", "POST"])
@cadre_page
def activity(request: HttpRequest, village: Village) -> HttpResponse:
    """A whole activity by its sign-in list."""
    initial = asked_for(request, "held_on")
    form = ActivityForm(request.POST or None, initial=initial, user=request.user, village=village)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        lines = [Line(household, quantity) for household, quantity in data.pop("lines")]
        try:
            done = record_activity(actor=request.user, village=village, lines=lines, **data)
        except CogovError as error:
            refuse(form, error)
        else:
            messages.success(
                request, f"已提交“{done.name}”，{len(lines)} {wording(form.kind).unit}，等待审核"
            )
            return redirect("village:mine")
    context = {"title": "活动签到", "subtitle": village.name, "form": form}
    return _page(request, "activity", context, status=400 if form.errors else 200)


@require_POST
@cadre_page
def households(request: HttpRequest, village: Village) -> HttpResponse:
    """Suggestions for the household field."""
    return suggestions(request, village)


def suggestions(request: HttpRequest, village: Village) -> HttpResponse:
    """Whom the typed text may mean on the day in the form. It comes by POST: somebody's number may be typed there."""
    day = parse_date(request.POST.get("day", "")) or timezone.localdate()
    found = selectors.suggest(request.user, village, request.POST.get("q", "")[:40], day)
    response = JsonResponse({"households": found})
    response["Cache-Control"] = "no-store, private"
    return response


def _lines(rows: Any) -> list[dict[str, Any]]:
    return [
        {
            "row": row,
            "tone": _TONES.get(row.state, "neutral"),
            "can_correct": row.state in (DRAFT, RETURNED),
            "can_withdraw": row.state in (DRAFT, SUBMITTED, RETURNED),
        }
        for row in rows
    ]


@require_GET
@cadre_page
def mine(request: HttpRequest, village: Village) -> HttpResponse:
    """What I have handed in, and what became of it."""
    state = request.GET.get("state", "")
    state = state if state in RECORD_STATES.states else ""
    page = Paginator(selectors.my_records(request.user, village, state), PER_PAGE).get_page(
        request.GET.get("p")
    )
    context = {
        "title": "我的登记",
        "subtitle": village.name,
        "page": page,
        "lines": _lines(page.object_list),
        "state": state,
        "empty_title": "没有这样的登记" if state else "还没有登记",
        "states": [("", "全部"), *RECORD_STATES.choices],
    }
    return _page(request, "mine", context)


def _own_record(request: HttpRequest, village: Village, pk: int) -> PointsRecord:
    row: PointsRecord | None = selectors.my_records(request.user, village).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


@require_http_methods(["GET", "POST"])
@cadre_page
def correct(request: HttpRequest, village: Village, pk: int) -> HttpResponse:
    """Put a returned record right and hand it in again."""
    row = _own_record(request, village, pk)
    form = CorrectForm(
        request.POST or None,
        request.FILES or None,
        initial=CorrectForm.initial_of(row),
        user=request.user,
        village=village,
    )
    if request.method == "POST" and form.is_valid():
        try:
            resubmit_record(actor=request.user, record=row, **form.cleaned_data)
        except CogovError as error:
            refuse(form, error)
        else:
            messages.success(request, "已改好并提交")
            return redirect("village:mine")
    context = {
        "title": "修改登记",
        "subtitle": str(row),
        "form": form,
        "row": row,
        "layout": "village/layout.html",
    }
    return _page(request, "correct", context, status=400 if form.errors else 200)


@require_POST
@cadre_page
def withdraw(request: HttpRequest, village: Village, pk: int) -> HttpResponse:
    """Take back what is not approved yet."""
    row = _own_record(request, village, pk)
    try:
        withdraw_record(actor=request.user, record=row)
    except CogovError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"已撤回：{row}")
    return redirect("village:mine")
