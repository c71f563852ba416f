"""Accounts and duties: created within one's own scope, never above one's own role."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from cogov.access.models import Duty, User
from cogov.access.roles import LEVEL_LABELS, ROLE_LEVELS, Role
from cogov.access.scope import Actor, SystemActor, authorize, within
from cogov.audit.services import record, snapshot
from cogov.common.errors import AccessDenied, InputError, Problem, RuleError

_DUTY_FIELDS = ("user", "role", "scope_code", "department", "starts_on", "ends_on")

# Who may give which roles: nobody hands out a role above his own.
MAY_ASSIGN: dict[str, frozenset[str]] = {
    Role.COUNTY_ADMIN: frozenset(role.value for role in Role),
    Role.TOWNSHIP_ADMIN: frozenset(role.value for role in Role if role != Role.COUNTY_ADMIN),
}


def _password_problems(password: str, user: User) -> list[Problem]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return [Problem(message, column="密码") for message in error.messages]
    return []


def assignable_roles(actor: Actor) -> tuple[str, ...]:
    """The roles that ``actor`` may give to somebody, in the order of :class:`Role`."""
    if isinstance(actor, SystemActor) or actor.is_superuser:
        return tuple(role.value for role in Role)
    allowed: set[str] = set()
    for duty in actor.active_duties():
        allowed |= MAY_ASSIGN.get(duty.role, frozenset())
    return tuple(role.value for role in Role if role.value in allowed)


def _manageable(actor: Actor, user: User, perm: str) -> None:
    """Accounts are managed by whoever's scope covers every duty they hold. Raises AccessDenied."""
    codes = actor.scope_codes(perm)
    duties = list(user.duties.all())
    if "" in codes:
        return
    if user.is_superuser or not duties or not all(within(codes, duty.scope_code) for duty in duties):
        raise AccessDenied


def create_user(
    *,
    actor: Actor,
    username: str,
    full_name: str,
    password: str,
    role: str,
    scope_code: str,
    phone: str = "",
    department: str = "",
    starts_on: date | None = None,
    must_change_password: bool = True,
) -> User:
    """An account with its first duty. Raises InputError, RuleError, AccessDenied."""
    authorize(actor, "access.add_user", scope_code)
    user = User(username=username.strip(), full_name=full_name.strip(), phone=phone)
    problems = _password_problems(password, user)
    if not user.full_name:
        problems.append(Problem("请填写姓名", column="姓名"))
    if User.objects.filter(username=user.username).exists():
        problems.append(Problem("这个账号已经有人使用，请换一个", column="账号"))
    if problems:
        raise InputError("账号没有建立", problems)
    with transaction.atomic():
        user.must_change_password = must_change_password
        user.set_password(password)
        user.full_clean(exclude=["password", "phone"])
        user.save()
        assign_duty(
            actor=actor,
            user=user,
            role=role,
            scope_code=scope_code,
            department=department,
            starts_on=starts_on,
        )
        record(
            actor=actor,
            action="access.create_user",
            summary=f"建立账号：{user.audit_name}",
            obj=user,
            township_code=scope_code[:9] if len(scope_code) >= 9 else "",
            village_code=scope_code[:12] if len(scope_code) >= 12 else "",
        )
    return user


def assign_duty(
    *,
    actor: Actor,
    user: User,
    role: str,
    scope_code: str,
    department: str = "",
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> Duty:
    """Give ``user`` a role at a place for a term. Raises RuleError, AccessDenied."""
    authorize(actor, "access.add_duty", scope_code)
    if user.duties.exists():
        _manageable(actor, user, "access.change_user")
    if role not in assignable_roles(actor):
        raise RuleError(f"您不能授予“{Role(role).label}”角色，请联系上级管理员")
    if len(scope_code) not in ROLE_LEVELS[role]:
        levels = "、".join(LEVEL_LABELS[level] for level in ROLE_LEVELS[role])
        raise RuleError(f"“{Role(role).label}”只能在{levels}一级任职")
    duty = Duty(
        user=user,
        role=role,
        scope_code=scope_code,
        department=department,
        starts_on=starts_on or timezone.localdate(),
        ends_on=ends_on,
    )
    with transaction.atomic():
        duty.full_clean()
        duty.save()
        user.forget_duties()
        record(
            actor=actor,
            action="access.assign_duty",
            summary=f"任职：{user.full_name} 任 {duty}",
            obj=duty,
            after=snapshot(duty, _DUTY_FIELDS),
        )
    return duty


def end_duty(*, actor: Actor, duty: Duty, ends_on: date, reason: str) -> Duty:
    """End a duty; the last day is ``ends_on``. Raises RuleError, AccessDenied."""
    authorize(actor, "access.change_duty", duty.scope_code)
    if duty.role not in assignable_roles(actor):
        raise AccessDenied
    with transaction.atomic():
        fresh = Duty.objects.select_for_update().get(pk=duty.pk)
        if ends_on < fresh.starts_on:
            raise RuleError("结束日期不能早于开始日期")
        before = snapshot(fresh, _DUTY_FIELDS)
        fresh.ends_on = ends_on
        fresh.save(update_fields=["ends_on"])
        record(
            actor=actor,
            action="access.end_duty",
            summary=f"免职：{fresh.user.full_name} 不再任 {fresh}",
            obj=fresh,
            before=before,
            after=snapshot(fresh, _DUTY_FIELDS),
            comment=reason,
        )
    return fresh


def set_password(*, actor: Actor, user: User, password: str) -> None:
    """A new password by an administrator; the person must change it at the next sign-in. Raises InputError."""
    if actor.pk != user.pk:
        _manageable(actor, user, "access.change_user")
    problems = _password_problems(password, user)
    if problems:
        raise InputError("密码没有修改", problems)
    with transaction.atomic():
        user.set_password(password)
        user.must_change_password = actor.pk != user.pk
        user.save(update_fields=["password", "must_change_password"])
        record(actor=actor, action="access.set_password", summary=f"重设密码：{user.audit_name}", obj=user)


def set_active(*, actor: Actor, user: User, active: bool, reason: str) -> None:
    """Lock or reopen an account. Raises AccessDenied, RuleError."""
    _manageable(actor, user, "access.change_user")
    if actor.pk == user.pk:
        raise RuleError("不能停用自己的账号")
    with transaction.atomic():
        user.is_active = active
        user.save(update_fields=["is_active"])
        record(
            actor=actor,
            action="access.set_active",
            summary=f"{'启用' if active else '停用'}账号：{user.audit_name}",
            obj=user,
            comment=reason,
        )
