"""Which resident a member of staff is: whoever's own family benefits may not approve (利害关系, domain.md 0)."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from cogov.access.scope import Scope, ScopedManager
from villages.models.households import Household
from villages.models.residents import Resident


class StaffResident(models.Model):
    """A user is this resident, and these households belong to close relatives."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="as_resident", verbose_name="账号"
    )
    resident = models.OneToOneField(Resident, models.PROTECT, related_name="as_staff", verbose_name="本人")
    relatives = models.ManyToManyField(
        Household, blank=True, related_name="staff_relatives", verbose_name="近亲属的户"
    )

    scope = Scope(
        township="resident__household__village__township__code",
        village="resident__household__village__code",
        group="resident__household__group__code",
    )
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "工作人员亲属申报"
        ordering = ("user",)

    def __str__(self) -> str:
        return f"{self.user}（{self.resident}）"

    def audit_codes(self) -> tuple[str, str]:
        return self.resident.audit_codes()
