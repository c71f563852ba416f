"""Places, households and people. Households come with a head (and members when asked), their derived columns right."""

from __future__ import annotations

import datetime as dt
from typing import Any

import factory
from factory.django import DjangoModelFactory

from cogov.access.scope import SystemActor
from cogov.common.text import pinyin_initials
from tests.factories.issuers import TELEPHONE, give_telephone
from villages.identity import check_character
from villages.models import Household, Resident, Tag, Township, Village, VillageGroup
from villages.rules import ResidentDraft
from villages.services import refresh_households

SYSTEM = SystemActor("测试")

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗单仇曾查区解"
GIVEN = ("建国", "秀英", "志强", "桂兰", "小芳", "明", "丽华", "德胜", "玉梅", "海燕")


def invented_name(n: int) -> str:
    return SURNAMES[n % len(SURNAMES)] + GIVEN[n // len(SURNAMES) % len(GIVEN)]


def identity_number(n: int, birth_date: dt.date = dt.date(1970, 1, 1), sex: str = "male") -> str:
    """A valid number that belongs to nobody: serials are counted within one birth date. ``n`` < 500."""
    serial = (2 * n + (1 if sex == "male" else 0)) % 1000
    body = f"421223{birth_date:%Y%m%d}{serial:03d}"
    return body + check_character(body)


class TownshipFactory(DjangoModelFactory):
    class Meta:
        model = Township
        django_get_or_create = ("code",)
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"4212231{n % 100:02d}")
    name = factory.Sequence(lambda n: f"测试{n}镇")
    province, city, county_code, county = "湖北省", "咸宁市", "421223", "崇阳县"

    @factory.post_generation
    def telephone(self, create: bool, extracted: str | None, **_: Any) -> None:
        """Where to object can be called; ``telephone=""`` makes a township that nobody has set up."""
        if create and extracted != "":
            give_telephone(self, extracted or TELEPHONE)


class VillageFactory(DjangoModelFactory):
    class Meta:
        model = Village
        django_get_or_create = ("code",)

    township = factory.SubFactory(TownshipFactory)
    code = factory.LazyAttributeSequence(lambda o, n: f"{o.township.code}{n % 1000:03d}")
    name = factory.Sequence(lambda n: f"测试{n}村")
    official_name = factory.LazyAttribute(lambda o: f"{o.name}村委会")
    initials = factory.LazyAttribute(lambda o: pinyin_initials(o.name))


class VillageGroupFactory(DjangoModelFactory):
    class Meta:
        model = VillageGroup
        django_get_or_create = ("code",)

    village = factory.SubFactory(VillageFactory)
    serial = factory.LazyAttribute(lambda o: o.village.groups.count() + 1)
    name = factory.LazyAttribute(lambda o: f"{o.serial}组")
    code = factory.LazyAttribute(lambda o: VillageGroup.code_for(o.village.code, o.serial))


class TagFactory(DjangoModelFactory):
    class Meta:
        model = Tag
        django_get_or_create = ("name",)

    name = "低保"
    target = "household"


class HouseholdFactory(DjangoModelFactory):
    """``HouseholdFactory(village=v, head__name="单小芳", members=2)``: a head and that many children.

    ``head=False`` makes an empty household; ``number`` counts up.
    """

    class Meta:
        model = Household
        skip_postgeneration_save = True

    village = factory.LazyAttribute(lambda o: o.group.village if o.group else VillageFactory())
    group = None
    number = factory.Sequence(lambda n: f"{n + 1:04d}")

    @classmethod
    def _adjust_kwargs(cls, **kwargs: Any) -> dict[str, Any]:
        if kwargs.get("group") is None:
            village = kwargs["village"]
            kwargs["group"] = village.groups.first() or VillageGroupFactory(village=village)
        return kwargs

    @factory.post_generation
    def head(self, create: bool, extracted: Any, **fields: Any) -> None:
        if create and extracted is not False:
            ResidentFactory(household=self, relation="head", **fields)

    @factory.post_generation
    def members(self, create: bool, extracted: int | None, **fields: Any) -> None:
        if create:
            for _ in range(extracted or 0):
                ResidentFactory(household=self, **{"relation": "child", **fields})
            refresh_households([self.pk])
            self.refresh_from_db()

    @factory.post_generation
    def tag_names(self, create: bool, extracted: tuple[str, ...] | None, **_: Any) -> None:
        if create and extracted:
            self.tags.set([TagFactory(name=name) for name in extracted])


class ResidentFactory(DjangoModelFactory):
    """A person without identity number unless one is given."""

    class Meta:
        model = Resident

    household = factory.SubFactory(HouseholdFactory, head=False)
    name = factory.Sequence(invented_name)
    initials = factory.LazyAttribute(lambda o: pinyin_initials(o.name))
    sex = "male"
    birth_date = dt.date(1970, 1, 1)
    relation = "child"


def draft(n: int = 0, relation: str = "child", **fields: Any) -> ResidentDraft:
    """A correct draft with a valid identity number."""
    sex = fields.pop("sex", "male")
    birth_date = fields.pop("birth_date", dt.date(1970, 1, 1))
    return ResidentDraft(
        **{
            "name": invented_name(n),
            "relation": relation,
            "sex": sex,
            "birth_date": birth_date,
            "id_number": identity_number(n, birth_date, sex),
            **fields,
        }
    )
