"""How long the notices of a township hang and are open to objection, where it differs from the kind's own terms."""

from __future__ import annotations

from django.db import models

from cogov.access.scope import Scope, ScopedManager
from notices import kinds


class KindTerms(models.Model):
    """A township's own terms for one kind of notice. They hold for what is drafted afterwards (NTC-3)."""

    township = models.ForeignKey("villages.Township", models.PROTECT, related_name="+", verbose_name="乡镇")
    kind = models.CharField("种类", max_length=40)
    objection_workdays = models.PositiveSmallIntegerField("异议期（工作日）")
    posting_days = models.PositiveSmallIntegerField("张贴天数")
    needs_evidence = models.BooleanField("必须登记张贴照片", default=False)

    scope = Scope(township="township__code", upward=True)
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "公示期限"
        ordering = ("township", "kind")
        constraints = (
            models.UniqueConstraint(
                fields=["township", "kind"],
                name="kind_terms_once",
                violation_error_message="这个乡镇已规定这种公示的期限",
            ),
        )

    def __str__(self) -> str:
        return f"{self.township}{kinds.label_of(self.kind)}"

    def audit_codes(self) -> tuple[str, str]:
        return self.township.code, ""

    @property
    def terms(self) -> kinds.Terms:
        return kinds.Terms(self.objection_workdays, self.posting_days, self.needs_evidence)
