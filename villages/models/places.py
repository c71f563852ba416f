"""Township -> village -> village group, with the national statistical division codes (VIL-1)."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models

from cogov.access.scope import Scope, ScopedManager


class Township(models.Model):
    """乡镇 / 街道. The code has 9 digits; its first six are the county's."""

    code = models.CharField(
        "区划代码", max_length=9, unique=True, validators=[RegexValidator(r"^\d{9}$", "应为9位数字")]
    )
    name = models.CharField("名称", max_length=50)
    province = models.CharField("省", max_length=30)
    city = models.CharField("市", max_length=30)
    county_code = models.CharField("县代码", max_length=6, db_index=True)
    county = models.CharField("县", max_length=30)

    scope = Scope(township="code", upward=True)
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "乡镇"
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name

    def audit_codes(self) -> tuple[str, str]:
        return self.code, ""


class VillageKind(models.TextChoices):
    VILLAGE = "village", "行政村"
    COMMUNITY = "community", "社区"


class Village(models.Model):
    """行政村 or 社区. The code has 12 digits; its first nine are the township's."""

    code = models.CharField(
        "区划代码", max_length=12, unique=True, validators=[RegexValidator(r"^\d{12}$", "应为12位数字")]
    )
    township = models.ForeignKey(Township, models.PROTECT, related_name="villages", verbose_name="乡镇")
    name = models.CharField("名称", max_length=50, help_text="如：板坑村、七星社区")
    official_name = models.CharField("全称", max_length=80, help_text="如：板坑村村委会")
    kind = models.CharField("类型", max_length=10, choices=VillageKind.choices, default=VillageKind.VILLAGE)
    initials = models.CharField("拼音首字母", max_length=32, blank=True, editable=False)

    scope = Scope(township="township__code", village="code", upward=True)
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "村（社区）"
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name

    def audit_codes(self) -> tuple[str, str]:
        return self.code[:9], self.code


class VillageGroup(models.Model):
    """村民小组 / 自然村 / 湾 / 社. The code is the village's plus the serial in three digits."""

    village = models.ForeignKey(Village, models.PROTECT, related_name="groups", verbose_name="村")
    serial = models.PositiveSmallIntegerField("序号")
    name = models.CharField("名称", max_length=50, help_text="如：2组、李家湾")
    code = models.CharField("代码", max_length=15, unique=True, editable=False)

    scope = Scope(township="village__township__code", village="village__code", group="code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "村民小组"
        ordering = ("village", "serial")
        constraints = (
            models.UniqueConstraint(
                fields=["village", "serial"],
                name="group_serial_once",
                violation_error_message="这个村已经有同一序号的小组",
            ),
            models.UniqueConstraint(
                fields=["village", "name"],
                name="group_name_once",
                violation_error_message="这个村已经有同名的小组",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def audit_codes(self) -> tuple[str, str]:
        return self.code[:9], self.code[:12]

    @staticmethod
    def code_for(village_code: str, serial: int) -> str:
        return f"{village_code}{serial:03d}"
