"""Kiosk screens: enrolled in the browser that is to be the kiosk, taken out of service from any desk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from cogov.desk.actions import GuidedAction, GuidedForm
from cogov.desk.modeladmin import DeskModelAdmin
from points.kiosk.doors import make_device
from points.kiosk.services import enrol_device, revoke_device
from points.models import KioskDevice


class RevokeForm(GuidedForm):
    """Why."""

    reason = forms.CharField(label="停用原因", max_length=200)


class Revoke(GuidedAction):
    """Out of service."""

    code, label, icon, danger = "revoke", "停用", "stop", True
    permission = "points.enrol_kiosk"
    form_class = RevokeForm

    @classmethod
    def is_available(cls, obj: KioskDevice) -> bool:
        return obj.revoked_at is None

    def run(self) -> str:
        revoke_device(actor=self.user, device=self.obj, reason=self.data["reason"])
        return "已停用，这台终端不能再查询"


@admin.register(KioskDevice)
class KioskDeviceAdmin(DeskModelAdmin):
    """The screens of the villages."""

    intro = "请在要当查询终端的那台机器上打开本页再“新增”：登记后，这台机器的浏览器就是终端。"
    empty_hint = "还没有登记的查询终端。"
    list_display = ("name", "village", "enrolled_at", "revoked_at")
    list_filter = ("village",)
    list_select_related = ("village",)
    fields = ("village", "name")
    add_permission = "points.enrol_kiosk"
    can_change = False
    guided_actions = (Revoke,)

    @staticmethod
    def save_service(*, actor: Any, instance: KioskDevice | None, data: dict[str, Any]) -> KioskDevice:
        """Enrol; the secret travels to the response, which gives it to this browser."""
        device, secret = enrol_device(actor=actor, village=data["village"], name=data["name"])
        device.secret = secret  # type: ignore[attr-defined]
        return device

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """This browser keeps the secret from now on."""
        messages.success(request, f"本机已登记为“{obj}”。请打开 /kiosk/ 并设为浏览器首页。")
        response = HttpResponseRedirect(reverse("admin:points_kioskdevice_changelist"))
        return make_device(request, response, obj.secret)
