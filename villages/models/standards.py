"""What a village should have — 10个1, 一核一会一社, 1+6+N, 一约四会, 3会1社1站1中心 — and the evidence for it (VIL-4)."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from cogov.access.scope import Scope, ScopedManager
from villages.models.organisations import Organisation, OrganisationKind
from villages.models.places import Village


class OrganisationStandard(models.Model):
    """A list that a village can be measured against; a village may follow several."""

    code = models.SlugField("代码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=60, unique=True)
    source = models.CharField("依据", max_length=200, blank=True)
    order = models.PositiveSmallIntegerField("顺序", default=100)
    villages = models.ManyToManyField(
        Village,
        through="VillageStandard",
        related_name="standards",
        verbose_name="采用的村",
    )

    scope = Scope.public()
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "组织建设标准"
        ordering = ("order", "code")

    def __str__(self) -> str:
        return self.name


class StandardItem(models.Model):
    """One thing on the list. With ``organisation_kind`` an active organisation that has members is evidence by itself."""

    standard = models.ForeignKey(
        OrganisationStandard, models.PROTECT, related_name="items", verbose_name="标准"
    )
    order = models.PositiveSmallIntegerField("序号")
    name = models.CharField("项目", max_length=60)
    requirement = models.CharField("要求", max_length=200, blank=True)
    organisation_kind = models.ForeignKey(
        OrganisationKind,
        models.PROTECT,
        related_name="standard_items",
        null=True,
        blank=True,
        verbose_name="对应的组织",
    )
    retired = models.BooleanField("停用", default=False, help_text="停用后不再列入清单，已有的佐证都保留")

    scope = Scope.public()
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "标准项目"
        ordering = ("standard", "order")
        constraints = (
            models.UniqueConstraint(
                fields=["standard", "order"],
                name="standard_item_order_once",
                violation_error_message="同一标准的序号不能重复",
            ),
        )

    def __str__(self) -> str:
        return self.name


class VillageStandard(models.Model):
    """A village follows a standard."""

    village = models.ForeignKey(
        Village, models.PROTECT, related_name="chosen_standards", verbose_name="村（社区）"
    )
    standard = models.ForeignKey(OrganisationStandard, models.PROTECT, related_name="+", verbose_name="标准")
    chosen_on = models.DateField("采用日期")

    scope = Scope(township="village__township__code", village="village__code", upward=True)
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "采用的标准"
        ordering = ("village", "standard")
        constraints = (
            models.UniqueConstraint(
                fields=["village", "standard"],
                name="village_standard_once",
                violation_error_message="这个村已经采用这个标准",
            ),
        )

    def __str__(self) -> str:
        return f"{self.village} {self.standard}"

    def audit_codes(self) -> tuple[str, str]:
        return self.village.code[:9], self.village.code


class StandardEvidence(models.Model):
    """Why an item counts as done in a village. Withdrawn, never deleted."""

    village = models.ForeignKey(
        Village, models.PROTECT, related_name="standard_evidence", verbose_name="村（社区）"
    )
    item = models.ForeignKey(StandardItem, models.PROTECT, related_name="evidence", verbose_name="项目")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="组织"
    )
    description = models.CharField(
        "佐证", max_length=300, help_text="如：2026年3月12日村民会议通过，文本贴于村务公开栏"
    )
    fulfilled_on = models.DateField("完成日期")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name="登记人"
    )
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    withdrawn_reason = models.CharField("撤回原因", max_length=200, blank=True)

    scope = Scope(township="village__township__code", village="village__code", upward=True)
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "建设佐证"
        ordering = ("village", "item", "-id")
        indexes = (models.Index(fields=["village", "item"], name="standard_evidence_idx"),)

    def __str__(self) -> str:
        return f"{self.item}：{self.description}"

    def audit_codes(self) -> tuple[str, str]:
        return self.village.code[:9], self.village.code
