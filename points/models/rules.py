"""The rule catalogue of a village, and the township's template that villages adopt (PNT-1)."""

from __future__ import annotations

from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from cogov.access.policies import PolicyVersion
from cogov.access.scope import Scope, ScopedManager
from points.rules import Terms
from villages.models import Township, Village

RED_LIST_TOP = 10
HOUSEHOLD = "household"  # among a rule's recorder roles: households may claim it themselves (PNT-2)


class Category(models.TextChoices):
    """The fields of PNT-1."""

    ENVIRONMENT = "environment", "环境卫生"
    LABOUR = "labour", "义务劳动/集体活动"
    INDUSTRY = "industry", "产业发展"
    TRAINING = "training", "技能培训"
    VOLUNTEER = "volunteer", "志愿服务"
    UPKEEP = "upkeep", "共管认领"
    SAFETY = "safety", "平安建设"
    CUSTOMS = "customs", "移风易俗"
    HONOUR = "honour", "先进典型/评选"
    IDEAS = "ideas", "建言献策"


class Sign(models.TextChoices):
    EARN = "earn", "加分"
    DEDUCT = "deduct", "扣分"


class YearEnd(models.TextChoices):
    """What happens to the redeemable balance at the year's end (PNT-6)."""

    CARRY = "carry", "全部结转"
    HALVE = "halve", "减半结转"
    CLEAR = "clear", "清零"


class PostingRule(models.TextChoices):
    """When an approved deed enters the ledger (PNT-2)."""

    PUBLICITY = "publicity", "公示期满无异议后入账"
    CLOSE = "close", "月结时入账，公示期内可提异议"


class Holder(models.TextChoices):
    """To whom points are recorded (PNT-8). The version in force on the day of the deed decides."""

    HOUSEHOLD = "household", "家庭户"
    PERSON = "person", "个人"
    GROUP = "group", "村民小组"


class PointsRuleSet(PolicyVersion):
    """One version of a village's rules; without a village it is the township's template."""

    township = models.ForeignKey(
        Township, models.PROTECT, related_name="points_rule_sets", verbose_name="乡镇"
    )
    village = models.ForeignKey(
        Village, models.PROTECT, related_name="points_rule_sets", null=True, blank=True, verbose_name="村"
    )
    title = models.CharField("名称", max_length=80, help_text="如：板坑村积分制管理细则")
    template = models.ForeignKey(
        "self",
        models.PROTECT,
        related_name="adoptions",
        null=True,
        blank=True,
        editable=False,
        verbose_name="采用的镇级样本",
    )
    resolution = models.CharField(
        "通过的会议", max_length=200, blank=True, help_text="如：2026年6月28日村民代表会议决议"
    )
    resolved_on = models.DateField("通过日期", null=True, blank=True)
    covenant = models.CharField("村规民约依据", max_length=200, blank=True)
    holder = models.CharField(
        "积分记给",
        max_length=10,
        choices=Holder.choices,
        default=Holder.HOUSEHOLD,
        db_default=Holder.HOUSEHOLD,
        help_text="记给个人或小组时，每户的上限和基础分就是每人或每组的；未成年人做的好事记给户主。改记以后，原来账户里的积分照样可以兑换",
    )
    posting = models.CharField(
        "入账方式", max_length=10, choices=PostingRule.choices, default=PostingRule.CLOSE
    )
    year_end = models.CharField("年终处理", max_length=8, choices=YearEnd.choices, default=YearEnd.CARRY)
    base_points = models.PositiveSmallIntegerField(
        "每户每年基础分", default=0, validators=[MaxValueValidator(1000)], help_text="不设基础分填 0"
    )
    review_day = models.PositiveSmallIntegerField(
        "每月评议日",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(28)],
        help_text="评议小组每月几日评议，1 到 28；不固定就不填",
    )
    reply_workdays = models.PositiveSmallIntegerField(
        "扣分申辩期（工作日）", default=5, validators=[MinValueValidator(1), MaxValueValidator(30)]
    )
    black_list = models.BooleanField("村规民约允许黑榜", default=False)
    red_list_top = models.PositiveSmallIntegerField(
        "红榜名次", default=RED_LIST_TOP, validators=[MinValueValidator(1), MaxValueValidator(40)]
    )

    publish_permission = "points.publish_ruleset"
    scope = Scope(township="township__code", village="village__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "积分细则"
        ordering = ("township", "village", "-version")
        constraints = (
            *PolicyVersion.Meta.constraints,
            models.UniqueConstraint(
                fields=["village", "version"],
                condition=Q(village__isnull=False),
                name="ruleset_village_version_once",
                violation_error_message="这个村已经有这一版",
            ),
            models.UniqueConstraint(
                fields=["township", "version"],
                condition=Q(village__isnull=True),
                name="ruleset_template_version_once",
                violation_error_message="这个乡镇的样本已经有这一版",
            ),
        )

    def __str__(self) -> str:
        return f"{self.title} 第{self.version}版"

    def siblings(self) -> models.QuerySet[Self]:
        versions: models.QuerySet[Self] = type(self)._default_manager.filter(
            township=self.township_id, village=self.village_id
        )
        return versions

    def content(self) -> dict[str, Any]:
        return {
            "township": self.township.code,
            "village": self.village.code if self.village else "",
            "title": self.title,
            "version": self.version,
            "effective_from": self.effective_from,
            "resolution": self.resolution,
            "resolved_on": self.resolved_on,
            "covenant": self.covenant,
            "year_end": self.year_end,
            "reply_workdays": self.reply_workdays,
            "black_list": self.black_list,
            "rules": [rule.content() for rule in self.rules.order_by("order", "code")],
            # Left out at their usual values: versions published before these fields existed keep their digest.
            **({"red_list_top": self.red_list_top} if self.red_list_top != RED_LIST_TOP else {}),
            **({"base_points": self.base_points} if self.base_points else {}),
            **({"review_day": self.review_day} if self.review_day else {}),
            **({"holder": self.holder} if self.holder != Holder.HOUSEHOLD else {}),
            **({"posting": self.posting} if self.posting != PostingRule.CLOSE else {}),
        }

    def audit_codes(self) -> tuple[str, str]:
        return self.township.code, self.village.code if self.village else ""


class PointsRule(models.Model):
    """One rule: points per unit, caps per household, evidence, who records, who reviews, and its source."""

    rule_set = models.ForeignKey(PointsRuleSet, models.PROTECT, related_name="rules", verbose_name="积分细则")
    code = models.CharField("编号", max_length=10, help_text="如：A01")
    category = models.CharField("类别", max_length=12, choices=Category.choices)
    name = models.CharField("事项", max_length=60)
    unit = models.CharField("单位", max_length=10, help_text="如：次、天、件、户")
    sign = models.CharField("加减", max_length=6, choices=Sign.choices, default=Sign.EARN)
    points = models.PositiveIntegerField(
        "每单位分值", validators=[MinValueValidator(1), MaxValueValidator(10000)]
    )
    cap_day = models.PositiveIntegerField("每户每日上限（分）", null=True, blank=True)
    cap_month = models.PositiveIntegerField("每户每月上限（分）", null=True, blank=True)
    cap_year = models.PositiveIntegerField("每户每年上限（分）", null=True, blank=True)
    evidence = models.CharField("凭据", max_length=100, blank=True, help_text="如：前后照片、签到表")
    photo_required = models.BooleanField("须有照片", default=False)
    recorder_roles = models.JSONField("谁可登记", default=list, blank=True)
    reviewer_roles = models.JSONField("谁来审核", default=list, blank=True)
    exclusive_group = models.CharField(
        "只计最高", max_length=20, blank=True, help_text="同一代号的荣誉，同一事迹只计最高一项"
    )
    source = models.CharField("依据", max_length=200, blank=True)
    order = models.PositiveSmallIntegerField("顺序", default=100)

    scope = Scope(township="rule_set__township__code", village="rule_set__village__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "积分事项"
        ordering = ("rule_set", "order", "code")
        constraints = (
            models.UniqueConstraint(
                fields=["rule_set", "code"],
                name="rule_code_once",
                violation_error_message="这一版细则里已经有同一编号",
            ),
            models.CheckConstraint(
                condition=Q(points__gt=0),
                name="rule_points_positive",
                violation_error_message="分值应大于零，加减由“加减”一栏决定",
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def deducts(self) -> bool:
        return self.sign == Sign.DEDUCT

    @property
    def claimable(self) -> bool:
        """Whether households may claim it themselves: only where the rule says so, and never a deduction."""
        return HOUSEHOLD in self.recorder_roles and not self.deducts

    @property
    def terms(self) -> Terms:
        """What the arithmetic needs."""
        return Terms(
            name=self.name,
            unit=self.unit,
            points=self.points,
            deducts=self.deducts,
            cap_day=self.cap_day,
            cap_month=self.cap_month,
            cap_year=self.cap_year,
        )

    @property
    def caps_label(self) -> str:
        """The caps in one line."""
        caps = (("日", self.cap_day), ("月", self.cap_month), ("年", self.cap_year))
        return "、".join(f"每{name} {cap} 分" for name, cap in caps if cap is not None) or "不设上限"

    def content(self) -> dict[str, Any]:
        names = (
            "code category name unit sign points cap_day cap_month cap_year evidence photo_required "
            "recorder_roles reviewer_roles exclusive_group source order"
        )
        return {name: getattr(self, name) for name in names.split()}

    def audit_codes(self) -> tuple[str, str]:
        return self.rule_set.audit_codes()
