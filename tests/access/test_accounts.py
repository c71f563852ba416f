from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory
from django.utils import timezone

from cogov.access.models import Duty, User
from cogov.access.roles import Role
from cogov.access.scope import SystemActor
from cogov.access.services import (
    assign_duty,
    assignable_roles,
    create_user,
    end_duty,
    set_active,
    set_password,
)
from cogov.audit.models import AuditEvent
from cogov.common.errors import AccessDenied, InputError, RuleError

TOWNSHIP, VILLAGE = "421223101", "421223101200"
PASSWORD = "共同缔造-2026-xk"  # noqa: S105 - a test


@pytest.fixture
def admin(db: None) -> User:
    return create_user(
        actor=SystemActor("安装"),
        username="admin",
        full_name="镇办",
        password=PASSWORD,
        role=Role.TOWNSHIP_ADMIN,
        scope_code=TOWNSHIP,
    )


def make_cadre(admin: User, **changes: object) -> User:
    fields = {
        "username": "cadre",
        "full_name": "村干部",
        "password": PASSWORD,
        "role": Role.VILLAGE_CADRE,
        "scope_code": VILLAGE,
    }
    return create_user(actor=admin, **{**fields, **changes})  # type: ignore[arg-type]


def test_an_account_comes_with_its_first_duty(admin: User) -> None:
    cadre = make_cadre(admin)
    assert [(duty.role, duty.scope_code) for duty in cadre.active_duties()] == [("village_cadre", VILLAGE)]
    assert cadre.must_change_password
    assert AuditEvent.objects.filter(action="access.create_user", village_code=VILLAGE).count() == 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"role": Role.COUNTY_ADMIN, "scope_code": TOWNSHIP}, RuleError),
        ({"scope_code": "421223102200"}, AccessDenied),
        ({"role": Role.VILLAGE_CADRE, "scope_code": TOWNSHIP}, RuleError),
        ({"password": "12345678"}, InputError),
        ({"full_name": " "}, InputError),
        ({"username": "admin"}, InputError),
    ],
)
def test_what_may_not_be_created_leaves_nothing(
    admin: User, changes: dict[str, object], error: type[Exception]
) -> None:
    before = (User.objects.count(), Duty.objects.count(), AuditEvent.objects.count())
    with pytest.raises(error):
        make_cadre(admin, **changes)
    assert (User.objects.count(), Duty.objects.count(), AuditEvent.objects.count()) == before


def test_nobody_gives_a_role_above_his_own(admin: User) -> None:
    assert Role.COUNTY_ADMIN.value not in assignable_roles(admin)
    cadre = make_cadre(admin)
    assert assignable_roles(cadre) == ()
    with pytest.raises(AccessDenied):
        assign_duty(actor=cadre, user=cadre, role=Role.VILLAGE_SECRETARY, scope_code=VILLAGE)
    assert cadre.duties.count() == 1


def test_an_administrator_of_one_township_cannot_take_over_a_person_of_another(admin: User) -> None:
    foreign = create_user(
        actor=SystemActor("安装"),
        username="foreign",
        full_name="外镇",
        password=PASSWORD,
        role=Role.TOWNSHIP_ADMIN,
        scope_code="421223102",
    )
    with pytest.raises(AccessDenied):
        set_password(actor=admin, user=foreign, password=PASSWORD + "1")
    with pytest.raises(AccessDenied):
        assign_duty(actor=admin, user=foreign, role=Role.AUDITOR, scope_code=TOWNSHIP)
    with pytest.raises(AccessDenied):
        set_active(actor=admin, user=foreign, active=False, reason="x")
    foreign.refresh_from_db()
    assert foreign.is_active
    assert foreign.check_password(PASSWORD)


def test_a_duty_ends_and_access_with_it(admin: User) -> None:
    cadre = make_cadre(admin, starts_on=date(2026, 1, 1))
    duty = cadre.duties.get()
    with pytest.raises(RuleError, match="不能早于"):
        end_duty(actor=admin, duty=duty, ends_on=date(2025, 12, 31), reason="x")
    end_duty(actor=admin, duty=duty, ends_on=timezone.localdate() - timedelta(days=1), reason="换届")
    assert not User.objects.get(pk=cadre.pk).is_staff
    event = AuditEvent.objects.get(action="access.end_duty")
    assert (event.comment, event.after["结束日期"]) == ("换届", str(timezone.localdate() - timedelta(days=1)))


def test_passwords_and_locks(admin: User) -> None:
    cadre = make_cadre(admin)
    request = RequestFactory().post("/")
    assert authenticate(request, username="cadre", password=PASSWORD) == cadre
    assert authenticate(request, username="cadre", password="wrong") is None
    assert authenticate(request, username="nobody", password="wrong") is None
    with pytest.raises(InputError):
        set_password(actor=admin, user=cadre, password="123")
    set_password(actor=cadre, user=cadre, password=PASSWORD + "新")
    assert not cadre.must_change_password
    set_active(actor=admin, user=cadre, active=False, reason="调离")
    assert authenticate(request, username="cadre", password=PASSWORD + "新") is None
    with pytest.raises(RuleError, match="自己"):
        set_active(actor=admin, user=admin, active=False, reason="x")
