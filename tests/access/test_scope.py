from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from cogov.access.models import Duty, User
from cogov.access.permissions import grant, permissions_of, roles_with
from cogov.access.roles import Role
from cogov.access.scope import Scope, SystemActor, authorize, authorize_object, limit, scope_of
from cogov.common.errors import AccessDenied
from tests.factories.villages import HouseholdFactory, TownshipFactory, VillageFactory, VillageGroupFactory
from villages.models import Household, Township, Village

VIEW = "villages.view_household"


def person(role: Role, code: str, **duty: object) -> User:
    user = User.objects.create_user(f"{role.value}-{code}", full_name="某人")
    Duty.objects.create(user=user, role=role, scope_code=code, **duty)
    return user


@pytest.fixture
def place(db: None) -> dict[str, object]:
    here, there, elsewhere = (
        VillageFactory(code=code, township=TownshipFactory(code=code[:9]))
        for code in ("421223101200", "421223101201", "421223102200")
    )
    first, second = VillageGroupFactory(village=here, serial=1), VillageGroupFactory(village=here, serial=2)
    return {
        "first": HouseholdFactory(village=here, group=first, number="1"),
        "second": HouseholdFactory(village=here, group=second, number="2"),
        "there": HouseholdFactory(
            village=there, group=VillageGroupFactory(village=there, serial=1), number="1"
        ),
        "elsewhere": HouseholdFactory(
            village=elsewhere, group=VillageGroupFactory(village=elsewhere, serial=1), number="1"
        ),
    }


@pytest.mark.parametrize(
    ("role", "code", "seen"),
    [
        (Role.COUNTY_ADMIN, "421223", {"first", "second", "there", "elsewhere"}),
        (Role.TOWNSHIP_ADMIN, "421223101", {"first", "second", "there"}),
        (Role.VILLAGE_CADRE, "421223101200", {"first", "second"}),
        (Role.GRID_WORKER, "421223101200001", {"first"}),
        (Role.AUDITOR, "421223102", {"elsewhere"}),
        (Role.KEEPER, "421223101200", set()),
    ],
)
def test_each_role_sees_its_place(place: dict[str, Household], role: Role, code: str, seen: set[str]) -> None:
    user = person(role, code)
    visible = set(Household.objects.for_user(user))
    assert visible == {place[name] for name in seen}
    for name, household in place.items():
        assert user.has_perm(VIEW, household) is (name in seen)


def test_permission_and_scope_come_from_the_same_duty(place: dict[str, Household]) -> None:
    """An auditor of the township who is cadre of one village may write in that village only."""
    user = person(Role.AUDITOR, "421223101")
    Duty.objects.create(user=user, role=Role.VILLAGE_CADRE, scope_code="421223101200")
    user.forget_duties()
    assert Household.objects.for_user(user).count() == 3
    assert set(Household.objects.for_user(user, "villages.change_household")) == {
        place["first"],
        place["second"],
    }
    with pytest.raises(AccessDenied):
        authorize_object(user, "villages.change_household", place["there"])
    with pytest.raises(AccessDenied):
        authorize(user, "villages.change_household", "421223101201")
    authorize(user, "villages.change_household", "421223101200")


def test_places_above_are_visible_below(place: dict[str, Household]) -> None:
    worker = person(Role.GRID_WORKER, "421223101200001")
    assert [village.code for village in Village.objects.for_user(worker)] == ["421223101200"]
    assert [township.code for township in Township.objects.for_user(worker)] == ["421223101"]


@pytest.mark.parametrize("days", [(-30, -1), (1, 30)])
def test_a_duty_counts_only_in_its_term(place: dict[str, Household], days: tuple[int, int]) -> None:
    today = timezone.localdate()
    user = person(
        Role.TOWNSHIP_ADMIN,
        "421223101",
        starts_on=today + timedelta(days=days[0]),
        ends_on=today + timedelta(days=days[1]),
    )
    assert not Household.objects.for_user(user).exists()
    assert not user.is_staff


def test_an_inactive_account_sees_nothing(place: dict[str, Household]) -> None:
    user = person(Role.TOWNSHIP_ADMIN, "421223101")
    user.is_active = False
    assert not Household.objects.for_user(user).exists()
    assert not user.has_perm(VIEW)


def test_strangers_and_the_system(place: dict[str, Household]) -> None:
    assert not limit(Household.objects.all(), object()).exists()
    assert Household.objects.for_user(SystemActor("月结")).count() == 4


def test_a_model_without_scope_is_an_error_not_an_open_door(db: None) -> None:
    with pytest.raises(ImproperlyConfigured, match="declares no scope"):
        scope_of(User)


def test_public_rows_need_the_permission_only(db: None) -> None:
    assert Scope.public().condition(("421223101200001",)).children == []


def test_permissions_are_named_and_kept_per_role() -> None:
    assert VIEW in permissions_of(Role.AUDITOR)
    assert Role.KEEPER.value not in roles_with(VIEW)
    with pytest.raises(ValueError, match="app.verb_noun"):
        grant(Role.AUDITOR, "nonsense")
