"""Public pages, no login: verification by QR or typed code, objections, the notice board."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from cogov.access.scope import SystemActor
from cogov.common.errors import CogovError
from notices import board as screens
from notices import kinds, selectors, services, states
from notices import village_work as village_duties
from notices.forms import CheckCodeForm, PublicObjectionForm
from notices.models import Notice, ObjectionChannel
from notices.printing.qr import show_code
from notices.services.throttle import allow, client_address
from villages.models import Village

_VERDICTS = {
    states.PUBLISHED: ("good", "真实有效", "这份文书由本系统发布，内容与发布时一致。"),
    states.SUPERSEDED: ("warn", "已被更正替代", "这份文书是真的，但已由更正公示替代，请以新的公示为准。"),
    states.WITHDRAWN: ("bad", "已撤回", "这份文书是真的，但已撤回，不再有效。"),
}
_CHANGED = (
    "bad",
    "与发布时不符",
    "系统里存的这份文书与发布时的内容摘要或操作日志对不上，可能被改动过，不能作为凭据。请以盖章的纸质公示为准，并告知乡镇纪委核查。",
)
_PUBLIC_ACTOR = SystemActor("公众核验页")
_VILLAGE_DIGITS = 12


def _limited(request: HttpRequest, purpose: str, limit: int, seconds: int) -> HttpResponse | None:
    if allow(purpose=purpose, address=client_address(request), limit=limit, seconds=seconds):
        return None
    return render(request, "notices/too_many.html", {"title": "请稍后再试"}, status=429)


def _unknown(request: HttpRequest, code: str = "") -> HttpResponse:
    context = {"title": "没有查到这份文书", "form": CheckCodeForm(initial={"code": code}), "code": code}
    return render(request, "notices/verify_unknown.html", context, status=404)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify_token(request: HttpRequest, token: str) -> HttpResponse:
    """The page a QR code opens; a POST files an objection."""
    limited = _limited(request, "verify", 120, 60)
    if limited:
        return limited
    notice = selectors.by_token(token)
    if notice is None:
        return _unknown(request)
    form = PublicObjectionForm()
    if request.method == "POST":
        form = PublicObjectionForm(request.POST)
        limited = _limited(request, "objection", 5, 3600)
        if limited:
            return limited
        if form.is_valid() and _file(request, notice, form):
            return redirect(reverse("notices:verify_token", args=[token]))
    return render(
        request, "notices/verify.html", _verify_context(notice, form), status=400 if form.errors else 200
    )


def _file(request: HttpRequest, notice: Notice, form: PublicObjectionForm) -> bool:
    try:
        row = services.file_objection(
            actor=_PUBLIC_ACTOR, notice=notice, channel=ObjectionChannel.WEB, **form.cleaned_data
        )
    except CogovError as refusal:
        form.add_error(None, refusal.message)
        return False
    due = row.answer_due
    messages.success(request, f"异议已收到，将在{due.year}年{due.month}月{due.day}日前答复。")
    return True


def _verify_context(notice: Notice, form: PublicObjectionForm) -> dict[str, Any]:
    snapshot = notice.snapshot
    # What stands here is compared with the digest, the link and the log on every opening: 真实有效 is not a column.
    genuine = not services.faults_of(notice)
    tone, verdict, meaning = _VERDICTS[notice.state] if genuine else _CHANGED
    successor = notice.corrections.filter(state__in=states.PUBLIC).order_by("id").last()
    return {
        "title": "文书核验",
        "notice": notice,
        "kind": kinds.label_of(notice.kind),
        "content": selectors.public_content(notice),
        "snapshot": snapshot,
        "genuine": genuine,
        "tone": tone,
        "verdict": verdict,
        "meaning": meaning,
        "code": show_code(notice.check_code),
        "successor": successor,
        "open": services.is_open_for_objections(notice),
        "later_end": selectors.later_end(notice),
        "form": form,
    }


@login_required
@require_GET
def village_work(request: HttpRequest) -> HttpResponse:
    """What a village has to do for its notices; 404 for whoever has none. Of several villages ?village= picks one."""
    user: Any = request.user
    codes = [code for code in user.scope_codes("notices.use_village_work") if len(code) == _VILLAGE_DIGITS]
    villages = list(Village.objects.filter(code__in=codes).select_related("township").order_by("code"))
    if not villages:
        raise Http404
    village = next((row for row in villages if row.code == request.GET.get("village")), villages[0])
    context = {
        "title": "公示办理",
        "subtitle": village.name,
        "village": village,
        "villages": villages,
        "work": village_duties.village_work(user, village),
        "today": timezone.localdate(),
    }
    return render(request, "notices/village_work.html", context)


@never_cache
@require_GET
def verify_code(request: HttpRequest) -> HttpResponse:
    """Check by typing the code."""
    if "code" not in request.GET:
        return render(request, "notices/verify_form.html", {"title": "文书核验", "form": CheckCodeForm()})
    limited = _limited(request, "verify_code", 20, 600)
    if limited:
        return limited
    form = CheckCodeForm(request.GET)
    notice = selectors.by_check_code(form.cleaned_data["code"]) if form.is_valid() else None
    if notice is None:
        return _unknown(request, request.GET["code"][:24])
    return redirect(reverse("notices:verify_token", args=[notice.verify_token]))


def _village(village_code: str) -> Village:
    return get_object_or_404(Village.objects.select_related("township"), code=village_code)


@never_cache
@require_GET
def board(request: HttpRequest, village_code: str) -> HttpResponse:
    """The television page: rotates the village's current notices and looks for new ones by itself."""
    village = _village(village_code)
    shown = screens.slides(village)
    context = {"village": village, "slides": shown, "version": screens.version(shown)}
    return render(request, "notices/board_tv.html", context)


@never_cache
@require_GET
def board_slides(request: HttpRequest, village_code: str) -> HttpResponse:
    """The screens as they are now, for the running television page."""
    village = _village(village_code)
    shown = screens.slides(village)
    html = render_to_string("notices/board_slides.html", {"slides": shown, "village": village})
    return JsonResponse({"version": screens.version(shown), "html": html})


@require_GET
def board_list(request: HttpRequest, village_code: str) -> HttpResponse:
    """The same notices as a list for phones; titles and dates only, nothing personal."""
    village = _village(village_code)
    rows = [
        {"notice": notice, "kind": kinds.label_of(notice.kind)}
        for notice in selectors.current_notices(village)[:60]
    ]
    context = {
        "title": f"{village.name}公示栏",
        "subtitle": str(village.township),
        "village": village,
        "rows": rows,
    }
    return render(request, "notices/board.html", context)
