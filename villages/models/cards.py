"""The household card: a random token as QR, and a PIN (issue B: counter and kiosk)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from cogov.access.fields import EncryptedField, KeyedHashField
from cogov.access.masking import PersonalValue
from cogov.access.scope import Scope, ScopedManager
from villages.models.households import Household


class CardSecret(PersonalValue):
    """A card's token or code: printed on the card, shown to nobody."""

    label = "户卡"
    __slots__ = ()

    def masked(self) -> str:
        return "****"


class HouseholdCard(models.Model):
    """A card in a household's hands. The token (128 random bits) is the QR; the code (16 characters) is its typed form.

    Both are stored encrypted, found by keyed hash; reissuing revokes the old card.
    """

    household = models.ForeignKey(Household, models.PROTECT, related_name="cards", verbose_name="户")
    token = EncryptedField("令牌", value_type=CardSecret, editable=False)
    token_hash = KeyedHashField(source="token", purpose="card-token", unique=True)
    code_hash = models.CharField("卡号摘要", max_length=64, unique=True, editable=False)
    pin_hash = models.CharField("密码摘要", max_length=200, blank=True, editable=False)
    failed_pins = models.PositiveSmallIntegerField("连续输错次数", default=0, editable=False)
    locked_at = models.DateTimeField("锁定时间", null=True, blank=True, editable=False)
    issued_at = models.DateTimeField("发卡时间", auto_now_add=True)
    revoked_at = models.DateTimeField("作废时间", null=True, blank=True, editable=False)
    revoked_reason = models.CharField("作废原因", max_length=100, blank=True, editable=False)

    scope = Scope(
        township="household__village__township__code",
        village="household__village__code",
        group="household__group__code",
    )
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "户卡"
        ordering = ("-issued_at",)
        constraints = (
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(revoked_at__isnull=True),
                name="card_one_valid",
                violation_error_message="这一户已经有有效的卡，请先作废旧卡",
            ),
        )

    def __str__(self) -> str:
        return f"{self.household} 的户卡"

    def audit_codes(self) -> tuple[str, str]:
        return self.household.audit_codes()
