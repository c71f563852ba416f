"""A township's people; places are division codes, so no village is needed."""

from __future__ import annotations

from typing import Any

import pytest

from cogov.access.roles import Role
from tests.factories.access import user_with

TOWNSHIP = "421223101"
VILLAGE = "421223101201"
FOREIGN_TOWNSHIP = "421223102"


@pytest.fixture
def admin_user(db: None) -> Any:
    """镇共同缔造办 of one township."""
    return user_with(Role.TOWNSHIP_ADMIN, TOWNSHIP, username="zhenban", full_name="陈思远")


@pytest.fixture
def cadre(db: None) -> Any:
    """A village cadre of that township."""
    return user_with(Role.VILLAGE_CADRE, VILLAGE, username="cadre", full_name="李明")


@pytest.fixture
def stranger(db: None) -> Any:
    """Somebody of another township."""
    return user_with(Role.VILLAGE_CADRE, f"{FOREIGN_TOWNSHIP}201", username="stranger", full_name="外乡人")


@pytest.fixture
def desk(client: Any, admin_user: Any) -> Any:
    """A client signed in as the township admin."""
    client.force_login(admin_user)
    return client
