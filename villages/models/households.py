"""Households (VIL-2), and what else may hold points: a person, a village group (PNT-8)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from cogov.access.scope import Scope, ScopedManager
from villages.models.places import Village, VillageGroup
from villages.models.tags import Tag


class HouseholdState(models.TextChoices):
    REGISTERED = "registered", "在册"
    AWAY = "away", "外出"
    CANCELLED = "cancelled", "注销"


GONE_RESIDENT_STATES = {"moved": "已经迁出", "deceased": "已经去世"}


class HouseholdKind(models.TextChoices):
    """What a 户头 stands for. Only families are households of the register."""

    FAMILY = "family", "家庭户"
    PERSON = "person", "个人户"
    COLLECTIVE = "collective", "集体户"


class FamilyManager(ScopedManager):
    """Families only: what the register, its figures, lists and workbooks mean by a household."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().filter(kind=HouseholdKind.FAMILY)


class Household(models.Model):
    """户头: whatever holds points. Never deleted; split, merged or cancelled (HouseholdEvent).

    A family (家庭户) is the register's household, with members, subsidies and contributions. Where a village's rules give
    points to persons or groups (PNT-8), a 个人户 stands for one resident (``head``; he stays a member of his ``family``)
    and a 集体户 for a whole village group; both have no members and count nowhere among the households.
    ``objects`` and every related manager give families; ``holders`` gives all kinds. Numbers are unique over all kinds.
    """

    village = models.ForeignKey(Village, models.PROTECT, related_name="households", verbose_name="村")
    number = models.CharField("户号", max_length=20)
    group = models.ForeignKey(
        VillageGroup, models.PROTECT, related_name="households", verbose_name="村民小组"
    )
    kind = models.CharField(
        "种类",
        max_length=10,
        choices=HouseholdKind.choices,
        default=HouseholdKind.FAMILY,
        db_default=HouseholdKind.FAMILY,
        editable=False,
    )
    family = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="所属家庭户",
    )
    head = models.ForeignKey(
        "villages.Resident", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="户主"
    )
    head_name = models.CharField("户主姓名", max_length=50, blank=True, editable=False)
    head_initials = models.CharField("户主拼音首字母", max_length=32, blank=True, editable=False)
    address = models.CharField("住址", max_length=200, blank=True)
    latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True, blank=True)
    registered_population = models.PositiveSmallIntegerField("户籍人口", default=0)
    actual_population = models.PositiveSmallIntegerField("常住人口", default=0)
    tags = models.ManyToManyField(Tag, blank=True, related_name="households", verbose_name="标签")
    state = models.CharField(
        "状态", max_length=10, choices=HouseholdState.choices, default=HouseholdState.REGISTERED
    )
    registered_on = models.DateField("立户日期", null=True, blank=True)
    cancelled_on = models.DateField("注销日期", null=True, blank=True, editable=False)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)
    updated_at = models.DateTimeField("更新时间", auto_now=True)

    scope = Scope(township="village__township__code", village="village__code", group="group__code")
    objects = FamilyManager()  # the first is the default: related managers give families too
    holders = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "户"
        ordering = ("village", "number")
        indexes = (
            models.Index(fields=["village", "group", "number"], name="household_group_idx"),
            # Prefix searches: PostgreSQL needs the pattern operator class; other databases ignore it.
            models.Index(
                fields=["head_initials"], name="household_initials_idx", opclasses=["varchar_pattern_ops"]
            ),
            models.Index(fields=["head_name"], name="household_head_idx", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["number"], name="household_number_idx"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["village", "number"],
                name="household_number_once",
                violation_error_message="这个村已经有同一户号",
            ),
            models.UniqueConstraint(
                fields=["village", "head"],
                condition=Q(kind="person"),
                name="household_person_once",
                violation_error_message="这个人在本村已经有个人户",
            ),
            models.UniqueConstraint(
                fields=["group"],
                condition=Q(kind="collective"),
                name="household_collective_once",
                violation_error_message="这个小组已经有集体户",
            ),
            models.CheckConstraint(
                condition=Q(kind="person", family__isnull=False, head__isnull=False)
                | Q(kind__in=("family", "collective"), family__isnull=True),
                name="household_kind_whole",
                violation_error_message="个人户须写明是哪个人、哪一户；其他户没有所属家庭户",
            ),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | Q(cancelled_on__isnull=False),
                name="household_cancelled_dated",
                violation_error_message="注销的户须有注销日期",
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(3, 54), longitude__range=(73, 136)),
                name="household_in_china",
                violation_error_message="坐标应在中国境内（纬度3–54，经度73–136），并且经纬度都要填",
            ),
        )

    def __str__(self) -> str:
        return f"{self.number_text} {self.head_name}".rstrip()

    @property
    def number_text(self) -> str:
        """The number as it is spoken and printed: 0012户; a person's or a group's as it is."""
        return f"{self.number}户" if self.kind == HouseholdKind.FAMILY else self.number

    def audit_codes(self) -> tuple[str, str]:
        return self.village.code[:9], self.village.code

    @property
    def is_active(self) -> bool:
        return self.state != HouseholdState.CANCELLED

    @property
    def home_id(self) -> int | None:
        """The family that this is, or in which the person lives now; None for a village group."""
        if self.kind == HouseholdKind.PERSON and self.head is not None:
            family: int = self.head.household_id
            return family
        return self.pk if self.kind == HouseholdKind.FAMILY else None

    @property
    def gone(self) -> str:
        """Why nothing more can be recorded or redeemed here, in Chinese; "" when it can.

        A person who died or left counts from that day, before his 个人户 is closed.
        """
        if not self.is_active:
            return "这一户已经注销" if self.kind == HouseholdKind.FAMILY else f"{self}已经注销"
        if self.kind != HouseholdKind.PERSON or self.head is None:
            return ""
        if self.head.state in GONE_RESIDENT_STATES:
            return f"{self.head_name}{GONE_RESIDENT_STATES[self.head.state]}，个人户不能再用，余额由村委会转到家里"
        if self.head.household.village_id != self.village_id:
            return f"{self.head_name}已经迁到别的村，个人户不能再用，余额由村委会转到家里"
        return ""
