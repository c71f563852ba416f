"""What became of a household: split, merged, cancelled, restored, members moved (VIL-2). Append-only."""

from __future__ import annotations

from django.db import models

from cogov.access.scope import Scope, ScopedManager
from cogov.audit.models import AppendOnlyModel
from villages.models.households import Household


class HouseholdEventKind(models.TextChoices):
    FOUND = "found", "立户"
    SPLIT = "split", "分户"
    MERGE = "merge", "并户"
    TRANSFER = "transfer", "成员迁移"
    HEAD = "head", "变更户主"
    CANCEL = "cancel", "销户"
    RESTORE = "restore", "恢复户籍"


class HouseholdEvent(AppendOnlyModel):
    """One step in a household's life. ``other`` is the household on the far side.

    SPLIT: ``household`` is the old one, ``other`` the new one. MERGE: ``household`` ended, ``other`` took its members.
    TRANSFER: from ``household`` to ``other``. ``members`` keeps id and name of whoever was concerned, as they were then.
    """

    household = models.ForeignKey(Household, models.PROTECT, related_name="events", verbose_name="户")
    other = models.ForeignKey(
        Household,
        models.PROTECT,
        related_name="events_as_other",
        null=True,
        blank=True,
        verbose_name="相关的户",
    )
    kind = models.CharField("事项", max_length=10, choices=HouseholdEventKind.choices)
    happened_on = models.DateField("发生日期")
    members = models.JSONField("涉及人员", default=list)
    reason = models.CharField("原因", max_length=200, blank=True)
    actor_id = models.BigIntegerField("经办人编号", null=True)
    actor_name = models.CharField("经办人", max_length=150)

    scope = Scope(
        township="household__village__township__code",
        village="household__village__code",
        group="household__group__code",
    )
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "户籍变动"
        ordering = ("-id",)
        indexes = (models.Index(fields=["kind", "happened_on"], name="household_event_kind_idx"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.household}"

    def audit_codes(self) -> tuple[str, str]:
        return self.household.audit_codes()

    @property
    def member_names(self) -> str:
        return "、".join(str(member["name"]) for member in self.members)
