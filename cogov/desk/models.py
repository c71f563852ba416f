"""Messages to people, and the outbox from which they are delivered."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models


class OwnMessages(models.QuerySet[Any]):
    """Everybody sees his own messages and nobody else's, whatever his duties are."""

    def for_user(self, user: Any, _perm: str = "") -> Self:
        return self.filter(user_id=user.pk)

    def unread(self) -> Self:
        return self.filter(read_at__isnull=True)


class Outbox(models.Model):
    """A message that has to go out, written in the transaction of what it tells about; delivered once by a job."""

    channel = models.CharField("渠道", max_length=20)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="收件人"
    )
    title = models.CharField("标题", max_length=120)
    body = models.CharField("内容", max_length=500, blank=True)
    link = models.CharField("链接", max_length=300, blank=True)
    key = models.CharField("事由", max_length=160)
    batch = models.CharField("批次", max_length=32, db_index=True)
    error = models.CharField("没有送达的原因", max_length=200, blank=True)
    created_at = models.DateTimeField("写入时间", auto_now_add=True)
    delivered_at = models.DateTimeField("送达时间", null=True)

    objects = OwnMessages.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "待发消息"
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["channel", "user", "key"],
                name="outbox_once",
                violation_error_message="这条消息已经写过。",
            ),
        )

    def __str__(self) -> str:
        return self.title


class Message(models.Model):
    """A message in somebody's box. ``outbox`` is unique, so that a message cannot arrive twice."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="desk_messages", verbose_name="收件人"
    )
    title = models.CharField("标题", max_length=120)
    body = models.CharField("内容", max_length=500, blank=True)
    link = models.CharField("链接", max_length=300, blank=True)
    outbox = models.OneToOneField(Outbox, models.PROTECT, related_name="message", verbose_name="来自")
    created_at = models.DateTimeField("收到时间", auto_now_add=True)
    read_at = models.DateTimeField("阅读时间", null=True)

    objects = OwnMessages.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "消息"
        ordering = ("-pk",)
        indexes = (
            models.Index(
                fields=["user"], name="message_unread_idx", condition=models.Q(read_at__isnull=True)
            ),
            models.Index(fields=["user", "-id"], name="message_user_idx"),
        )

    def __str__(self) -> str:
        return self.title
