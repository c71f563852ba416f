"""What a household did, from the claim to the ledger (PNT-2)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from cogov.access.scope import Scope, ScopedManager
from points.models.activities import PointsActivity
from points.models.rules import PointsRule
from points.rules import MAX_QUANTITY
from points.states import APPROVED, DRAFT, POSTED, RECORD_STATES, REVERSED
from villages.models import Household, Village


class RecordSource(models.TextChoices):
    """Where a record comes from."""

    CADRE = "cadre", "村干部登记"
    ACTIVITY = "activity", "活动签到"
    GRID = "grid", "网格员登记"
    CLAIM = "claim", "农户自报"
    IMPORT = "import", "表格导入"
    EVALUATION = "evaluation", "评选结果"


class PointsRecord(models.Model):
    """One deed of one household under one rule. ``points`` are signed and fixed when it is approved.

    ``period`` is the month in which it happened; ``posted_period`` the month in whose list it stands.
    """

    village = models.ForeignKey(
        Village, models.PROTECT, related_name="points_records", verbose_name="村", editable=False
    )
    household = models.ForeignKey(Household, models.PROTECT, related_name="points_records", verbose_name="户")
    rule = models.ForeignKey(PointsRule, models.PROTECT, related_name="records", verbose_name="积分事项")
    activity = models.ForeignKey(
        PointsActivity,
        models.PROTECT,
        related_name="records",
        null=True,
        blank=True,
        editable=False,
        verbose_name="活动",
    )
    quantity = models.PositiveSmallIntegerField("数量", default=1)
    occurred_on = models.DateField("发生日期")
    period = models.CharField("所属月份", max_length=7, editable=False)
    place = models.CharField("地点", max_length=60, blank=True)
    photo = models.ImageField("照片", upload_to="points/%Y/%m/", blank=True)
    photo_digest = models.CharField("照片摘要", max_length=64, blank=True, editable=False)
    photo_print = models.CharField("照片特征", max_length=16, blank=True, editable=False)
    photo_doubt = models.CharField("照片疑点", max_length=200, blank=True, editable=False)
    note = models.CharField("说明", max_length=200, blank=True)
    source = models.CharField(
        "来源", max_length=10, choices=RecordSource.choices, default=RecordSource.CADRE, editable=False
    )
    source_key = models.CharField("来源编号", max_length=100, unique=True, editable=False)
    state = models.CharField(
        "状态", max_length=10, choices=RECORD_STATES.choices, default=DRAFT, editable=False
    )
    points = models.IntegerField("积分", null=True, editable=False)
    steps = models.JSONField("计算过程", default=list, editable=False)
    interest = models.CharField("利害关系", max_length=200, blank=True, editable=False)
    recorder = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        editable=False,
        verbose_name="登记人",
    )
    recorder_name = models.CharField("登记人姓名", max_length=150, editable=False)
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    submitted_at = models.DateTimeField("提交时间", null=True, editable=False)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        editable=False,
        verbose_name="审核人",
    )
    reviewer_name = models.CharField("审核人姓名", max_length=150, blank=True, editable=False)
    reviewed_at = models.DateTimeField("审核时间", null=True, editable=False)
    comment = models.CharField("审核意见", max_length=200, blank=True, editable=False)
    listed_period = models.CharField("公示月份", max_length=7, blank=True, editable=False)
    posted_period = models.CharField("入账月份", max_length=7, blank=True, editable=False)

    scope = Scope(township="village__township__code", village="village__code", group="household__group__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "积分登记"
        ordering = ("-id",)
        indexes = (
            models.Index(fields=["village", "state", "period"], name="record_village_state_idx"),
            models.Index(fields=["household", "-occurred_on"], name="record_household_idx"),
            models.Index(fields=["recorder", "-id"], name="record_recorder_idx"),
            models.Index(fields=["photo_digest"], condition=~Q(photo_digest=""), name="record_photo_idx"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(quantity__range=(1, MAX_QUANTITY)),
                name="record_quantity_range",
                violation_error_message=f"数量应在 1 到 {MAX_QUANTITY} 之间",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[APPROVED, POSTED, REVERSED]) | Q(points__isnull=False),
                name="record_points_when_approved",
                violation_error_message="审核通过的登记须有分值",
            ),
            models.CheckConstraint(
                condition=Q(reviewer__isnull=True)
                | Q(recorder__isnull=True)
                | ~Q(reviewer=models.F("recorder")),
                name="record_two_people",
                violation_error_message="登记人不能审核自己登记的积分",
            ),
        )

    def __str__(self) -> str:
        return f"{self.household} {self.rule.name} {self.quantity}{self.rule.unit}"

    def audit_codes(self) -> tuple[str, str]:
        return self.village.code[:9], self.village.code

    @property
    def ledger_source(self) -> str:
        """The business key under which the ledger knows this record."""
        return f"record:{self.pk}"

    @property
    def is_difference(self) -> bool:
        """A lower honour of the kind had been counted before (PNT-8)."""
        return bool(self.rule.exclusive_group) and (self.points or 0) < self.quantity * self.rule.points

    @property
    def explanation(self) -> str:
        return "；".join(self.steps)
