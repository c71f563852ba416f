from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse

from cogov.access.models import User
from cogov.access.roles import ROLE_LEVELS, Role
from cogov.desk import menu, registry
from cogov.desk.modeladmin import DeskModelAdmin
from cogov.desk.site import LIBRARY_APPS
from tests.factories.access import user_with

CODES = {6: "421223", 9: "421223101", 12: "421223101201", 15: "421223101201001"}


def labels(user: Any, path: str = "/admin/") -> dict[str, list[str]]:
    request = RequestFactory().get(path)
    request.user = user
    return {section.label: [link.label for link in section.links] for section in menu.sections_for(request)}


def test_what_the_township_office_sees(admin_user: Any) -> None:
    seen = labels(admin_user)
    assert seen["待办"] == ["工作台", "我的待办"]
    assert [label for label in seen["系统"] if label in ("账号", "任职", "后台任务", "操作日志")] == [
        "账号",
        "任职",
        "后台任务",
        "操作日志",
    ]


def test_a_cadre_does_not_see_accounts(cadre: Any) -> None:
    assert not {"账号", "任职"} & set(labels(cadre)["系统"])


def test_a_stranger_without_duty_sees_nothing_but_his_own_desk(db: None) -> None:
    from tests.factories.access import UserFactory

    assert labels(UserFactory()) == {"待办": ["工作台", "我的待办"]}


@pytest.mark.parametrize("role", list(Role))
def test_every_entry_of_every_role_opens(client: Any, db: None, role: Role) -> None:
    user = user_with(role, CODES[ROLE_LEVELS[role][0]])
    client.force_login(user)
    request = RequestFactory().get("/admin/")
    request.user = User.objects.get(pk=user.pk)
    for section in menu.sections_for(request):
        for link in section.links:
            assert client.get(link.url).status_code == 200, f"{role}: {link.label}"


def test_every_target_has_a_page() -> None:
    for _group, items in registry.menu.groups():
        for item in items:
            if isinstance(item.target, str):
                assert reverse(item.target)
            else:
                assert item.target in admin.site._registry
    for nav in registry.nav_items:
        assert reverse(nav.url_name)


def test_labels_are_chinese() -> None:
    for group, items in registry.menu.groups():
        for label in (group.label, *(item.label for item in items)):
            assert re.search(r"[一-鿿]", label), label


def test_the_desk_shows_no_library_tables_and_only_scoped_pages() -> None:
    assert admin.site._registry
    for model, model_admin in admin.site._registry.items():
        assert model._meta.app_label not in LIBRARY_APPS
        assert isinstance(model_admin, DeskModelAdmin)


def test_the_current_entry_is_marked_and_the_index_only_for_itself(admin_user: Any) -> None:
    def current(path: str) -> list[str]:
        request = RequestFactory().get(path)
        request.user = admin_user
        return [
            link.label for section in menu.sections_for(request) for link in section.links if link.is_current
        ]

    assert current("/admin/") == ["工作台"]
    assert current("/admin/access/user/3/change/") == ["账号"]
    assert current("/admin/nowhere/") == []
