"""Who tried to open the kiosk, and which devices may (PNT kiosk; stack.md trap 11: counters live in the database)."""

from __future__ import annotations

from django.db import models

from cogov.access.scope import Scope, ScopedManager
from villages.models import HouseholdCard, Village


class KioskDevice(models.Model):
    """A screen in a village hall. It is enrolled by staff with a secret that only the device keeps."""

    village = models.ForeignKey(Village, models.PROTECT, related_name="kiosks", verbose_name="村")
    name = models.CharField("名称", max_length=40, help_text="如：板坑村便民服务大厅")
    secret_hash = models.CharField("设备密钥摘要", max_length=64, unique=True, editable=False)
    enrolled_at = models.DateTimeField("登记时间", auto_now_add=True)
    last_seen_at = models.DateTimeField("最近使用", null=True, editable=False)
    revoked_at = models.DateTimeField("停用时间", null=True, editable=False)

    scope = Scope(township="village__township__code", village="village__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "查询终端"
        ordering = ("village", "name")
        constraints = (
            models.UniqueConstraint(
                fields=["village", "name"],
                name="kiosk_name_once",
                violation_error_message="这个村已经有同名终端",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def audit_codes(self) -> tuple[str, str]:
        return self.village.code[:9], self.village.code


class KioskSession(models.Model):
    """A card opened at a screen: short, ended by the resident, by silence, or by its time being over.

    Only a keyed hash of the browser's key is stored; the card's secret never leaves the first request. ``unlocked_at``:
    the card's PIN was typed in this visit; that is over with the visit.
    """

    key_hash = models.CharField("会话摘要", max_length=64, unique=True)
    card = models.ForeignKey(HouseholdCard, models.PROTECT, related_name="+", verbose_name="户卡")
    device = models.ForeignKey(
        KioskDevice, models.PROTECT, related_name="sessions", null=True, verbose_name="终端"
    )
    opened_at = models.DateTimeField("开始时间")
    unlocked_at = models.DateTimeField("输入密码时间", null=True)
    last_seen_at = models.DateTimeField("最近操作")
    ended_at = models.DateTimeField("结束时间", null=True)

    scope = Scope(
        township="card__household__village__township__code", village="card__household__village__code"
    )
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "终端查询"
        ordering = ("-id",)
        indexes = (models.Index(fields=["card", "-id"], name="kiosk_session_card_idx"),)

    def __str__(self) -> str:
        return f"{self.card} {self.opened_at:%Y-%m-%d %H:%M}"

    @property
    def is_unlocked(self) -> bool:
        """Whether the PIN was typed in this running visit and the card has not been locked since."""
        return self.unlocked_at is not None and self.ended_at is None and self.card.locked_at is None


class KioskAttempt(models.Model):
    """Attempts from one device or address within a window, and until when it is locked out. Holds no card."""

    client = models.CharField("终端或地址", max_length=64, unique=True)
    window_started_at = models.DateTimeField("计数开始")
    attempts = models.PositiveIntegerField("次数", default=0)
    failures = models.PositiveIntegerField("失败次数", default=0)
    locked_until = models.DateTimeField("锁定至", null=True)

    scope = Scope.public()
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "终端查询计数"
        ordering = ("-window_started_at",)

    def __str__(self) -> str:
        return self.client
