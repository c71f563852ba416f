"""Rubbish fee, paid first and matched afterwards (先交后补), and the sanitation policy behind it (VIL-8)."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from cogov.access.policies import PolicyVersion
from cogov.access.scope import Scope, ScopedManager
from cogov.audit.models import AppendOnlyModel
from villages.models.households import Household
from villages.models.places import Township
from villages.models.tags import Tag


class PopulationBasis(models.TextChoices):
    REGISTERED = "registered", "户籍人口"
    ACTUAL = "actual", "常住人口"


class SanitationPolicy(PolicyVersion):
    """A township's version: fee per person and month, what is matched, who is exempt, people per cleaner.

    Money in fen. Defaults: 1 yuan per person and month [000-2], one cleaner per 300 people [001].
    """

    township = models.ForeignKey(
        Township, models.PROTECT, related_name="sanitation_policies", verbose_name="乡镇"
    )
    fee_per_person_month = models.PositiveIntegerField(
        "每人每月收费（分）",
        default=100,
        validators=[MinValueValidator(100)],
        help_text="不低于 1 元，即 100 分",
    )
    population_basis = models.CharField(
        "计费人口", max_length=10, choices=PopulationBasis.choices, default=PopulationBasis.ACTUAL
    )
    match_percent = models.PositiveSmallIntegerField(
        "财政补助比例（%）",
        default=100,
        validators=[MaxValueValidator(500)],
        help_text="农户交清后，镇级按实交金额的这个比例补助",
    )
    people_per_cleaner = models.PositiveSmallIntegerField(
        "每名保洁员服务人口", default=300, validators=[MinValueValidator(1)]
    )
    exempt_tags = models.ManyToManyField(
        Tag, blank=True, related_name="+", verbose_name="免缴的标签", limit_choices_to={"target": "household"}
    )
    basis = models.CharField("依据文件", max_length=200, blank=True)

    publish_permission = "villages.publish_sanitationpolicy"
    scope = Scope(township="township__code", upward=True)
    objects = ScopedManager()

    class Meta(PolicyVersion.Meta):
        verbose_name = verbose_name_plural = "环卫收费标准"
        ordering = ("township", "-version")
        constraints = (
            *PolicyVersion.Meta.constraints,
            models.UniqueConstraint(
                fields=["township", "version"],
                name="sanitation_version_once",
                violation_error_message="版本号不能重复",
            ),
            models.CheckConstraint(
                condition=Q(fee_per_person_month__gte=100),
                name="sanitation_fee_least",
                violation_error_message="每人每月不低于 1 元",
            ),
            models.CheckConstraint(
                condition=Q(people_per_cleaner__gte=1),
                name="sanitation_cleaner_least",
                violation_error_message="每名保洁员服务人口应大于 0",
            ),
        )

    def __str__(self) -> str:
        return f"{self.township}环卫收费标准第{self.version}版"

    def audit_codes(self) -> tuple[str, str]:
        return self.township.code, ""

    def siblings(self) -> models.QuerySet[SanitationPolicy]:
        return SanitationPolicy.objects.filter(township_id=self.township_id)

    def content(self) -> dict[str, Any]:
        return {
            "township": self.township.code,
            "version": self.version,
            "effective_from": self.effective_from,
            "fee_per_person_month": self.fee_per_person_month,
            "population_basis": self.population_basis,
            "match_percent": self.match_percent,
            "people_per_cleaner": self.people_per_cleaner,
            "exempt_tags": sorted(self.exempt_tags.values_list("name", flat=True)),
            "basis": self.basis,
        }


class RubbishFee(models.Model):
    """What one household owes for one year, what it has paid, and what the township added. All amounts in fen."""

    household = models.ForeignKey(Household, models.PROTECT, related_name="rubbish_fees", verbose_name="户")
    year = models.PositiveSmallIntegerField("年度")
    policy = models.ForeignKey(SanitationPolicy, models.PROTECT, related_name="fees", verbose_name="收费标准")
    persons = models.PositiveSmallIntegerField("计费人数")
    months = models.PositiveSmallIntegerField("计费月数", default=12)
    due_fen = models.PositiveIntegerField("应缴（分）")
    paid_fen = models.PositiveIntegerField("已缴（分）", default=0)
    matched_fen = models.PositiveIntegerField("已补助（分）", default=0)
    exempt = models.BooleanField("免缴", default=False)
    exempt_reason = models.CharField("免缴原因", max_length=100, blank=True)

    scope = Scope(
        township="household__village__township__code",
        village="household__village__code",
        group="household__group__code",
    )
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "垃圾处理费"
        ordering = ("-year", "household")
        constraints = (
            models.UniqueConstraint(
                fields=["household", "year"],
                name="rubbish_fee_once",
                violation_error_message="这一户这一年已经有账单",
            ),
            models.CheckConstraint(
                condition=Q(paid_fen__lte=F("due_fen")),
                name="rubbish_fee_not_overpaid",
                violation_error_message="实缴不能超过应缴",
            ),
            models.CheckConstraint(
                condition=Q(months__range=(1, 12)),
                name="rubbish_fee_months",
                violation_error_message="计费月数为 1 到 12",
            ),
            models.CheckConstraint(
                condition=Q(exempt=False) | ~Q(exempt_reason=""),
                name="rubbish_fee_exempt_reasoned",
                violation_error_message="免缴须写明原因",
            ),
        )

    def __str__(self) -> str:
        return f"{self.household} {self.year}年垃圾处理费"

    def audit_codes(self) -> tuple[str, str]:
        return self.household.audit_codes()

    @property
    def arrears_fen(self) -> int:
        """What is still owed; an exempt household owes nothing."""
        return 0 if self.exempt else self.due_fen - self.paid_fen


class RubbishFeeEntryKind(models.TextChoices):
    PAYMENT = "payment", "缴费"
    MATCH = "match", "财政补助"
    REVERSAL = "reversal", "冲正"


class RubbishFeeEntry(AppendOnlyModel):
    """Money that moved; signed fen. A mistake is corrected by an entry that names the one it reverses."""

    fee = models.ForeignKey(RubbishFee, models.PROTECT, related_name="entries", verbose_name="账单")
    kind = models.CharField("类别", max_length=10, choices=RubbishFeeEntryKind.choices)
    amount_fen = models.IntegerField("金额（分）")
    happened_on = models.DateField("日期")
    receipt = models.CharField("票据号", max_length=40, blank=True)
    source_key = models.CharField("业务键", max_length=80, unique=True)
    reverses = models.OneToOneField(
        "self", models.PROTECT, related_name="reversed_by", null=True, blank=True, verbose_name="冲正的流水"
    )
    reason = models.CharField("原因", max_length=200, blank=True)
    actor_id = models.BigIntegerField("经办人编号", null=True)
    actor_name = models.CharField("经办人", max_length=150)

    scope = Scope(
        township="fee__household__village__township__code",
        village="fee__household__village__code",
        group="fee__household__group__code",
    )
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "缴费流水"
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(kind="reversal", amount_fen__lt=0, reverses__isnull=False)
                | (Q(amount_fen__gt=0, reverses__isnull=True) & ~Q(kind="reversal")),
                name="rubbish_entry_signed",
                violation_error_message="冲正须为负数并指明原流水，其余须为正数",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount_fen}"

    def audit_codes(self) -> tuple[str, str]:
        return self.fee.audit_codes()
