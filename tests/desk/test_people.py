from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from cogov.access.models import Duty, User
from cogov.access.roles import Role
from cogov.audit.models import AuditEvent
from tests.desk.conftest import FOREIGN_TOWNSHIP, VILLAGE

GOOD = "Gong-tong-2026"


def account(**changes: str) -> dict[str, str]:
    return {
        "username": "wangwu",
        "full_name": "王五",
        "phone": "13800000000",
        "password": GOOD,
        "role": "village_cadre",
        "scope_code": VILLAGE,
        "department": "",
        **changes,
    }


@pytest.fixture(autouse=True)
def _codes_as_text(monkeypatch: Any) -> None:
    """No place names: the form then takes the code itself."""
    monkeypatch.setattr("cogov.desk.registry._places", [])


def test_an_account_with_its_first_duty(desk: Any) -> None:
    answer = desk.post("/admin/access/user/add/", account())
    assert answer.status_code == 302
    user = User.objects.get(username="wangwu")
    assert user.check_password(GOOD)
    assert user.must_change_password is True
    assert [(duty.role, duty.scope_code) for duty in user.duties.all()] == [("village_cadre", VILLAGE)]
    assert list(AuditEvent.objects.order_by("pk").values_list("action", flat=True)) == [
        "access.assign_duty",
        "access.create_user",
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"role": "county_admin", "scope_code": "421223"}, "选择一个有效的选项"),
        ({"role": "grid_worker"}, "只能在组"),
        ({"password": "12345678"}, "密码"),
        ({"username": "zhenban"}, "已经有人使用"),
        ({"full_name": ""}, "必填"),
    ],
)
def test_refusals_come_back_on_the_form_and_nothing_is_written(
    desk: Any, changes: dict[str, str], message: str
) -> None:
    users, events = User.objects.count(), AuditEvent.objects.count()
    answer = desk.post("/admin/access/user/add/", account(**changes))
    assert answer.status_code == 200
    assert message in answer.content.decode()
    assert (User.objects.count(), Duty.objects.count(), AuditEvent.objects.count()) == (users, 1, events)


def test_a_place_elsewhere_is_a_404(desk: Any) -> None:
    answer = desk.post("/admin/access/user/add/", account(scope_code=f"{FOREIGN_TOWNSHIP}201"))
    assert answer.status_code == 404
    assert not User.objects.filter(username="wangwu").exists()


def test_a_further_duty_and_its_end(desk: Any, cadre: Any) -> None:
    url = reverse("admin:access_user_assign-duty", args=(cadre.pk,))
    assert "李明" in desk.get(url).content.decode()
    data = {"role": "keeper", "scope_code": VILLAGE, "starts_on": "2026-01-01"}
    assert desk.post(url, data).status_code == 302
    duty = cadre.duties.get(role=Role.KEEPER)
    end = reverse("admin:access_duty_end", args=(duty.pk,))
    refused = desk.post(end, {"ends_on": "2025-12-31", "reason": "调离"})
    assert refused.status_code == 400
    assert "结束日期不能早于开始日期" in refused.content.decode()
    duty.refresh_from_db()
    assert duty.ends_on is None
    assert desk.post(end, {"ends_on": "2026-06-30", "reason": "调离"}).status_code == 302
    duty.refresh_from_db()
    assert duty.ends_on == dt.date(2026, 6, 30)
    assert AuditEvent.objects.latest("pk").comment == "调离"


def test_password_lock_and_reopen(desk: Any, cadre: Any) -> None:
    assert (
        desk.post(
            reverse("admin:access_user_reset-password", args=(cadre.pk,)), {"password": GOOD}
        ).status_code
        == 302
    )
    cadre.refresh_from_db()
    assert cadre.check_password(GOOD)
    assert cadre.must_change_password is True
    close = reverse("admin:access_user_deactivate", args=(cadre.pk,))
    assert desk.post(close, {"reason": ""}).status_code == 400
    assert desk.post(close, {"reason": "退休"}).status_code == 302
    cadre.refresh_from_db()
    assert cadre.is_active is False
    assert (
        desk.post(close, {"reason": "退休"}).status_code == 302
    )  # closed already: told so, nothing more happens
    assert AuditEvent.objects.filter(action="access.set_active").count() == 1
    assert (
        desk.post(reverse("admin:access_user_activate", args=(cadre.pk,)), {"reason": "返聘"}).status_code
        == 302
    )
    cadre.refresh_from_db()
    assert cadre.is_active is True


def test_somebody_above_is_not_managed(client: Any, db: None, cadre: Any) -> None:
    from tests.factories.access import user_with

    boss = user_with(Role.COUNTY_ADMIN, "421223", full_name="县管理员")
    own = user_with(Role.TOWNSHIP_ADMIN, "421223101")
    client.force_login(own)
    assert client.get(reverse("admin:access_user_change", args=(boss.pk,))).status_code == 404
    client.force_login(cadre)
    assert client.get("/admin/access/user/").status_code == 403


def test_the_accounts_page_takes_few_queries(desk: Any, django_assert_max_num_queries: Any) -> None:
    from tests.factories.access import user_with

    for index in range(60):
        user_with(Role.VILLAGE_CADRE, f"4212231012{index:02d}")
    desk.get("/admin/access/user/")
    with django_assert_max_num_queries(12):
        page = desk.get("/admin/access/user/")
    assert "共 61 条" in page.content.decode()
