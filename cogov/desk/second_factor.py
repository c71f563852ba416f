"""The second factor: an authenticator on the phone (TOTP) and spare codes on paper.

Optional for everybody; required for approvers when ``COGOV_REQUIRE_OTP`` is set (production).
"""

from __future__ import annotations

import secrets
from base64 import b32encode
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django_otp import login as otp_login
from django_otp import match_token
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from cogov.access.models import User
from cogov.access.roles import APPROVER_ROLES
from cogov.audit.services import record
from cogov.desk.export import home_place
from cogov.desk.forms import CodeForm

SPARE_CODES = 8
_SPARE_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def is_required(user: User) -> bool:
    """Whether this person must use a second factor."""
    return bool(settings.COGOV_REQUIRE_OTP) and (user.is_superuser or user.has_role(*APPROVER_ROLES))


def is_enrolled(user: User) -> bool:
    """Whether this person has a confirmed authenticator."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).exists()


def pending_step(user: Any) -> str:
    """URL name of what still has to be done before the desk opens, or ""."""
    if user.is_verified():
        return ""
    if is_enrolled(user):
        return "admin:desk_verify"
    return "admin:desk_enrol" if is_required(user) else ""


def _next_url(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return wanted
    return reverse("admin:index")


def _signed_in(request: HttpRequest) -> User | None:
    user = request.user
    return user if isinstance(user, User) and user.is_staff else None


@never_cache
def verify(request: HttpRequest) -> HttpResponse:
    """Ask for the code after the password."""
    user = _signed_in(request)
    if user is None:
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))
    if request.user.is_verified() or not is_enrolled(user):  # type: ignore[union-attr]
        return HttpResponseRedirect(_next_url(request))
    form = CodeForm(request.POST or None)
    if form.is_valid():
        # Both kinds of device count failures in the database and refuse while throttled.
        device = match_token(user, form.cleaned_data["code"])
        if device is not None:
            otp_login(request, device)
            return HttpResponseRedirect(_next_url(request))
        form.add_error("code", "动态码不正确或已用过。请等下一个码再试；连续输错要多等一会儿。")
    context = {
        **admin.site.each_context(request),
        "title": "二次验证",
        "form": form,
        "next": _next_url(request),
    }
    return TemplateResponse(request, "admin/second_factor_verify.html", context)


@never_cache
def enrol(request: HttpRequest) -> HttpResponse:
    """Show the QR code of a new authenticator; the first right code confirms it and yields spare codes."""
    user = _signed_in(request)
    if user is None:
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))
    if is_enrolled(user):
        if not request.user.is_verified():  # type: ignore[union-attr]
            return HttpResponseRedirect(reverse("admin:desk_verify"))
        messages.info(request, "您已经开通二次验证。换手机请联系镇管理员先解除。")
        return HttpResponseRedirect(reverse("admin:index"))
    device, _ = TOTPDevice.objects.get_or_create(user=user, confirmed=False, defaults={"name": "手机验证器"})
    form = CodeForm(request.POST or None)
    if form.is_valid():
        if device.verify_token(form.cleaned_data["code"]):
            codes = confirm(user, device)
            otp_login(request, device)
            context = {
                **admin.site.each_context(request),
                "title": "备用码",
                "codes": codes,
                "next": _next_url(request),
            }
            return TemplateResponse(request, "admin/second_factor_codes.html", context)
        form.add_error("code", "动态码不正确。请核对手机时间，再输入新的动态码。")
    context = {
        **admin.site.each_context(request),
        "title": "开通二次验证",
        "form": form,
        "qr": qr_svg(device.config_url),
        "secret": spaced_secret(device),
        "required": is_required(user),
    }
    return TemplateResponse(request, "admin/second_factor_enrol.html", context)


def confirm(user: User, device: TOTPDevice) -> list[str]:
    """Put the authenticator in force and return the spare codes, which are shown this once."""
    codes = ["".join(secrets.choice(_SPARE_ALPHABET) for _ in range(10)) for _ in range(SPARE_CODES)]
    with transaction.atomic():
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        StaticDevice.objects.filter(user=user).delete()
        spare = StaticDevice.objects.create(user=user, name="备用码", confirmed=True)
        StaticToken.objects.bulk_create([StaticToken(device=spare, token=code) for code in codes])
        record(
            actor=user,
            action="desk.enrol_second_factor",
            summary=f"开通二次验证：{user.audit_name}",
            obj=user,
            **home_place(user),
        )
    return codes


def reset(*, actor: Any, user: User, reason: str) -> int:
    """Take a lost authenticator off an account; returns how many devices went. The caller has checked the scope."""
    with transaction.atomic():
        removed = TOTPDevice.objects.filter(user=user).delete()[0]
        StaticDevice.objects.filter(user=user).delete()
        record(
            actor=actor,
            action="desk.reset_second_factor",
            summary=f"解除二次验证：{user.audit_name}",
            obj=user,
            **home_place(user),
            comment=reason,
        )
    return int(removed)


def qr_svg(url: str) -> str:
    """The QR code as inline SVG without style attributes; black on white in dark mode too, so that phones read it."""
    import segno

    return mark_safe(
        segno.make(url, error="m").svg_inline(scale=5, border=4, dark="#000", light="#fff", omitsize=True)
    )


def spaced_secret(device: TOTPDevice) -> str:
    """The key for typing, in groups of four."""
    secret = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(secret[index : index + 4] for index in range(0, len(secret), 4))
