"""Guided actions: a page with a form in front of a service, for one object or for the objects ticked in a list.

    class CancelHousehold(GuidedAction):
        code, label, icon, danger = "cancel", "销户", "trash", True
        permission = "villages.cancel_household"
        form_class = CancelForm                      # a GuidedForm

        def run(self) -> str:
            cancel_household(actor=self.user, household=self.obj, **self.data)
            return "已销户"

    class HouseholdAdmin(DeskModelAdmin):
        guided_actions = [CancelHousehold]

A refusal (RuleError, InputError) comes back on the form in Chinese, and nothing has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from crispy_forms.helper import FormHelper
from django import forms
from django.contrib import messages
from django.contrib.admin import helpers
from django.contrib.admin.utils import quote, unquote
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import classonlymethod

from cogov.common.errors import CogovError, InputError, RuleError
from cogov.desk.registry import DuplicateCodeError
from cogov.desk.scoping import scoped

BATCH_LIMIT = 2000


class GuidedForm(forms.Form):
    """A form that knows who fills it in and about what; model choices come from the user's scope.

    Declare model choices with ``queryset=Model.objects.none()``; narrow them in :meth:`prepare`.
    """

    def __init__(self, *args: Any, user: Any, obj: Model | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.obj = obj
        for form_field in self.fields.values():
            if isinstance(form_field, forms.ModelChoiceField):
                form_field.queryset = scoped(form_field.queryset.model, user)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.prepare()

    def prepare(self) -> None:
        """Hook for initial values and narrower choices; ``self.user`` and ``self.obj`` are set."""


def add_refusal(form: forms.BaseForm, refusal: CogovError) -> None:
    """Put a service's refusal on a form: problems on their columns, reasons on the form itself."""
    if isinstance(refusal, InputError) and refusal.problems:
        # Services name columns as people do; a form knows its fields by name and by label.
        names = {str(field.label): name for name, field in form.fields.items()} | {
            name: name for name in form.fields
        }
        for problem in refusal.problems:
            form.add_error(names.get(problem.column), problem.message)
        return
    for reason in getattr(refusal, "reasons", ()) or (refusal.message,):
        form.add_error(None, reason)


class GuidedAction:
    """One action on one object, at ``<object>/do/<code>/`` of its page."""

    code: ClassVar[str]
    label: ClassVar[str]
    permission: ClassVar[str]
    form_class: ClassVar[type[GuidedForm]] = GuidedForm
    icon: ClassVar[str] = "arrow"
    danger: ClassVar[bool] = False
    intro: ClassVar[str] = ""
    submit_label: ClassVar[str] = ""
    template: ClassVar[str] = "admin/guided_action.html"

    def __init__(self, model_admin: Any, request: HttpRequest, obj: Any) -> None:
        self.model_admin = model_admin
        self.request = request
        self.user: Any = request.user
        self.obj = obj
        self.data: dict[str, Any] = {}

    # --- what a subclass writes ---

    @classmethod
    def is_available(cls, obj: Any) -> bool:
        """Whether the object's state allows the action at all."""
        return True

    def run(self) -> str:
        """Call the service with ``self.user``, ``self.obj`` and ``self.data``; return what to tell the user."""
        raise NotImplementedError

    def details(self) -> Sequence[tuple[str, Any]]:
        """Lines (label, value) shown above the form, so that the user sees what he acts on."""
        return ()

    def initial(self) -> dict[str, Any]:
        """Initial values of the form."""
        return {}

    def done_url(self) -> str:
        """Where to go afterwards: the object's page."""
        return reverse(self._name("change"), args=(quote(self.obj.pk),))

    # --- machinery ---

    def _name(self, page: str) -> str:
        opts = self.model_admin.opts
        return f"admin:{opts.app_label}_{opts.model_name}_{page}"

    @classmethod
    def is_offered(cls, user: Any, obj: Any) -> bool:
        """Permission says what, scope says where, state says when."""
        return cls.is_allowed(user, obj) and cls.is_available(obj)

    @classmethod
    def is_allowed(cls, user: Any, obj: Any) -> bool:
        """Whether the user holds the permission where the object lies."""
        return bool(user.has_perm(cls.permission, obj))

    @classmethod
    def url(cls, model_admin: Any, obj: Any) -> str:
        """Address of the action's page for an object."""
        opts = model_admin.opts
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_{cls.code}", args=(quote(obj.pk),))

    @classonlymethod
    def as_view(cls, model_admin: Any) -> Callable[..., HttpResponse]:
        """The view; the object comes from the user's scope and answers 404 otherwise."""

        def view(request: HttpRequest, object_id: str) -> HttpResponse:
            obj = model_admin.get_object(request, unquote(object_id))
            if not cls.is_allowed(request.user, obj):
                raise Http404
            return cls(model_admin, request, obj).respond()

        return view

    def respond(self) -> HttpResponse:
        """Show the form, or run the action and go on."""
        if not self.is_available(self.obj):
            messages.error(self.request, f"现在不能{self.label}：{self.obj}")
            return HttpResponseRedirect(self.done_url())
        posted = self.request.method == "POST"
        form = self.form_class(
            self.request.POST if posted else None,
            self.request.FILES if posted else None,
            user=self.user,
            obj=self.obj,
            initial=self.initial(),
        )
        if posted and form.is_valid():
            self.data = dict(form.cleaned_data)
            try:
                message = self.run()
            except (RuleError, InputError) as refusal:
                add_refusal(form, refusal)
            else:
                messages.success(self.request, message)
                return HttpResponseRedirect(self.done_url())
        return TemplateResponse(
            self.request, self.template, self.context(form), status=400 if posted else 200
        )

    def context(self, form: GuidedForm) -> dict[str, Any]:
        """Context of the page; override to add a preview."""
        return {
            **self.model_admin.admin_site.each_context(self.request),
            "title": self.label,
            "subtitle": str(self.obj),
            "opts": self.model_admin.opts,
            "original": self.obj,
            "action": self,
            "form": form,
            "details": self.details(),
            "submit_label": self.submit_label or self.label,
            "cancel_url": self.done_url(),
        }


@dataclass(slots=True)
class BatchResult:
    """What a batch did: how many, and which objects were refused and why."""

    done: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)


class BatchAction:
    """One action on the objects ticked in a list, with a page in between that asks for what it needs.

    ``run`` gets a queryset limited to where the user holds ``permission``.
    """

    code: ClassVar[str]
    label: ClassVar[str]
    permission: ClassVar[str]
    form_class: ClassVar[type[GuidedForm]] = GuidedForm
    danger: ClassVar[bool] = False
    intro: ClassVar[str] = ""
    submit_label: ClassVar[str] = ""
    template: ClassVar[str] = "admin/batch_action.html"

    def __init__(self, model_admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self.model_admin = model_admin
        self.request = request
        self.user: Any = request.user
        self.queryset = queryset
        self.data: dict[str, Any] = {}

    def run(self) -> BatchResult:
        """Call the service for ``self.queryset`` with ``self.data``."""
        raise NotImplementedError

    @classmethod
    def as_action(cls) -> Callable[..., HttpResponse | None]:
        """A function as ``ModelAdmin.actions`` wants it."""

        def action(model_admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
            return cls(model_admin, request, cls.limit(model_admin, request, queryset)).respond()

        action.__name__ = cls.code
        action.short_description = cls.label  # type: ignore[attr-defined]
        return action

    @classmethod
    def limit(cls, model_admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The ticked rows that lie where the user holds the action's own permission."""
        manager = model_admin.model._default_manager
        if not hasattr(manager, "for_user"):
            return queryset
        return queryset.filter(pk__in=manager.for_user(request.user, cls.permission).values("pk"))

    def respond(self) -> HttpResponse | None:
        """Ask first; run when confirmed; then back to the list with a message."""
        ids = list(self.queryset.order_by("pk").values_list("pk", flat=True)[: BATCH_LIMIT + 1])
        if not ids:
            messages.warning(self.request, "选中的记录里没有您可以办理的")
            return None
        if len(ids) > BATCH_LIMIT:
            messages.error(self.request, f"一次最多办理 {BATCH_LIMIT} 条，请先筛选")
            return None
        confirmed = "desk_confirm" in self.request.POST
        form = self.form_class(
            self.request.POST if confirmed else None,
            self.request.FILES if confirmed else None,
            user=self.user,
        )
        if confirmed and form.is_valid():
            self.data = dict(form.cleaned_data)
            try:
                result = self.run()
            except (RuleError, InputError) as refusal:
                add_refusal(form, refusal)
            else:
                self.tell(result)
                return None
        return TemplateResponse(self.request, self.template, self.context(form, ids))

    def tell(self, result: BatchResult) -> None:
        """Say what was done and what was not, with reasons."""
        if result.done:
            messages.success(self.request, f"{self.label}：已办理 {result.done} 条")
        for name, reason in result.refused[:20]:
            messages.warning(self.request, f"{name}：{reason}")
        if len(result.refused) > 20:
            messages.warning(self.request, f"另有 {len(result.refused) - 20} 条没有办理")

    def context(self, form: GuidedForm, ids: Sequence[Any]) -> dict[str, Any]:
        """Context of the page in between."""
        return {
            **self.model_admin.admin_site.each_context(self.request),
            "title": self.label,
            "subtitle": f"共 {len(ids)} 条",
            "opts": self.model_admin.opts,
            "action": self,
            "form": form,
            "ids": ids,
            "sample": list(self.queryset[:10]),
            "more": max(0, len(ids) - 10),
            "checkbox_name": helpers.ACTION_CHECKBOX_NAME,
            "submit_label": self.submit_label or self.label,
            "cancel_url": self.request.get_full_path(),
        }


_contributed: dict[str, list[type[BatchAction]]] = {}


def contribute_batch_action(model: str, action: type[BatchAction]) -> None:
    """Offer an action of a higher app in the list of a lower one's model (``"villages.household"``)."""
    offered = _contributed.setdefault(model, [])
    if any(known.code == action.code for known in offered):
        raise DuplicateCodeError(f"action {action.code!r} is offered twice for {model}")
    offered.append(action)


def contributed_batch_actions(model: str) -> tuple[type[BatchAction], ...]:
    """What higher apps offer in the list of a model."""
    return tuple(_contributed.get(model, ()))
