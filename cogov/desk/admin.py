"""Pages for accounts, duties and the operation log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html

from cogov.access.models import Duty, User
from cogov.access.roles import VILLAGE, Role
from cogov.audit.models import AuditEvent
from cogov.desk import history, people
from cogov.desk.export import ExportColumn
from cogov.desk.jobs import JobAdmin
from cogov.desk.modeladmin import DeskInline, DeskModelAdmin
from cogov.desk.places import fetch_names, place_choices, place_name
from cogov.desk.scoping import visible_users
from cogov.desk.templatetags.desk import chip
from cogov.desk.workdays import CalendarDayAdmin, CalendarYearAdmin
from cogov.jobs.models import Job
from cogov.workcalendar.models import CalendarDay, CalendarYear

# A filter with more entries than this helps nobody.
CHOICES = 200


class DutyInline(DeskInline):
    """The roles of an account."""

    model = Duty
    fields = readonly_fields = ("role", "place", "department", "starts_on", "ends_on")
    verbose_name_plural = "任职"

    @admin.display(description="管理范围")
    def place(self, obj: Duty) -> str:
        """Name of the place."""
        return place_name(obj.scope_code)


class RoleFilter(admin.SimpleListFilter):
    """Accounts by a role they hold today."""

    title = "角色"
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(role.value), str(role.label)) for role in Role]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        today = timezone.localdate()
        running = Q(duties__ends_on__isnull=True) | Q(duties__ends_on__gte=today)
        return queryset.filter(running, duties__role=self.value()).distinct()


@admin.register(User)
class UserAdmin(DeskModelAdmin):
    """Accounts of the user's places."""

    save_service = people.create_account
    can_change = False
    list_display = ("username", "full_name", "roles", "state", "last_login")
    list_filter = (RoleFilter, "is_active")
    search_fields = ("username", "full_name")
    ordering = ("username",)
    fields = (
        "username",
        "full_name",
        "masked_phone",
        "state",
        "first_login",
        "last_login",
        "date_joined",
    )
    inlines = (DutyInline,)
    guided_actions = (
        people.AssignDuty,
        people.ResetPassword,
        people.ResetSecondFactor,
        people.Deactivate,
        people.Activate,
    )
    intro = "谁能登录、担任什么职务。权限和管理范围都从任职而来。"
    empty_hint = "点右上角“新增账号”，为同事建立第一个账号。"

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("duties")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        if obj is None:
            return ("username", "full_name", "phone", "password", "role", "scope_code", "department")
        return self.fields or ()

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj is not None else ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return self.fields or () if obj is not None else ()

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[Any]:
        if obj is None:
            kwargs["form"] = type("AccountForm", (people.AccountForm,), {"actor": request.user})
            kwargs["fields"] = ("username", "full_name")
        return super().get_form(request, obj, change, **kwargs)

    def prepare_rows(self, rows: Sequence[User]) -> None:
        fetch_names(duty.scope_code for user in rows for duty in user.duties.all())

    @admin.display(description="任职")
    def roles(self, obj: User) -> str:
        """Roles of today; the duties are prefetched."""
        today = timezone.localdate()
        running = [
            duty
            for duty in obj.duties.all()
            if duty.starts_on <= today and (duty.ends_on is None or duty.ends_on >= today)
        ]
        return (
            "、".join(f"{place_name(duty.scope_code)} {duty.get_role_display()}" for duty in running) or "无"
        )

    @admin.display(description="状态", ordering="is_active")
    def state(self, obj: User) -> str:
        """Open or closed."""
        return chip("启用", "good") if obj.is_active else chip("停用", "neutral")

    @admin.display(description="下次登录须改密码")
    def first_login(self, obj: User) -> str:
        """Whether a given password is still in use."""
        return "是" if obj.must_change_password else "否"

    @admin.display(description="联系电话")
    def masked_phone(self, obj: User) -> str:
        """Never in full here."""
        return str(obj.phone) or "—"


@admin.register(Duty)
class DutyAdmin(DeskModelAdmin):
    """Who holds which role where."""

    list_display = ("user", "role", "place", "department", "starts_on", "ends_on")
    list_filter = ("role",)
    list_select_related = ("user",)
    search_fields = ("user__username", "user__full_name", "scope_code", "department")
    ordering = ("scope_code", "role", "pk")
    fields = ("user", "role", "place", "department", "starts_on", "ends_on", "note")
    guided_actions = (people.EndDuty,)
    export_columns = (
        ExportColumn("姓名", "user.full_name"),
        ExportColumn("账号", "user.username"),
        ExportColumn("角色", "role"),
        ExportColumn("管理范围", lambda duty: place_name(duty.scope_code)),
        ExportColumn("部门", "department"),
        ExportColumn("开始日期", "starts_on"),
        ExportColumn("结束日期", "ends_on"),
    )
    intro = "任职名册。新的任职在账号页上增加，到期或调离时在这里结束。"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return ("place",)

    def prepare_rows(self, rows: Sequence[Duty]) -> None:
        fetch_names(duty.scope_code for duty in rows)

    @admin.display(description="管理范围", ordering="scope_code")
    def place(self, obj: Duty) -> str:
        """Name of the place."""
        return place_name(obj.scope_code)


class ActionFilter(admin.SimpleListFilter):
    """Events by kind of action, named by the app that wrote them."""

    title = "业务"
    parameter_name = "area"
    AREAS = (
        ("villages", "户籍"),
        ("points", "积分"),
        ("notices", "公示"),
        ("reports", "报表"),
        ("jobs", "后台任务"),
        ("access", "账号与任职"),
        ("desk", "登录与导出"),
        ("workcalendar", "工作日历"),
        ("audit", "封存与核验"),
    )

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return self.AREAS

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(action__startswith=f"{self.value()}.") if self.value() else queryset


class PlaceFilter(admin.SimpleListFilter):
    """Events by village of the user's scope."""

    title = "村（社区）"
    parameter_name = "place"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        codes = request.user.scope_codes("audit.view_auditevent")
        return [(code, label) for code, label in place_choices(codes) if len(code) == VILLAGE][:CHOICES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(village_code=self.value()) if self.value() else queryset


class ActorFilter(admin.SimpleListFilter):
    """Events by person, among the accounts that the user may see."""

    title = "操作人"
    parameter_name = "actor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            (str(user.pk), str(user)) for user in visible_users(request.user).order_by("full_name")[:CHOICES]
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value() or ""
        return queryset.filter(actor_id=int(value)) if value.isdigit() else queryset


@admin.register(AuditEvent)
class AuditEventAdmin(DeskModelAdmin):
    """The operation log: who did what, when, to what."""

    list_display = ("at", "actor_name", "summary", "object_label", "place")
    list_display_links = ("summary",)
    list_filter = (ActionFilter, ActorFilter, PlaceFilter, "created_at")
    search_fields = ("actor_name", "summary", "object_label", "comment")
    search_help_text = "按操作人、事项、对象或说明搜索"
    ordering = ("-id",)
    sortable_by = ()
    export_columns = (
        ExportColumn("时间", "created_at", 18),
        ExportColumn("操作人", "actor_name", 22),
        ExportColumn("事项", "summary", 40),
        ExportColumn("对象", "object_label", 24),
        ExportColumn("说明", "comment", 30),
        ExportColumn(
            "村（社区）", lambda event: place_name(event.village_code) if event.village_code else "", 18
        ),
    )
    intro = "每一次改动都在这里：谁、什么时候、改了什么。记录只增不改。"
    change_form_template = "admin/audit_event.html"

    def prepare_rows(self, rows: Sequence[AuditEvent]) -> None:
        fetch_names(event.village_code or event.township_code for event in rows)

    @admin.display(description="时间", ordering="created_at")
    def at(self, obj: AuditEvent) -> str:
        """Local time to the minute."""
        return format_html("<time>{}</time>", timezone.localtime(obj.created_at).strftime("%Y-%m-%d %H:%M"))

    @admin.display(description="地点")
    def place(self, obj: AuditEvent) -> str:
        """Village, else township."""
        code = obj.village_code or obj.township_code
        return place_name(code) if code else "—"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One event with its table of fields before and after."""
        event = self.get_object(request, object_id)
        extra = {
            **(extra_context or {}),
            "entry": history.describe(event),
            "place": self.place(event),
            "title": "操作记录",
            "desk_history": False,
        }
        return super().change_view(request, object_id, form_url, extra)


admin.site.register(Job, JobAdmin)
admin.site.register(CalendarDay, CalendarDayAdmin)
admin.site.register(CalendarYear, CalendarYearAdmin)
