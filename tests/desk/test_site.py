from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory

from cogov.access.models import Duty
from cogov.desk import checks, menu, registry
from cogov.desk.modeladmin import DeskModelAdmin
from cogov.desk.site import DeskSite


def test_libraries_are_passed_over_and_own_models_need_a_desk_admin() -> None:
    site = DeskSite()
    site.register(Group)
    assert site._registry == {}
    with pytest.raises(ImproperlyConfigured, match="built on DeskModelAdmin"):
        site.register(Duty, admin.ModelAdmin)
    assert site._registry == {}
    site.register([Duty], DeskModelAdmin)
    assert list(site._registry) == [Duty]


def test_the_checks_name_what_would_break_scope(monkeypatch: Any) -> None:
    class Editable(DeskModelAdmin):
        raw_id_fields = ("user",)
        list_editable = ("note",)

    fake = SimpleNamespace(
        _registry={Duty: Editable(Duty, admin.site), Group: admin.ModelAdmin(Group, admin.site)}
    )
    monkeypatch.setattr(checks, "admin", SimpleNamespace(site=fake))
    assert sorted(problem.id for problem in checks.check_desk_admins(None)) == [
        "desk.E001",
        "desk.E003",
        "desk.E004",
    ]
    fake._registry = {Group: DeskModelAdmin(Group, admin.site)}
    assert [problem.id for problem in checks.check_desk_admins(None)] == ["desk.E002"]


def test_a_broken_menu_entry_does_not_take_the_page_down(admin_user: Any, monkeypatch: Any) -> None:
    broken = registry.Menu()
    broken.register(
        registry.TODO,
        [
            registry.MenuItem("坏的", "no:such_page"),
            registry.MenuItem("没登记", Group),
            registry.MenuItem("任职", Duty, order=1),
            registry.MenuItem("不许看", "admin:index", "no.such_permission"),
        ],
    )
    monkeypatch.setattr(registry, "menu", broken)
    request = RequestFactory().get("/admin/")
    request.user = admin_user
    (section,) = menu.sections_for(request)
    assert [(link.label, link.url) for link in section.links] == [("任职", "/admin/access/duty/")]


def test_navigation_of_the_cadre_pages(admin_user: Any, monkeypatch: Any) -> None:
    items: registry.Registry[registry.NavItem] = registry.Registry("nav")
    monkeypatch.setattr(registry, "nav_items", items)
    registry.register_nav(registry.NavItem("home", "首页", "admin:desk_todo"))
    registry.register_nav(registry.NavItem("broken", "坏的", "no:such_page"))
    registry.register_nav(registry.NavItem("hidden", "不许看", "admin:index", "no.such_permission"))
    request = RequestFactory().get("/admin/todo/")
    request.user = admin_user
    assert [(link.label, link.is_current) for link in menu.nav_for(request)] == [("首页", True)]


def test_the_index_of_an_app_lists_what_one_may_open(desk: Any, cadre: Any) -> None:
    page = desk.get("/admin/access/").content.decode()
    assert "账号" in page
    assert desk.get("/admin/otp_totp/").status_code == 404
    desk.force_login(cadre)
    assert desk.get("/admin/access/").status_code == 404


def test_error_pages_are_chinese_and_tell_what_to_do(desk: Any, cadre: Any, client: Any) -> None:
    assert "没有找到这个页面" in desk.get("/admin/access/user/9999/change/").content.decode()
    desk.force_login(cadre)
    refused = desk.get("/admin/access/user/")
    assert refused.status_code == 403
    assert "没有权限" in refused.content.decode()


def test_the_500_page_asks_the_database_nothing(django_assert_num_queries: Any, db: None) -> None:
    from cogov.desk.views import server_error

    with django_assert_num_queries(0):
        answer = server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "系统出错了" in answer.content.decode()
