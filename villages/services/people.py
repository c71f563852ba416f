"""Building resident rows from drafts: the one place where a person's columns are filled (VIL-3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.utils import timezone

from cogov.access.encryption import keyed_hash
from cogov.access.masking import IdentityNumber, Phone
from cogov.common.errors import InputError, Problem
from cogov.common.text import pinyin_initials
from villages import rules
from villages.models import Household, Relation, Resident, Tag, TagTarget
from villages.models.residents import ACTIVE_RESIDENT_STATES
from villages.rules import ResidentDraft


def clean_drafts(drafts: Sequence[ResidentDraft], *, ignore: int | None = None) -> list[ResidentDraft]:
    """Drafts in clean form. Raises InputError with everything that is wrong; rows count from 1 when there are several.

    ``ignore`` is the resident being edited, whose own number is no duplicate.
    """
    today = timezone.localdate()
    problems: list[Problem] = []
    clean: list[ResidentDraft] = []
    for index, draft in enumerate(drafts, start=1):
        row = index if len(drafts) > 1 else None
        checked, found = rules.check_resident(draft, today=today)
        problems.extend(replace(problem, row=row) for problem in found)
        if checked.relation not in Relation.values:
            problems.append(Problem("请选择与户主关系", row, "与户主关系"))
        clean.append(checked)
    numbers = [draft.id_number for draft in clean if draft.id_number]
    if len(set(numbers)) < len(numbers):
        problems.append(Problem("同一个身份证号出现了两次", column="身份证号"))
    elif numbers and not problems:
        hashes = {keyed_hash(number, "identity") for number in numbers}
        known = (
            Resident.objects.filter(id_number_hash__in=hashes, state__in=ACTIVE_RESIDENT_STATES)
            .exclude(pk=ignore)
            .select_related("household__village")
            .first()
        )
        if known is not None:
            problems.append(
                Problem(
                    "这个身份证号已经登记在册，同一个人不能登记两次；迁入请到原户办理“迁移”",
                    column="身份证号",
                    value=str(known.id_number),
                )
            )
    if problems:
        raise InputError("居民信息没有保存", problems)
    return clean


def fill(resident: Resident, draft: ResidentDraft) -> Resident:
    """Copy a clean draft onto an unsaved or locked row; state and tags are the caller's."""
    resident.name = draft.name
    resident.initials = pinyin_initials(draft.name)
    resident.sex = draft.sex
    resident.birth_date = draft.birth_date
    resident.relation = draft.relation
    # Wrapped at once: the row may be printed, logged or audited before it is read back.
    resident.id_number = IdentityNumber(draft.id_number)
    resident.phone = Phone(draft.phone)
    resident.political_status = draft.political_status
    resident.skills = draft.skills
    return resident


def insert_residents(household: Household, drafts: Iterable[ResidentDraft]) -> list[Resident]:
    """Write new residents with their tags; the caller has cleaned the drafts, locked the household, and audits."""
    written = []
    for draft in drafts:
        resident = fill(Resident(household=household, state=draft.state), draft)
        resident.save()
        if draft.tags:
            resident.tags.set(tags_by_name(draft.tags, TagTarget.RESIDENT))
        written.append(resident)
    return written


def tags_by_name(names: Iterable[str], target: str) -> list[Tag]:
    """Tags with these names. Raises InputError that names the unknown ones."""
    wanted = list(dict.fromkeys(names))
    found = {tag.name: tag for tag in Tag.objects.filter(name__in=wanted, target=target)}
    unknown = [name for name in wanted if name not in found]
    if unknown:
        raise InputError("标签没有保存", [Problem(f"没有这样的标签：{'、'.join(unknown)}", column="标签")])
    return [found[name] for name in wanted]
