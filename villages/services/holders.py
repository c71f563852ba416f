"""Rows for what holds points beside the families (PNT-8): one per person, one per village group.

Written set-wise for the points rooms, which decide when; the caller authorises, audits and holds the transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils import timezone

from cogov.common.text import pinyin_initials
from villages.models import (
    Household,
    HouseholdCard,
    HouseholdKind,
    HouseholdState,
    Resident,
    Village,
    VillageGroup,
)
from villages.services import base

_NUMBER_LENGTH = 20
_CHUNK = 500


def place_persons(village: Village, residents: Iterable[Resident]) -> list[Household]:
    """A 个人户 for each of these residents (with their households loaded), numbered after the family: 0012-1, 0012-2."""
    base.lock_village(village.pk)
    taken = _numbers(village)
    rows = []
    for resident in sorted(residents, key=lambda one: (one.household.number, one.relation != "head", one.pk)):
        home = resident.household
        rows.append(
            Household(
                village=village,
                kind=HouseholdKind.PERSON,
                family=home,
                group_id=home.group_id,
                number=_person_number(home.number, taken),
                head=resident,
                head_name=resident.name,
                head_initials=resident.initials or pinyin_initials(resident.name),
                registered_on=timezone.localdate(),
            )
        )
    return Household.holders.bulk_create(rows, batch_size=_CHUNK)


def place_collectives(village: Village, groups: Iterable[VillageGroup]) -> list[Household]:
    """A 集体户 for each of these village groups: 集01 for the first."""
    base.lock_village(village.pk)
    taken = _numbers(village)
    rows = []
    for group in sorted(groups, key=lambda one: one.serial):
        name = f"{group.name}集体"[:50]
        rows.append(
            Household(
                village=village,
                kind=HouseholdKind.COLLECTIVE,
                group=group,
                number=_free(f"集{group.serial:02d}", taken),
                head_name=name,
                head_initials=pinyin_initials(name),
                registered_on=timezone.localdate(),
            )
        )
    return Household.holders.bulk_create(rows, batch_size=_CHUNK)


def follow_register(rows: Sequence[Household]) -> list[Household]:
    """Bring name, family and group of open holders up to date with the register; returns those that changed.

    Persons come with ``head__household``, groups with ``group``. Numbers stay: they are printed on cards and lists.
    """
    changed = []
    for row in rows:
        before = row.family_id, row.group_id, row.head_name
        if row.kind == HouseholdKind.PERSON and row.head is not None:
            if row.head.household.village_id != row.village_id:
                continue
            row.family, row.group_id, row.head_name = (
                row.head.household,
                row.head.household.group_id,
                row.head.name,
            )
        elif row.kind == HouseholdKind.COLLECTIVE:
            row.head_name = f"{row.group.name}集体"[:50]
        if before != (row.family_id, row.group_id, row.head_name):
            row.head_initials, row.updated_at = pinyin_initials(row.head_name), timezone.now()
            changed.append(row)
    Household.holders.bulk_update(
        changed, ["family", "group", "head_name", "head_initials", "updated_at"], batch_size=_CHUNK
    )
    return changed


def close_holders(rows: Sequence[Household], reason: str) -> None:
    """Cancel holders and revoke their cards."""
    now, today = timezone.now(), timezone.localdate()
    ids = [row.pk for row in rows]
    Household.holders.filter(pk__in=ids).update(
        state=HouseholdState.CANCELLED, cancelled_on=today, updated_at=now
    )
    HouseholdCard.objects.filter(household__in=ids, revoked_at__isnull=True).update(
        revoked_at=now, revoked_reason=reason[:100]
    )


def reopen_holders(rows: Sequence[Household]) -> None:
    """Take back the cancellation of holders whose person is on the village's register again; they need a new card."""
    Household.holders.filter(pk__in=[row.pk for row in rows]).update(
        state=HouseholdState.REGISTERED, cancelled_on=None, updated_at=timezone.now()
    )


def _numbers(village: Village) -> set[str]:
    return set(Household.holders.filter(village=village).values_list("number", flat=True))


def _person_number(family: str, taken: set[str]) -> str:
    """The family's number and the first free ordinal; a long number is cut so that it fits."""
    stem, ordinal = family[: _NUMBER_LENGTH - 5], 1
    while f"{stem}-{ordinal}" in taken:
        ordinal += 1
    number = f"{stem}-{ordinal}"
    taken.add(number)
    return number


def _free(number: str, taken: set[str]) -> str:
    """``number``, or with an ordinal when a family has it."""
    if number in taken:
        return _person_number(number, taken)
    taken.add(number)
    return number
