"""Guided actions and forms for accounts and duties; every write is a service of cogov.access."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.utils import timezone

from cogov.access import services
from cogov.access.models import Duty, User
from cogov.access.roles import Role
from cogov.access.scope import within
from cogov.common.errors import InputError, Problem
from cogov.desk import second_factor
from cogov.desk.actions import GuidedAction, GuidedForm
from cogov.desk.places import place_choices, place_name

_PASSWORD_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # noqa: S105 - an alphabet
# Columns of the services' problems -> fields of our forms.
_COLUMNS = {"账号": "username", "姓名": "full_name", "密码": "password", "联系电话": "phone"}


def date_input() -> forms.DateInput:
    """The browser's own date picker."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def first_password() -> str:
    """A password to hand over on paper; it must be changed at the first sign-in."""
    return "-".join("".join(secrets.choice(_PASSWORD_ALPHABET) for _ in range(4)) for _ in range(3))


def role_choices(user: Any) -> list[tuple[str, str]]:
    """Roles that the user may give."""
    return [("", "请选择")] + [(code, Role(code).label) for code in services.assignable_roles(user)]


def scope_field(user: Any, permission: str) -> forms.Field:
    """A select box of the places in the user's scope; a text field while no place names are known."""
    choices = place_choices(user.scope_codes(permission))
    if choices:
        return forms.ChoiceField(label="管理范围", choices=[("", "请选择"), *choices])
    return forms.CharField(label="管理范围（区划代码）", max_length=20)


def manages(actor: Any, user: User) -> bool:
    """Whether every duty of an account lies within the places where the actor manages accounts."""
    codes = actor.scope_codes("access.change_user")
    if "" in codes:
        return True
    duties = list(user.duties.all())
    return bool(duties) and not user.is_superuser and all(within(codes, duty.scope_code) for duty in duties)


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A new account with its first duty. ``actor`` is set by the admin on a subclass."""

    actor: Any = None

    phone = forms.CharField(label="联系电话", max_length=20, required=False)
    password = forms.CharField(label="初始密码", max_length=128, help_text="交给本人，首次登录时必须修改。")
    role = forms.ChoiceField(label="角色")
    scope_code = forms.CharField(label="管理范围")
    department = forms.CharField(
        label="部门", max_length=50, required=False, help_text="如：农办、城建办、财政所、网格办、党建办"
    )

    class Meta:
        model = User
        fields = ("username", "full_name")
        help_texts = {"username": "登录用，例如姓名拼音；建立后不能修改。"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = forms.ChoiceField(label="角色", choices=role_choices(self.actor))
        self.fields["scope_code"] = scope_field(self.actor, "access.add_user")
        self.fields["password"].initial = first_password()


def create_account(*, actor: Any, instance: User | None, data: dict[str, Any]) -> User:
    """Call the service; its problems name our fields."""
    try:
        return services.create_user(actor=actor, **data)
    except InputError as error:
        problems = [
            Problem(p.message, p.row, _COLUMNS.get(p.column, p.column), p.value) for p in error.problems
        ]
        raise InputError(error.message, problems) from error


class AssignDutyForm(GuidedForm):
    """A further role for somebody."""

    role = forms.ChoiceField(label="角色")
    scope_code = forms.CharField(label="管理范围")
    department = forms.CharField(label="部门", max_length=50, required=False)
    starts_on = forms.DateField(label="开始日期", widget=date_input())
    ends_on = forms.DateField(
        label="结束日期", widget=date_input(), required=False, help_text="不填表示没有期限。"
    )

    def prepare(self) -> None:
        """Only roles and places that the user may give."""
        self.fields["role"] = forms.ChoiceField(label="角色", choices=role_choices(self.user))
        self.fields["scope_code"] = scope_field(self.user, "access.add_duty")
        self.fields["starts_on"].initial = timezone.localdate()


class _AccountAction(GuidedAction):
    """An action on an account that lies wholly within the user's scope."""

    permission = "access.change_user"

    @classmethod
    def is_allowed(cls, user: Any, obj: Any) -> bool:
        return bool(user.has_perm(cls.permission)) and manages(user, obj)

    def details(self) -> list[tuple[str, Any]]:
        return [
            ("账号", self.obj.username),
            ("姓名", self.obj.full_name),
            (
                "现任职务",
                "、".join(
                    f"{place_name(duty.scope_code)} {duty.get_role_display()}"
                    for duty in self.obj.active_duties()
                )
                or "无",
            ),
        ]


class AssignDuty(_AccountAction):
    """Give a role at a place."""

    code, label, icon = "assign-duty", "增加任职", "badge"
    permission = "access.add_duty"
    form_class = AssignDutyForm
    intro = "一个人可以同时担任几个职务；权限和管理范围都从职务而来。"

    def run(self) -> str:
        duty = services.assign_duty(actor=self.user, user=self.obj, **self.data)
        return f"{self.obj.full_name} 已任 {duty.get_role_display()}"


class PasswordForm(GuidedForm):
    """A new password, proposed and editable."""

    password = forms.CharField(label="新密码", max_length=128, help_text="交给本人，下次登录时必须修改。")

    def prepare(self) -> None:
        self.fields["password"].initial = first_password()


class ResetPassword(_AccountAction):
    """For somebody who forgot his password."""

    code, label, icon = "reset-password", "重设密码", "key"
    form_class = PasswordForm

    def run(self) -> str:
        try:
            services.set_password(actor=self.user, user=self.obj, password=self.data["password"])
        except InputError as error:
            raise InputError(
                error.message, [Problem(p.message, column="password") for p in error.problems]
            ) from error
        return f"{self.obj.full_name} 的密码已重设"


class ReasonForm(GuidedForm):
    """Why."""

    reason = forms.CharField(label="原因", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


class Deactivate(_AccountAction):
    """Close an account."""

    code, label, icon, danger = "deactivate", "停用账号", "lock", True
    form_class = ReasonForm
    intro = "停用后不能登录，已有的记录都保留。"

    @classmethod
    def is_available(cls, obj: Any) -> bool:
        return bool(obj.is_active)

    def run(self) -> str:
        services.set_active(actor=self.user, user=self.obj, active=False, reason=self.data["reason"])
        return f"{self.obj.full_name} 的账号已停用"


class Activate(_AccountAction):
    """Open a closed account again."""

    code, label, icon = "activate", "启用账号", "unlock"
    form_class = ReasonForm

    @classmethod
    def is_available(cls, obj: Any) -> bool:
        return not obj.is_active

    def run(self) -> str:
        services.set_active(actor=self.user, user=self.obj, active=True, reason=self.data["reason"])
        return f"{self.obj.full_name} 的账号已启用"


class ResetSecondFactor(_AccountAction):
    """For somebody who lost his phone."""

    code, label, icon, danger = "reset-second-factor", "解除二次验证", "shield", True
    form_class = ReasonForm
    intro = "本人换了手机又没有备用码时使用。请先当面核实身份。"

    @classmethod
    def is_available(cls, obj: Any) -> bool:
        return second_factor.is_enrolled(obj)

    def run(self) -> str:
        second_factor.reset(actor=self.user, user=self.obj, reason=self.data["reason"])
        return f"{self.obj.full_name} 的二次验证已解除"


class EndDutyForm(GuidedForm):
    """Last day and reason."""

    ends_on = forms.DateField(label="最后一天", widget=date_input())
    reason = forms.CharField(label="原因", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))

    def prepare(self) -> None:
        self.fields["ends_on"].initial = timezone.localdate()


class EndDuty(GuidedAction):
    """End a term."""

    code, label, icon, danger = "end", "结束任职", "stop", True
    permission = "access.change_duty"
    form_class = EndDutyForm

    @classmethod
    def is_allowed(cls, user: Any, obj: Duty) -> bool:
        return super().is_allowed(user, obj) and obj.role in services.assignable_roles(user)

    @classmethod
    def is_available(cls, obj: Duty) -> bool:
        return obj.ends_on is None or obj.ends_on > timezone.localdate()

    def details(self) -> list[tuple[str, Any]]:
        return [
            ("人员", self.obj.user),
            ("角色", self.obj.get_role_display()),
            ("管理范围", place_name(self.obj.scope_code)),
            ("开始日期", self.obj.starts_on),
        ]

    def run(self) -> str:
        services.end_duty(actor=self.user, duty=self.obj, **self.data)
        return f"{self.obj.user} 的任职已结束"
