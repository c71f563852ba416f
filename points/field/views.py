"""Pages of the phone. The form works without script; with it, what could not be sent waits on the phone."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cogov.common.errors import CogovError
from points.cadre import selectors
from points.cadre.forms import CorrectForm, asked_for, refuse
from points.cadre.views import suggestions
from points.field.access import field_page, source_for
from points.field.forms import FieldForm
from points.models import PointsRecord
from points.photo_files import photo_response
from points.services.own_records import resubmit_record, withdraw_record
from points.services.recording import record_points
from points.states import DRAFT, RECORD_STATES, RETURNED, SUBMITTED
from villages.models import Village

PER_PAGE = 20
_RECENT_RULES = 4
_TONES = {"submitted": "warn", "returned": "bad", "approved": "info", "posted": "good", "rejected": "bad"}


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


@require_http_methods(["GET", "POST"])
@field_page
def record(request: HttpRequest, village: Village) -> HttpResponse:
    """Record a deed. The same key twice is the same record, and the answer says so."""
    initial = asked_for(request, "occurred_on")
    form = FieldForm(
        request.POST or None, request.FILES or None, initial=initial, user=request.user, village=village
    )
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        key = f"field:{request.user.pk}:{data.pop('key')}"
        again = PointsRecord.objects.filter(source_key=key).exists()
        try:
            row = record_points(
                actor=request.user,  # type: ignore[arg-type]
                source=source_for(request.user, village),
                source_key=key,
                **data,
            )
        except CogovError as error:
            refuse(form, error)
        else:
            told = f"{'这一条已经收到' if again else '已提交'}：{row.household} {row.explanation}"
            if _wants_json(request):
                return _private(JsonResponse({"ok": True, "message": told, "again": again}))
            messages.success(request, told)
            return redirect("field_points:record")
    if request.method == "POST" and _wants_json(request):
        errors = [
            {"field": "" if name == "__all__" else name, "message": message}
            for name, found in form.errors.items()
            for message in found
        ]
        return _private(JsonResponse({"ok": False, "errors": errors}, status=400))
    context = {
        "title": "登记积分",
        "subtitle": village.name,
        "village": village,
        "villages": request.own_villages,  # type: ignore[attr-defined]
        "form": form,
        "groups": form.rule_groups(),
        "recent_rules": _recent_rules(request.user, village, form),
    }
    return render(request, "field/record.html", context, status=400 if form.errors else 200)


def _recent_rules(user: Any, village: Village, form: FieldForm) -> list[Any]:
    """The rules that this person used last, as buttons."""
    codes = list(selectors.my_records(user, village).values_list("rule__code", flat=True)[:40])
    known = {rule.code: rule for rule in form.rules.values()}
    return [known[code] for code in dict.fromkeys(codes) if code in known][:_RECENT_RULES]


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store, private"
    return response


@require_POST
@field_page
def households(request: HttpRequest, village: Village) -> HttpResponse:
    """Suggestions from the person's own ground."""
    return suggestions(request, village)


@require_GET
@field_page
def mine(request: HttpRequest, village: Village) -> HttpResponse:
    """What I have handed in, and what became of it."""
    state = request.GET.get("state", "")
    state = state if state in RECORD_STATES.states else ""
    rows = selectors.my_records(request.user, village, state)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("p"))
    context = {
        "title": "我登记的",
        "subtitle": village.name,
        "page": page,
        "lines": [
            {
                "row": row,
                "tone": _TONES.get(row.state, "neutral"),
                "can_correct": row.state in (DRAFT, RETURNED),
                "can_withdraw": row.state in (DRAFT, SUBMITTED, RETURNED),
            }
            for row in page.object_list
        ],
        "state": state,
        "empty_title": "没有这样的登记" if state else "还没有登记",
        "states": [("", "全部"), *((code, RECORD_STATES.states[code]) for code in _TONES)],
    }
    return render(request, "field/mine.html", context)


def _own(request: HttpRequest, village: Village, pk: int) -> PointsRecord:
    row: PointsRecord | None = selectors.my_records(request.user, village).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


@require_GET
@field_page
def photo(request: HttpRequest, village: Village, pk: int) -> HttpResponse | FileResponse:
    """The small photo of one of my own records."""
    return photo_response(_own(request, village, pk), thumb=True)


@require_http_methods(["GET", "POST"])
@field_page
def correct(request: HttpRequest, village: Village, pk: int) -> HttpResponse:
    """Put a returned record right and hand it in again."""
    row = _own(request, village, pk)
    initial = CorrectForm.initial_of(row)
    form = CorrectForm(
        request.POST or None, request.FILES or None, initial=initial, user=request.user, village=village
    )
    if request.method == "POST" and form.is_valid():
        try:
            resubmit_record(actor=request.user, record=row, **form.cleaned_data)  # type: ignore[arg-type]
        except CogovError as error:
            refuse(form, error)
        else:
            messages.success(request, "已改好并提交")
            return redirect("field_points:mine")
    context = {
        "title": "修改登记",
        "subtitle": str(row),
        "form": form,
        "row": row,
        "photo_url": reverse("field_points:photo", args=[row.pk]) if row.photo else "",
        "layout": "field/layout.html",
    }
    return render(request, "village/correct.html", context, status=400 if form.errors else 200)


@require_POST
@field_page
def withdraw(request: HttpRequest, village: Village, pk: int) -> HttpResponse:
    """Take back what is not approved yet."""
    row = _own(request, village, pk)
    try:
        withdraw_record(actor=request.user, record=row)  # type: ignore[arg-type]
    except CogovError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"已撤回：{row}")
    return redirect("field_points:mine")
