"""Organisations of a village, their members and offices (VIL-4)."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from cogov.access.scope import Scope, ScopedManager
from villages.models.places import Village
from villages.models.residents import Resident


class OrganisationKind(models.Model):
    """村党支部, 村民理事会, 红白理事会, 尖刀班 … The list is data."""

    code = models.SlugField("代码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=40, unique=True)
    purpose = models.CharField("职责", max_length=200, blank=True)
    order = models.PositiveSmallIntegerField("顺序", default=100)

    scope = Scope.public()
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "组织类型"
        ordering = ("order", "code")

    def __str__(self) -> str:
        return self.name


class OrganisationState(models.TextChoices):
    ACTIVE = "active", "运行中"
    DISSOLVED = "dissolved", "已撤销"


class Organisation(models.Model):
    """One organisation of one village. Dissolved, never deleted."""

    village = models.ForeignKey(
        Village, models.PROTECT, related_name="organisations", verbose_name="村（社区）"
    )
    kind = models.ForeignKey(
        OrganisationKind, models.PROTECT, related_name="organisations", verbose_name="类型"
    )
    name = models.CharField("名称", max_length=60, help_text="如：板坑村红白理事会")
    founded_on = models.DateField("成立日期")
    basis = models.CharField(
        "成立依据", max_length=200, blank=True, help_text="如：2026年3月12日村民会议决议"
    )
    duties = models.TextField("职责分工", max_length=1000, blank=True)
    state = models.CharField(
        "状态",
        max_length=10,
        choices=OrganisationState.choices,
        default=OrganisationState.ACTIVE,
        editable=False,
    )
    dissolved_on = models.DateField("撤销日期", null=True, blank=True, editable=False)

    scope = Scope(township="village__township__code", village="village__code", upward=True)
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "组织"
        ordering = ("village", "kind", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["village", "name"],
                condition=Q(state="active"),
                name="organisation_name_once",
                violation_error_message="这个村已经有同名的组织",
            ),
            models.CheckConstraint(
                condition=Q(state="active", dissolved_on__isnull=True)
                | Q(state="dissolved", dissolved_on__gte=F("founded_on")),
                name="organisation_dissolved_dated",
                violation_error_message="撤销的组织须有不早于成立日期的撤销日期",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def audit_codes(self) -> tuple[str, str]:
        return self.village.code[:9], self.village.code


class OrganisationMember(models.Model):
    """Who holds which office in an organisation, for which term; a resident of the registry, or just a name."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="members", verbose_name="组织"
    )
    resident = models.ForeignKey(
        Resident, models.PROTECT, related_name="offices", null=True, blank=True, verbose_name="居民"
    )
    name = models.CharField("姓名", max_length=50)
    office = models.CharField("职务", max_length=30, help_text="如：会长、副会长、成员")
    order = models.PositiveSmallIntegerField("排序", default=10, validators=[MinValueValidator(1)])
    starts_on = models.DateField("任期开始")
    ends_on = models.DateField("任期结束", null=True, blank=True)

    scope = Scope(
        township="organisation__village__township__code", village="organisation__village__code", upward=True
    )
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "组织成员"
        ordering = ("organisation", "order", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["organisation", "resident"],
                condition=Q(resident__isnull=False, ends_on__isnull=True),
                name="organisation_member_once",
                violation_error_message="这位居民已经在这个组织任职",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="organisation_term_ordered",
                violation_error_message="任期结束不能早于开始",
            ),
        )

    def __str__(self) -> str:
        return f"{self.office} {self.name}"

    def audit_codes(self) -> tuple[str, str]:
        return self.organisation.audit_codes()
