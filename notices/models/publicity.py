"""What happens while a notice hangs: evidence that it hangs, and objections."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from cogov.access.fields import EncryptedField
from cogov.access.masking import Phone
from cogov.access.scope import Scope, ScopedManager
from cogov.audit.models import AppendOnlyModel
from notices import states
from notices.models.notice import Notice


class PostingEvidence(AppendOnlyModel):
    """A photo of the board with the notice on it."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="evidence", verbose_name="公示")
    posted_on = models.DateField("张贴日期")
    board = models.CharField("张贴地点", max_length=80)
    photo = models.CharField("照片", max_length=200)
    photo_sha256 = models.CharField("照片摘要", max_length=64)
    actor_id = models.BigIntegerField("登记人编号", null=True)
    actor_name = models.CharField("登记人", max_length=150)

    scope = Scope(township="notice__township__code", village="notice__village__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "张贴留痕"
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.posted_on} {self.board}"


class ObjectionChannel(models.TextChoices):
    KIOSK = "kiosk", "自助机"
    COUNTER = "counter", "当面"
    TELEPHONE = "telephone", "电话"
    PAPER = "paper", "书面"
    WEB = "web", "扫码"


class Objection(models.Model):
    """An objection to a published notice; each gets an answer within ten days (NTC-3). Never shown in public."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="objections", verbose_name="公示")
    channel = models.CharField("途径", max_length=12, choices=ObjectionChannel.choices)
    text = models.TextField("异议内容", max_length=2000)
    person = models.CharField("异议人", max_length=50, blank=True)
    phone = EncryptedField("联系电话", value_type=Phone, blank=True, default="")
    received_at = models.DateTimeField("收到时间")
    answer_due = models.DateField("答复期限")
    state = models.CharField(
        "状态", max_length=10, choices=states.OBJECTION_STATES.choices, default=states.OPEN, editable=False
    )
    upheld = models.BooleanField("异议成立", null=True, editable=False)
    answer = models.TextField("答复", max_length=2000, blank=True, editable=False)
    escalated_at = models.DateTimeField("转乡镇督办时间", null=True, editable=False)
    answered_at = models.DateTimeField("答复时间", null=True, editable=False)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name="答复人",
        null=True,
        editable=False,
    )

    scope = Scope(township="notice__township__code", village="notice__village__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "异议"
        ordering = ("-id",)
        indexes = (models.Index(fields=["state", "answer_due"], name="objection_due_idx"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state=states.OPEN, upheld__isnull=True)
                | models.Q(state=states.ANSWERED, upheld__isnull=False),
                name="objection_answer_complete",
                violation_error_message="答复必须写明异议是否成立",
            ),
        )

    def __str__(self) -> str:
        return f"{self.notice.number} 异议"

    def audit_codes(self) -> tuple[str, str]:
        return self.notice.audit_codes()
