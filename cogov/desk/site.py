"""DeskSite: Django's admin site with our index, menu, login and second factor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext_lazy as _

# Tables of libraries: kept by the machine, of no use to a clerk.
LIBRARY_APPS = frozenset(
    {"auth", "axes", "otp_totp", "otp_static", "sessions", "contenttypes", "admin", "sites", "import_export"}
)


class DeskSite(admin.AdminSite):
    """The admin site of CoGov."""

    site_header = "共同缔造治理系统"
    site_title = "共同缔造"
    index_title = "工作台"
    enable_nav_sidebar = False
    empty_value_display = "—"
    site_url = None
    password_change_template = "admin/password_change.html"  # noqa: S105 - a template
    password_change_done_template = "admin/password_change_done.html"  # noqa: S105 - a template

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: type[admin.ModelAdmin[Any]] | None = None,
        **options: Any,
    ) -> None:
        """Take only admins built on DeskModelAdmin; libraries that register themselves are passed over."""
        from cogov.desk.modeladmin import DeskModelAdmin  # noqa: PLC0415 - needs loaded models; the site does not

        models = [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        ours = [model for model in models if model._meta.app_label not in LIBRARY_APPS]
        if not ours:
            return
        if admin_class is None or not issubclass(admin_class, DeskModelAdmin):
            names = ", ".join(model._meta.label for model in ours)
            raise ImproperlyConfigured(f"{names}: pages of the desk are built on DeskModelAdmin")
        super().register(ours, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Whoever holds a duty today."""
        return bool(request.user.is_active and request.user.is_staff)  # type: ignore[union-attr]

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Our own pages in front of Django's."""
        from cogov.desk import inbox_pages, jobs, second_factor, views  # noqa: PLC0415 - need loaded models

        own: list[URLPattern | URLResolver] = [
            path("todo/", self.admin_view(views.todo), name="desk_todo"),
            path("search/", self.admin_view(views.search), name="desk_search"),
            path("second-factor/", second_factor.verify, name="desk_verify"),
            path("second-factor/enrol/", second_factor.enrol, name="desk_enrol"),
            *inbox_pages.urls(self),
            *jobs.urls(self),
        ]
        return own + super().get_urls()

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Suggestions, by POST."""
        from cogov.desk.autocomplete import TypedAutocomplete  # noqa: PLC0415 - needs loaded models

        return TypedAutocomplete.as_view(admin_site=self)(request)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The dashboard."""
        from cogov.desk import views  # noqa: PLC0415 - needs loaded models

        request.current_app = self.name  # type: ignore[attr-defined]
        return views.dashboard(request, extra_context)

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The lists of one app, as links; 404 when the user may open none of them."""
        app_list = self.get_app_list(request, app_label)
        if not app_list:
            raise Http404
        context = {
            **self.each_context(request),
            "title": app_list[0]["name"],
            "subtitle": None,
            "app_list": app_list,
            "app_label": app_label,
            **(extra_context or {}),
        }
        request.current_app = self.name  # type: ignore[attr-defined]
        return TemplateResponse(request, self.app_index_template or "admin/app_index.html", context)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What every page needs; the menu itself is a template tag, so that error pages have it too."""
        return {
            "site_title": self.site_title,
            "site_header": self.site_header,
            "site_url": None,
            "has_permission": self.has_permission(request),
            "available_apps": [],
            "is_popup": False,
            "is_nav_sidebar_enabled": False,
            "log_entries": [],
        }

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The login page, with our form."""
        from cogov.desk.forms import DeskAuthenticationForm  # noqa: PLC0415 - needs loaded models

        self.login_form = DeskAuthenticationForm
        return super().login(request, {"title": _("Log in"), **(extra_context or {})})

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Changing one's own password, through the service that records it."""
        from cogov.desk.forms import DeskPasswordChangeForm  # noqa: PLC0415 - needs loaded models

        request.current_app = self.name  # type: ignore[attr-defined]
        view = PasswordChangeView.as_view(
            form_class=DeskPasswordChangeForm,
            success_url=reverse("admin:password_change_done", current_app=self.name),
            template_name=self.password_change_template,
            extra_context={**self.each_context(request), "title": "修改密码", **(extra_context or {})},
        )
        return view(request)
