from __future__ import annotations

from typing import Any

import pytest
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from cogov.access.roles import Role
from cogov.audit.models import AuditEvent
from tests.desk.conftest import TOWNSHIP
from tests.factories.access import UserFactory, user_with

PASSWORD = "password-of-user"


def sign_in(client: Any, username: str, password: str = PASSWORD) -> Any:
    return client.post("/admin/login/", {"username": username, "password": password, "next": "/admin/"})


def code_of(device: TOTPDevice) -> str:
    return f"{totp(device.bin_key, device.step, device.t0, device.digits):06d}"


def test_the_right_password_opens_the_desk(client: Any, admin_user: Any) -> None:
    answer = sign_in(client, "zhenban")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("name", ["zhenban", "nobody"])
def test_a_wrong_password_and_an_unknown_name_read_alike(client: Any, admin_user: Any, name: str) -> None:
    page = sign_in(client, name, "wrong").content.decode()
    assert "账号或密码不正确" in page
    assert client.get("/admin/").status_code == 302


def test_without_a_duty_nobody_gets_in(client: Any, db: None) -> None:
    UserFactory(username="retired")
    assert "没有任职" in sign_in(client, "retired").content.decode()
    assert "_auth_user_id" not in client.session


def test_after_five_wrong_passwords_the_account_is_locked(client: Any, admin_user: Any) -> None:
    for _ in range(5):
        answer = sign_in(client, "zhenban", "wrong")
    assert answer.status_code == 429
    assert "账号暂时锁定" in answer.content.decode()
    assert sign_in(client, "zhenban").status_code == 429
    assert client.get("/admin/").status_code == 302


def test_a_given_password_is_changed_first(client: Any, db: None) -> None:
    user_with(Role.TOWNSHIP_ADMIN, TOWNSHIP, username="new", must_change_password=True)
    sign_in(client, "new")
    answer = client.get("/admin/access/user/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/admin/password_change/")
    wrong = {"old_password": PASSWORD, "new_password1": PASSWORD, "new_password2": PASSWORD}
    assert "新密码不能与旧密码相同" in client.post("/admin/password_change/", wrong).content.decode()
    right = {"old_password": PASSWORD, "new_password1": "Gong-tong-2026", "new_password2": "Gong-tong-2026"}
    assert client.post("/admin/password_change/", right).status_code == 302
    assert client.get("/admin/access/user/").status_code == 200
    assert AuditEvent.objects.latest("pk").action == "access.set_password"


def test_enrol_then_verify_at_the_next_sign_in(client: Any, admin_user: Any) -> None:
    sign_in(client, "zhenban")
    page = client.get("/admin/second-factor/enrol/").content.decode()
    assert "<svg" in page
    device = TOTPDevice.objects.get(user=admin_user)
    assert device.confirmed is False
    assert "动态码不正确" in client.post("/admin/second-factor/enrol/", {"code": "000000"}).content.decode()
    device.refresh_from_db()
    assert device.confirmed is False
    device.throttle_reset()
    codes = client.post("/admin/second-factor/enrol/", {"code": code_of(device)}).content.decode()
    spare = list(StaticToken.objects.values_list("token", flat=True))
    assert len(spare) == 8
    assert all(code in codes for code in spare)
    assert client.get("/admin/").status_code == 200

    client.post("/admin/logout/")
    sign_in(client, "zhenban")
    answer = client.get("/admin/access/user/")
    assert answer.headers["Location"] == "/admin/second-factor/?next=%2Fadmin%2Faccess%2Fuser%2F"
    verify = {"code": "wrong", "next": "/admin/access/user/"}
    assert "动态码不正确" in client.post("/admin/second-factor/", verify).content.decode()
    TOTPDevice.objects.get().throttle_reset()
    from django_otp.plugins.otp_static.models import StaticDevice

    StaticDevice.objects.get().throttle_reset()
    answer = client.post("/admin/second-factor/", {**verify, "code": spare[0].upper()})
    assert answer.headers["Location"] == "/admin/access/user/"
    assert client.get("/admin/access/user/").status_code == 200
    assert StaticToken.objects.count() == 7


def test_an_open_redirect_is_not_followed(client: Any, admin_user: Any) -> None:
    TOTPDevice.objects.create(user=admin_user, confirmed=True, name="x")
    sign_in(client, "zhenban")
    code = code_of(TOTPDevice.objects.get())
    answer = client.post("/admin/second-factor/", {"code": code, "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/admin/"


def test_approvers_must_enrol_where_it_is_required(
    client: Any, admin_user: Any, cadre: Any, settings: Any
) -> None:
    settings.COGOV_REQUIRE_OTP = True
    sign_in(client, "zhenban")
    assert client.get("/admin/").headers["Location"].startswith("/admin/second-factor/enrol/")
    client.post("/admin/logout/")
    sign_in(client, "cadre")
    assert client.get("/admin/").status_code == 200


def test_a_lost_phone(desk: Any, cadre: Any) -> None:
    TOTPDevice.objects.create(user=cadre, confirmed=True, name="x")
    url = f"/admin/access/user/{cadre.pk}/do/reset-second-factor/"
    assert desk.post(url, {"reason": "手机丢失，已当面核实"}).status_code == 302
    assert TOTPDevice.objects.count() == 0
    assert AuditEvent.objects.latest("pk").comment == "手机丢失，已当面核实"
