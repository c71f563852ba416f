"""Three-affairs disclosure: the catalogue, and the list of what is due and overdue."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from cogov.common.errors import CogovError
from cogov.desk.actions import GuidedAction, GuidedForm
from cogov.desk.modeladmin import DeskModelAdmin
from notices import disclosures
from notices.disclosure_rules import AT_ONCE
from notices.models import DisclosureDuty, DisclosureItem
from notices.services.disclosing import draft_disclosure, install_catalogue, register_event, save_item
from villages.models import Township, Village

_DRAFT, _MANAGE = "notices.draft_notice", "notices.manage_disclosure"
_MOST = 400


class EventForm(GuidedForm):
    """What happened, where and when."""

    village = forms.ModelChoiceField(label="村", queryset=Village.objects.none())
    event = forms.CharField(label="发生的事", max_length=120)
    occurred_on = forms.DateField(
        label="发生日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def prepare(self) -> None:
        item: Any = self.obj
        choice: Any = self.fields["village"]
        villages = Village.objects.for_user(self.user, _DRAFT).filter(township=item.township)
        choice.queryset = villages.order_by("code")


class RegisterEvent(GuidedAction):
    """登记发生的事项."""

    code, label, icon = "event", "登记发生的事项", "plus"
    permission = "notices.view_disclosureitem"
    form_class = EventForm
    intro = "登记后进入到期公开清单，按期限起草公开。"

    @classmethod
    def is_available(cls, obj: DisclosureItem) -> bool:
        return obj.rhythm == AT_ONCE and obj.is_active

    @classmethod
    def is_allowed(cls, user: Any, obj: Any) -> bool:
        return super().is_allowed(user, obj) and bool(user.has_perm(_DRAFT))

    def initial(self) -> dict[str, Any]:
        return {"occurred_on": timezone.localdate()}

    def run(self) -> str:
        duty = register_event(actor=self.user, item=self.obj, **self.data)
        return f"已登记，请在{duty.due_on:%Y-%m-%d}前公开"


@admin.register(DisclosureItem)
class DisclosureItemAdmin(DeskModelAdmin):
    """The catalogue of a township."""

    save_service = save_item
    add_permission = change_permission = _MANAGE
    list_display = ("name", "category", "rhythm", "due_days", "starts_on", "is_active", "township")
    list_filter = ("category", "rhythm", "is_active")
    list_select_related = ("township",)
    search_fields = ("name",)
    ordering = ("township__code", "category", "pk")
    fields = ("township", "category", "name", "rhythm", "due_days", "starts_on", "guidance", "is_active")
    guided_actions = (RegisterEvent,)
    intro = "哪些事项要公开、多久公开一次、期间结束后几天内公开。随时公开的事项点开后登记。"
    empty_hint = "在“到期公开”页面可以装入通用目录。"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("township",) if obj is not None else ()

    def get_urls(self) -> list[URLPattern]:
        """The list of what is due, in front of Django's own pages."""
        view = self.admin_site.admin_view
        return [
            path("due/", view(self.due_view), name="notices_disclosure_due"),
            path("due/draft/", view(require_POST(self.draft_view)), name="notices_disclosure_draft"),
            path("due/install/", view(require_POST(self.install_view)), name="notices_disclosure_install"),
            *super().get_urls(),
        ]

    def due_view(self, request: HttpRequest) -> HttpResponse:
        """What the user's villages must disclose; ?show=overdue narrows it."""
        if not request.user.has_perm("notices.view_disclosureitem"):
            raise Http404
        villages = Village.objects.for_user(request.user, "notices.view_disclosureitem")
        places = list(villages.select_related("township").order_by("code")[:_MOST])
        chosen = request.GET.get("village", "")
        rows = disclosures.due_rows([v for v in places if not chosen or v.code == chosen])
        show = request.GET.get("show", "open")
        wanted = {
            "overdue": [row for row in rows if row.overdue],
            "open": [row for row in rows if row.state != disclosures.DONE],
        }.get(show, rows)
        bare = _without_catalogue(request.user)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "到期公开",
            "rows": wanted[:_MOST],
            "counts": {
                "open": sum(row.count for row in rows if row.state != disclosures.DONE),
                "overdue": sum(row.count for row in rows if row.overdue),
                "all": sum(row.count for row in rows),
            },
            "left_out": len(wanted[_MOST:]),
            "show": show,
            "villages": places if len(places) > 1 else [],
            "chosen": chosen,
            "bare": bare,
            "drafts": {v.pk for v in Village.objects.for_user(request.user, _DRAFT)},
        }
        return TemplateResponse(request, "notices/disclosures.html", context)

    def draft_view(self, request: HttpRequest) -> HttpResponse:
        """Draft what is due and go to the text."""
        user: Any = request.user
        villages = Village.objects.for_user(user, _DRAFT).select_related("township")
        village = villages.filter(code=request.POST.get("village", "")).first()
        if village is None:
            raise Http404
        number = request.POST.get("duty", "")
        duty = None
        if number.isdigit():
            duty = DisclosureDuty.objects.filter(pk=int(number), village=village, period="").first()
            if duty is None:
                raise Http404
        try:
            notice = draft_disclosure(
                actor=user,
                village=village,
                category=request.POST.get("category", ""),
                period="" if duty else request.POST.get("period", ""),
                duty=duty,
            )
        except CogovError as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(reverse("admin:notices_disclosure_due"))
        return HttpResponseRedirect(reverse("admin:notices_notice_rewrite_text", args=[notice.pk]))

    def install_view(self, request: HttpRequest) -> HttpResponse:
        """Put the general catalogue into the user's townships that have none."""
        user: Any = request.user
        for township in _without_catalogue(user):
            count = install_catalogue(actor=user, township=township)
            messages.success(request, f"{township}已装入通用目录{count}项")
        return HttpResponseRedirect(reverse("admin:notices_disclosure_due"))


def _without_catalogue(user: Any) -> list[Township]:
    """Townships whose catalogue this person manages and which have none."""
    codes = user.scope_codes(_MANAGE)
    if not codes:
        return []
    have = set(DisclosureItem.objects.values_list("township_id", flat=True))
    return [
        t
        for t in Township.objects.order_by("code")
        if t.pk not in have and any(t.code.startswith(c) for c in codes)
    ]
