"""DeskModelAdmin: a ModelAdmin that sees by scope and writes by service.

* Every object comes from ``Model.objects.for_user(user)``; a foreign object answers 404, like one that
  does not exist, on the change page, its history, its actions and its autocomplete.
* Nothing is deleted here, and nothing is written but through ``save_service``.
* The record of a change is the audit event that the service writes; Django's LogEntry is not used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NoReturn

from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList, IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.forms import Form, ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from cogov.common.errors import CogovError, InputError, RuleError
from cogov.desk import history
from cogov.desk.actions import BatchAction, GuidedAction, add_refusal, contributed_batch_actions
from cogov.desk.export import ExportColumn, export_response
from cogov.desk.paginator import CappedPaginator
from cogov.desk.relations import DeskChangeList, ScopedRelations
from cogov.desk.relations import DeskInline as DeskInline
from cogov.desk.scoping import scoped
from cogov.desk.typed import TypedSearch

SaveService = Callable[..., Model]


class DeskModelAdmin(TypedSearch, ScopedRelations, admin.ModelAdmin):
    """Base class of every page of the desk that shows a model.

    Class attributes that a subclass may set:

    ``save_service``       callable ``(*, actor, instance, data) -> Model`` that writes; without it the page only shows.
                           ``instance`` is None when adding, else a fresh copy from the database; ``data`` are the
                           form's cleaned values. It may raise RuleError or InputError: shown beside the form.
    ``*_permission``       permission codes, default ``app.view_model`` / ``app.add_model`` / ``app.change_model``.
    ``can_add``            False keeps ``save_service`` to changes.
    ``can_change``         False keeps it to new objects.
    ``export_columns``     columns of the Excel export of the list as filtered; empty: no export.
    ``guided_actions``     GuidedAction classes offered on the change page (see ``cogov.desk.actions``).
    ``batch_actions``      BatchAction classes offered in the list.
    ``intro``              one line under the list's heading: what the page is for.
    ``empty_hint``         what to do when the list is empty.
    """

    save_service: ClassVar[SaveService | None] = None
    view_permission: ClassVar[str] = ""
    add_permission: ClassVar[str] = ""
    change_permission: ClassVar[str] = ""
    export_permission: ClassVar[str] = ""
    can_add: ClassVar[bool] = True
    can_change: ClassVar[bool] = True
    export_columns: Sequence[ExportColumn] = ()
    guided_actions: Sequence[type[GuidedAction]] = ()
    batch_actions: Sequence[type[BatchAction]] = ()
    intro: ClassVar[str] = ""
    empty_hint: ClassVar[str] = ""

    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    save_as = False
    view_on_site = False
    delete_confirmation_template = None
    actions_on_top = True
    actions_on_bottom = False
    empty_value_display = "—"

    # --- who may do what -------------------------------------------------------------------------------------

    def _permission(self, kind: str) -> str:
        own = getattr(self, f"{kind}_permission")
        return own or f"{self.opts.app_label}.{kind}_{self.opts.model_name}"

    @classmethod
    def _service(cls) -> SaveService | None:
        return cls.save_service

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(self._permission("view"))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._service() is not None and self.can_add and request.user.has_perm(self._permission("add"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if self._service() is None or not self.can_change:
            return False
        code = self._permission("change")
        if not request.user.has_perm(code):
            return False
        return obj is None or obj.pk is None or request.user.has_perm(code, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    # --- what is seen ----------------------------------------------------------------------------------------

    def scoped_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows this user may see. Override only for models whose scope is not a division."""
        return scoped(self.model, request.user)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Scope first, then the ordering of the list."""
        queryset = self.scoped_queryset(request)
        ordering = self.get_ordering(request)
        return queryset.order_by(*ordering) if ordering else queryset

    def prepare_rows(self, rows: Sequence[Any]) -> None:
        """Hook: fetch for one page of the list what its columns need, in one go."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DeskChangeList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The object, or 404: a foreign object and none at all look the same."""
        obj = super().get_object(request, object_id, from_field)
        if obj is None:
            raise Http404(f"没有这条{self.opts.verbose_name}")
        return obj

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what the list's own filters ask for; any other lookup could be used to guess masked fields."""
        name = lookup.split("__")[0]
        if name == self.date_hierarchy:
            return True
        declared = [
            (entry[0] if isinstance(entry, tuple | list) else entry)
            for entry in (self.get_list_filter(request) if request is not None else self.list_filter)
        ]
        fields = [entry for entry in declared if isinstance(entry, str)]
        parameters = [entry.parameter_name for entry in declared if hasattr(entry, "parameter_name")]
        if lookup in parameters:
            return True
        if not any(lookup == entry or lookup.startswith(f"{entry}__") for entry in fields):
            return False
        if request is None:
            return super().lookup_allowed(lookup, value)
        return super().lookup_allowed(lookup, value, request)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Actions of the list: no deletion, and the batch actions that the user may take."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        own = (*self.batch_actions, *contributed_batch_actions(self.opts.label_lower))
        for action in () if IS_POPUP_VAR in request.GET else own:
            if request.user.has_perm(action.permission):
                actions[action.code] = (action.as_action(), action.code, action.label)
        return actions

    def get_action_choices(
        self, request: HttpRequest, default_choices: list[tuple[str, str]] | None = None
    ) -> list[tuple[str, str]]:
        """Choices of the action box, with an inviting blank."""
        return super().get_action_choices(request, default_choices or [("", "请选择")])

    # --- writing ---------------------------------------------------------------------------------------------

    def save_form(self, request: HttpRequest, form: ModelForm[Any], change: bool) -> Any:
        """Nothing is saved here; the service writes."""
        return form.instance

    def save_model(self, request: HttpRequest, obj: Any, form: Form, change: bool) -> None:
        """Hand the cleaned values to the service; the object then mirrors what it wrote."""
        service = self._service()
        if service is None:
            raise PermissionDenied
        instance = self.model._default_manager.get(pk=obj.pk) if change else None
        written = service(actor=request.user, instance=instance, data=self.service_data(form))
        obj.__dict__.update(written.__dict__)

    def service_data(self, form: Form) -> dict[str, Any]:
        """What the service gets; override to add or rename values."""
        return dict(form.cleaned_data)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Related rows are written by the service too."""

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> NoReturn:
        raise PermissionDenied

    def delete_model(self, request: HttpRequest, obj: Any) -> NoReturn:
        raise PermissionDenied

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> NoReturn:
        raise PermissionDenied

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> NoReturn:
        """There is no deletion; the page does not exist."""
        raise Http404

    def construct_change_message(
        self, request: HttpRequest, form: Form, formsets: Any, add: bool = False
    ) -> list[Any]:
        """None: the audit event of the service says what changed, and inlines are never saved here."""
        return []

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The service has recorded the event already."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The service has recorded the event already."""

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """There are no deletions."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """As Django does; a rule's refusal comes back as errors of the form, with nothing written."""
        try:
            return super().changeform_view(
                request, object_id, form_url, self._form_context(request, extra_context)
            )
        except (RuleError, InputError) as refusal:
            request.desk_refusal = refusal  # type: ignore[attr-defined]
            return super().changeform_view(
                request, object_id, form_url, self._form_context(request, extra_context)
            )

    def _form_context(self, request: HttpRequest, extra_context: Any) -> dict[str, Any]:
        return {
            "show_save_and_add_another": False,
            "show_save_as_new": False,
            "desk_history": True,
            "desk_guided": [],
            **(extra_context or {}),
        }

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[Any]:
        """The form; when a service has refused these values, a form that says why."""
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal: CogovError | None = getattr(request, "desk_refusal", None)
        if refusal is None:
            return form

        class RefusedForm(form):  # type: ignore[valid-type,misc]
            """The same form, invalid for the service's reasons."""

            def clean(self) -> Any:
                cleaned = super().clean()
                add_refusal(self, refusal)
                return cleaned

        return RefusedForm

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """Add the guided actions that are open for this object and user."""
        if obj is not None:
            context["desk_guided"] = [
                {
                    "label": action.label,
                    "url": action.url(self, obj),
                    "icon": action.icon,
                    "danger": action.danger,
                }
                for action in self.guided_actions
                if action.is_offered(request.user, obj)
            ]
        return super().render_change_form(
            request, context, add=add, change=change, form_url=form_url, obj=obj
        )

    # --- history and export ----------------------------------------------------------------------------------

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The object's history, from the audit events."""
        obj = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        page = self.get_paginator(request, history.events_of(obj), 50).get_page(request.GET.get("p", 1))
        context = {
            **self.admin_site.each_context(request),
            "title": f"变更记录：{obj}",
            "subtitle": None,
            "entries": [history.describe(event, self.model) for event in page.object_list],
            "page": page,
            "object": obj,
            "original": obj,
            "opts": self.opts,
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        return TemplateResponse(request, self.object_history_template or "admin/object_history.html", context)

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Export shows what the list shows, so by default whoever sees the list may export it."""
        return bool(self.export_columns) and request.user.has_perm(
            self.export_permission or self._permission("view")
        )

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """The list as filtered, as an Excel file; personal fields stay masked, and the export is recorded."""
        if not self.has_view_permission(request) or not self.has_export_permission(request):
            raise PermissionDenied
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)
            return export_response(
                actor=request.user,
                title=str(self.opts.verbose_name_plural),
                columns=self.export_columns,
                rows=rows,
                prepare=self.prepare_rows,
            )
        except IncorrectLookupParameters:
            return HttpResponseRedirect(back)
        except RuleError as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(f"{back}?{request.GET.urlencode()}")

    def get_urls(self) -> list[URLPattern]:
        """Export and guided actions in front of Django's own pages."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        urls = [path("export/", self.admin_site.admin_view(self.export_view), name=f"{name}_export")]
        urls += [
            path(
                f"<path:object_id>/do/{action.code}/",
                self.admin_site.admin_view(action.as_view(model_admin=self)),
                name=f"{name}_{action.code}",
            )
            for action in self.guided_actions
        ]
        return urls + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, with its intro, hint and export button."""
        extra = {
            "title": str(self.opts.verbose_name_plural),
            "desk_intro": self.intro,
            "desk_empty_hint": self.empty_hint,
            "desk_can_export": self.has_export_permission(request),
            **(extra_context or {}),
        }
        return super().changelist_view(request, extra)


__all__ = ["DeskInline", "DeskModelAdmin", "scoped"]
