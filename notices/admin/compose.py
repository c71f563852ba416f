"""Writing a notice by hand: choose the kind, fill in the template, see the pages while typing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from cogov.common.errors import CogovError, InputError, Problem, RuleError
from cogov.desk.actions import add_refusal
from notices import kinds, states
from notices.models import Notice
from notices.parts import missing_parts
from notices.printing import browser
from notices.printing.content import texts, validate
from notices.printing.faces import check_glyphs
from notices.printing.imprint import Imprint
from notices.printing.layouts import lay_out
from notices.services.composing import (
    Written,
    compose_notice,
    correct_written,
    editable,
    read_written,
    reason_of,
)
from notices.services.drafting import completed
from notices.services.issuers import issuer_profile
from notices.services.terms import describe, terms_by_kind
from notices.typed_names import TypedNames, look_up
from villages.models import Township, Village

_PERMISSION = "notices.draft_notice"
_ROWS = {"body": 18, "basis": 2, "attachments": 2, "cc": 2, "calculation": 2, "reason": 2}


def places_of(user: Any, kind: kinds.NoticeKind) -> list[tuple[str, str]]:
    """Codes and names of the places for which this person may draft this kind."""
    codes = user.scope_codes(_PERMISSION)
    out: list[tuple[str, str]] = []
    if "township" in kind.issuers:
        out += [
            (t.code, str(t))
            for t in Township.objects.order_by("code")
            if any(t.code.startswith(c) for c in codes)
        ]
    if "village" in kind.issuers:
        villages = Village.objects.for_user(user, _PERMISSION).select_related("township").order_by("code")
        out += [(v.code, f"{v.township} {v}") for v in villages]
    return out


class ComposeForm(forms.Form):
    """The parts of a document; the body is written in the small mark-up."""

    place = forms.ChoiceField(label="发文机关")
    period = forms.CharField(
        label="所属期间", required=False, max_length=10, help_text="如 2026-10、2026-Q4，可不填"
    )
    reason = forms.CharField(label="更正原因", max_length=200, widget=forms.Textarea)
    title = forms.CharField(label="标题", max_length=200)
    addressee = forms.CharField(label="主送", required=False, max_length=200)
    body = forms.CharField(label="正文", widget=forms.Textarea, help_text="#标题　1. 条目　**加粗**　|表格|")
    basis = forms.CharField(label="依据", required=False, max_length=2000, help_text="每行一条")
    calculation = forms.CharField(label="计算办法", required=False, max_length=2000)
    legal_basis = forms.CharField(label="公开依据", required=False, max_length=500)
    attachments = forms.CharField(label="附件", required=False, max_length=2000, help_text="每行一个")
    cc = forms.CharField(label="抄送", required=False, max_length=1000, help_text="每行一个")
    printed_by = forms.CharField(label="印发机关", required=False, max_length=60)

    def __init__(self, *args: Any, places: list[tuple[str, str]], correcting: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place: Any = self.fields["place"]
        place.choices = places
        for name in ("place", "period") if correcting else ("reason",):
            del self.fields[name]
        for name, rows in _ROWS.items():
            if name in self.fields:
                self.fields[name].widget = forms.Textarea(attrs={"rows": rows, "spellcheck": "false"})
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


def place_of(code: str) -> tuple[Township, Village | None]:
    """The place of a code; 404 for none."""
    village = Village.objects.select_related("township").filter(code=code).first()
    township = village.township if village else Township.objects.filter(code=code).first()
    if township is None:
        raise Http404
    return township, village


def preview_data(
    kind: kinds.NoticeKind, township: Township, village: Village | None, written: Written
) -> dict[str, Any]:
    """Faults with their lines, characters set in another face, names that will be hidden, and the laid-out pages."""
    content, problems = read_written(written)
    profile = issuer_profile(township=township, village=village)
    content, _ = completed(content, None, kind, profile)
    every: list[Problem] = [*problems, *(p for p in validate(content) if p.column != "正文" or not problems)]
    every += missing_parts(content, kind.required)
    typed = look_up(content, village, timezone.localdate()) if village else TypedNames()
    every += [typed.problem] if typed.problem else []
    glyphs = check_glyphs(texts(content))
    every += [Problem(fault, column="正文") for fault in glyphs.faults]
    imprint = Imprint(issuer=str(village or township), heading=profile.heading)
    printout = lay_out(kind.form, content, imprint)
    return {
        "problems": [p.to_dict() for p in every],
        "notes": [*glyphs.notes, *([typed.note] if typed.note else [])],
        "body": printout.body(),
        "css": browser.shadow_stylesheet(printout),
        "faces": browser.face_rules(static),
        "pages": len(printout.pages),
    }


class ComposePages:
    """The compose pages, mixed into the admin of notices."""

    admin_site: Any
    opts: Any
    get_object: Any

    def compose_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("compose/", view(self.compose_view), name="notices_notice_compose"),
            path("compose/preview/", view(require_POST(self.preview_view)), name="notices_notice_preview"),
            path("<int:pk>/compose/", view(self.rewrite_view), name="notices_notice_rewrite_text"),
            path("<int:pk>/correction/", view(self.correction_view), name="notices_notice_correction"),
        ]

    def compose_view(self, request: HttpRequest) -> HttpResponse:
        """Without ``kind``: the kinds to choose from; with it: the form with the kind's template."""
        if not request.user.has_perm(_PERMISSION):
            raise Http404
        code = request.GET.get("kind", "")
        known = {kind.code: kind for kind in kinds.written_by_clerks() if places_of(request.user, kind)}
        if code not in known:
            return self._page(request, {"title": "起草公示", "kinds": _offered(request.user, known.values())})
        kind = known[code]
        law = kinds.DISCLOSURE_LAW if kind.people and kind.board else ""
        initial = {"title": kind.title, "body": kind.template, "legal_basis": law, **_given(request)}
        return self._form(request, kind, initial=initial)

    def rewrite_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Edit a draft."""
        notice = self._own(request, pk)
        if notice.state not in states.PENDING:
            raise Http404
        kind, correcting = kinds.get(notice.kind), notice.corrects_id is not None
        return self._form(request, kind, notice=notice, correcting=correcting)

    def correction_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Edit the text of a published notice into its correction."""
        notice = self._own(request, pk)
        if notice.state != states.PUBLISHED:
            raise Http404
        return self._form(request, kinds.get(notice.kind), notice=notice, correcting=True)

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """What the text looks like now; writes nothing but a missing issuer profile."""
        kind = kinds.get(request.POST.get("kind", ""))
        township, village = place_of(request.POST.get("place", ""))
        code = village.code if village else township.code
        user: Any = request.user
        if not any(code.startswith(own) for own in user.scope_codes(_PERMISSION)):
            raise Http404
        return JsonResponse(preview_data(kind, township, village, Written.from_mapping(request.POST)))

    def _own(self, request: HttpRequest, pk: int) -> Notice:
        notice: Notice = self.get_object(request, str(pk))
        if not request.user.has_perm(_PERMISSION, notice):
            raise Http404
        return notice

    def _form(
        self,
        request: HttpRequest,
        kind: kinds.NoticeKind,
        *,
        notice: Notice | None = None,
        correcting: bool = False,
        initial: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if notice is not None:
            try:
                text = editable(notice)
            except RuleError as refusal:
                messages.error(request, refusal.message)
                return HttpResponseRedirect(reverse("admin:notices_notice_change", args=[notice.pk]))
            initial = {name: getattr(text, name) for name in Written.__slots__}
            initial |= {"place": notice.issuer_code, "period": notice.period, "reason": reason_of(notice)}
            places = [(notice.issuer_code, notice.issuer_name)]
        else:
            places = places_of(request.user, kind)
        form = ComposeForm(request.POST or None, places=places, correcting=correcting, initial=initial)
        if request.method == "POST" and form.is_valid():
            try:
                saved = _save(request.user, kind, notice, form.cleaned_data, correcting=correcting)
            except InputError as refusal:
                _show(form, refusal)
            except RuleError as refusal:
                add_refusal(form, refusal)
            else:
                messages.success(request, "草稿已保存，请核对后由另一位同志发布")
                return HttpResponseRedirect(reverse("admin:notices_notice_change", args=[saved.pk]))
        title = f"起草{kind.label}"
        if notice and correcting:
            old = notice if notice.is_public else notice.corrects
            title = f"起草更正：{old.number}" if old else title
        context = {
            "title": title,
            "form": form,
            "kind": kind,
            "place": places[0][0],
            "preview_url": reverse("admin:notices_notice_preview"),
            "required": [part.label for part in kind.required],
        }
        return self._page(request, context, status=400 if form.errors else 200)

    def _page(self, request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, "notices/compose.html", context, status=status)


def _offered(user: Any, known: Iterable[kinds.NoticeKind]) -> list[tuple[kinds.NoticeKind, str]]:
    """The kinds with what holds for them where this person drafts."""
    codes = user.scope_codes(_PERMISSION)
    township = Township.objects.filter(code__in={code[:9] for code in codes}).order_by("code").first()
    own = terms_by_kind(township) if township else {}
    return [(kind, describe(own.get(kind.code, kind.terms))) for kind in known]


def _given(request: HttpRequest) -> dict[str, str]:
    """Values that another page hands over in the address."""
    return {name: request.GET[name] for name in ("title", "body", "place", "period") if name in request.GET}


def _save(
    user: Any, kind: kinds.NoticeKind, notice: Notice | None, data: dict[str, Any], *, correcting: bool
) -> Notice:
    written = Written.from_mapping(data)
    if correcting and notice is not None:
        return correct_written(actor=user, notice=notice, written=written, reason=data["reason"])
    township, village = place_of(data["place"])
    return compose_notice(
        actor=user,
        kind=kind.code,
        written=written,
        village=village,
        township=None if village else township,
        period=data["period"].strip(),
        notice=notice,
    )


def _show(form: ComposeForm, refusal: CogovError) -> None:
    """Faults of the text on its field, each with its line."""
    labels = {str(field.label): name for name, field in form.fields.items()}
    for problem in getattr(refusal, "problems", ()) or (Problem(refusal.message),):
        line = f"第{problem.row}行：" if problem.row else ""
        form.add_error(labels.get(problem.column), f"{line}{problem.message}")
