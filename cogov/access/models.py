"""People who work with the system, and their duties."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from cogov.access.fields import EncryptedField
from cogov.access.masking import Phone
from cogov.access.permissions import permissions_of
from cogov.access.roles import Role
from cogov.access.scope import Scope, ScopedManager, scope_of


class UserManager(BaseUserManager["User"]):
    """Creates accounts for commands and tests; people use cogov.access.services."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(username, password, is_superuser=True, **fields)


class User(AbstractBaseUser):
    """Somebody with an account: a clerk, a cadre, a grid worker, a keeper, an auditor. Residents have none."""

    username = models.CharField(
        "账号",
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": "这个账号已经有人使用"},
    )
    full_name = models.CharField("姓名", max_length=50)
    phone = EncryptedField("联系电话", value_type=Phone, blank=True, default="")
    is_active = models.BooleanField("启用", default=True)
    is_superuser = models.BooleanField("系统维护员", default=False, help_text="仅供安装与抢修，日常工作不用")
    must_change_password = models.BooleanField("下次登录须改密码", default=False)
    date_joined = models.DateTimeField("建立时间", default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    class Meta:
        verbose_name = verbose_name_plural = "账号"
        ordering = ("username",)

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name

    @property
    def audit_id(self) -> int | None:
        return int(self.pk) if self.pk else None

    @property
    def audit_name(self) -> str:
        return f"{self.full_name}（{self.username}）" if self.full_name else self.username

    @property
    def is_staff(self) -> bool:
        """Whether the admin lets this person in: anybody with a duty today."""
        return self.is_active and (self.is_superuser or bool(self.active_duties()))

    def active_duties(self) -> list[Duty]:
        """The duties in force today; read once per instance, which lives for one request."""
        cached: tuple[date, list[Duty]] | None = self.__dict__.get("_duties")
        today = timezone.localdate()
        if cached is None or cached[0] != today:
            in_force = Q(starts_on__lte=today) & (Q(ends_on__isnull=True) | Q(ends_on__gte=today))
            cached = (today, list(self.duties.filter(in_force).order_by("pk")) if self.pk else [])
            self.__dict__["_duties"] = cached
        return cached[1]

    def forget_duties(self) -> None:
        """Read the duties anew at the next question."""
        self.__dict__.pop("_duties", None)

    def has_role(self, *roles: Role | str) -> bool:
        return any(duty.role in {str(role) for role in roles} for duty in self.active_duties())

    def scope_codes(self, perm: str) -> tuple[str, ...]:
        """The places where this person may do ``perm``; ("",) means everywhere."""
        if not self.is_active:
            return ()
        if self.is_superuser:
            return ("",)
        return tuple(
            sorted({duty.scope_code for duty in self.active_duties() if perm in permissions_of(duty.role)})
        )

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Django's question. With ``obj``: whether a duty that grants ``perm`` covers it."""
        codes = self.scope_codes(perm)
        if not codes or obj is None or "" in codes:
            return bool(codes)
        model = type(obj)
        return model._base_manager.filter(scope_of(model).condition(codes), pk=obj.pk).exists()

    def has_perms(self, perm_list: Any, obj: models.Model | None = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        if self.is_superuser:
            return self.is_active
        return any(
            perm.startswith(f"{app_label}.")
            for duty in self.active_duties()
            for perm in permissions_of(duty.role)
        )


class Duty(models.Model):
    """A role held at a place for a time. Permissions and scope both come from here."""

    user = models.ForeignKey(User, models.CASCADE, related_name="duties", verbose_name="人员")
    role = models.CharField("角色", max_length=30, choices=Role.choices)
    scope_code = models.CharField("管理范围（区划代码）", max_length=20)
    department = models.CharField(
        "部门", max_length=50, blank=True, help_text="如：农办、城建办、财政所、网格办、党建办"
    )
    starts_on = models.DateField("开始日期", default=timezone.localdate)
    ends_on = models.DateField("结束日期", null=True, blank=True)
    note = models.CharField("备注", max_length=200, blank=True)

    scope = Scope(village="scope_code", group="scope_code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "任职"
        ordering = ("user", "starts_on")
        indexes = (models.Index(fields=["scope_code", "role"], name="duty_scope_idx"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="duty_term_ordered",
                violation_error_message="结束日期不能早于开始日期",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_role_display()}（{self.scope_code}）"

    def audit_codes(self) -> tuple[str, str]:
        code = self.scope_code
        return (code[:9] if len(code) >= 9 else "", code[:12] if len(code) >= 12 else "")
