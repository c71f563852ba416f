"""Residents (VIL-3)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from cogov.access.fields import EncryptedField, KeyedHashField
from cogov.access.masking import IdentityNumber, Phone
from cogov.access.scope import Scope, ScopedManager
from villages.models.households import Household
from villages.models.tags import Tag


class Sex(models.TextChoices):
    MALE = "male", "男"
    FEMALE = "female", "女"


class Relation(models.TextChoices):
    HEAD = "head", "户主"
    SPOUSE = "spouse", "配偶"
    CHILD = "child", "子女"
    CHILD_IN_LAW = "child_in_law", "子女的配偶"
    PARENT = "parent", "父母"
    PARENT_IN_LAW = "parent_in_law", "配偶的父母"
    GRANDCHILD = "grandchild", "孙子女"
    GRANDPARENT = "grandparent", "祖父母"
    SIBLING = "sibling", "兄弟姐妹"
    OTHER_KIN = "other_kin", "其他亲属"
    NOT_KIN = "not_kin", "非亲属"


class ResidentState(models.TextChoices):
    REGISTERED = "registered", "在册"
    AWAY = "away", "外出"
    MOVED = "moved", "迁出"
    DECEASED = "deceased", "死亡"


class PoliticalStatus(models.TextChoices):
    MASSES = "masses", "群众"
    PARTY = "party", "中共党员"
    PROBATIONARY = "probationary", "中共预备党员"
    LEAGUE = "league", "共青团员"
    DEMOCRATIC = "democratic", "民主党派"


ACTIVE_RESIDENT_STATES = (ResidentState.REGISTERED.value, ResidentState.AWAY.value)


class Resident(models.Model):
    """人. The identity number is encrypted, found by exact match only, and always printed masked."""

    household = models.ForeignKey(Household, models.PROTECT, related_name="residents", verbose_name="户")
    name = models.CharField("姓名", max_length=50)
    initials = models.CharField("拼音首字母", max_length=32, blank=True, editable=False)
    sex = models.CharField("性别", max_length=6, choices=Sex.choices)
    birth_date = models.DateField("出生日期", null=True, blank=True)
    relation = models.CharField("与户主关系", max_length=20, choices=Relation.choices)
    id_number = EncryptedField("身份证号", value_type=IdentityNumber, blank=True, default="")
    id_number_hash = KeyedHashField(source="id_number", purpose="identity")
    phone = EncryptedField("联系电话", value_type=Phone, blank=True, default="")
    phone_hash = KeyedHashField(source="phone", purpose="phone")
    political_status = models.CharField(
        "政治面貌", max_length=12, choices=PoliticalStatus.choices, default=PoliticalStatus.MASSES
    )
    skills = models.CharField("技能特长", max_length=100, blank=True)
    tags = models.ManyToManyField(Tag, blank=True, related_name="residents", verbose_name="标签")
    state = models.CharField(
        "状态", max_length=10, choices=ResidentState.choices, default=ResidentState.REGISTERED
    )
    created_at = models.DateTimeField("建立时间", auto_now_add=True)
    updated_at = models.DateTimeField("更新时间", auto_now=True)

    scope = Scope(
        township="household__village__township__code",
        village="household__village__code",
        group="household__group__code",
    )
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "居民"
        ordering = ("household", "id")
        indexes = (
            # Prefix searches: PostgreSQL needs the pattern operator class; other databases ignore it.
            models.Index(fields=["name"], name="resident_name_idx", opclasses=["varchar_pattern_ops"]),
            models.Index(
                fields=["initials"], name="resident_initials_idx", opclasses=["varchar_pattern_ops"]
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["id_number_hash"],
                condition=~Q(id_number_hash="") & Q(state__in=ACTIVE_RESIDENT_STATES),
                name="resident_identity_once",
                violation_error_message="这个身份证号已经登记在另一个人名下",
            ),
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(relation="head") & Q(state__in=ACTIVE_RESIDENT_STATES),
                name="resident_one_head",
                violation_error_message="一户只能有一位户主",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def audit_codes(self) -> tuple[str, str]:
        code = self.household.village.code
        return code[:9], code
