"""Who issues, under which numbers, in which chain."""

from __future__ import annotations

from django.db import models

from cogov.access.scope import Scope, ScopedManager


class IssuerProfile(models.Model):
    """How a township or village signs: red heading, number prefix, seal, and where to object. Data, editable."""

    township = models.ForeignKey("villages.Township", models.PROTECT, related_name="+", verbose_name="乡镇")
    village = models.OneToOneField(
        "villages.Village",
        models.PROTECT,
        related_name="issuer_profile",
        verbose_name="村",
        null=True,
        blank=True,
    )
    heading = models.CharField("发文机关标志", max_length=40, help_text="红头文字，如：沙坪镇人民政府文件")
    signer = models.CharField("落款单位", max_length=60, help_text="如：沙坪镇板坑村村民委员会")
    prefix = models.CharField("机关代字", max_length=20, help_text="文号开头，如：沙政、板坑村")
    objection_place = models.CharField("异议受理地点", max_length=60)
    objection_telephone = models.CharField("异议受理电话", max_length=30, blank=True)
    objection_receiver = models.CharField("异议受理机构", max_length=40, blank=True, default="村务监督委员会")
    seal = models.TextField("印章图片", blank=True, default="", editable=False, help_text="PNG，base64")

    scope = Scope(township="township__code", village="village__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "发文机关"
        ordering = ("township", "village")
        constraints = (
            models.UniqueConstraint(
                fields=["township"],
                condition=models.Q(village__isnull=True),
                name="issuer_township_once",
                violation_error_message="这个乡镇已有发文机关资料",
            ),
        )

    def __str__(self) -> str:
        return self.signer

    def audit_codes(self) -> tuple[str, str]:
        return self.township.code, self.village.code if self.village else ""


class ChainHead(models.Model):
    """The head of an issuer's chain of notices. Whoever publishes for this issuer locks this row first."""

    code = models.CharField("发文机关代码", max_length=12, primary_key=True)
    position = models.PositiveIntegerField("链上序号", default=0)
    head = models.CharField("链首摘要", max_length=64, blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "公示链"

    def __str__(self) -> str:
        return f"{self.code} #{self.position}"


class NumberSeries(models.Model):
    """The counter of one issuer, year and series; counted up under the lock of the issuer's ChainHead."""

    code = models.CharField("发文机关代码", max_length=12)
    year = models.PositiveSmallIntegerField("年份")
    series = models.CharField("序列", max_length=20)
    last = models.PositiveIntegerField("最后一号", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "文号序列"
        constraints = (models.UniqueConstraint(fields=["code", "year", "series"], name="number_series_once"),)

    def __str__(self) -> str:
        return f"{self.code} {self.series}〔{self.year}〕{self.last}"
