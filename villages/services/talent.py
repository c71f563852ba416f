"""Banks of people: saved filters (VIL-3)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from cogov.access.scope import Actor
from cogov.audit.services import record, snapshot
from cogov.common.errors import AccessDenied, InputError, Problem
from cogov.common.text import normalize_text
from villages.models import PoliticalStatus, Tag, TagTarget, TalentBank
from villages.services import base

_FIELDS = ("name", "description", "political_statuses", "with_skills", "order")


def save_talent_bank(
    *,
    actor: Actor,
    bank: TalentBank | None = None,
    code: str = "",
    name: str,
    description: str = "",
    tags: Sequence[Tag] = (),
    political_statuses: Sequence[str] = (),
    with_skills: bool = False,
    order: int = 100,
) -> TalentBank:
    """Create or change a bank; it must ask for something. ``code`` is for new ones. Raises AccessDenied, InputError."""
    if not actor.has_perm("villages.change_talentbank"):
        raise AccessDenied
    problems = []
    if not (tags or political_statuses or with_skills):
        problems.append(Problem("请至少选一个标签、一种政治面貌，或勾选“有技能特长”", column="标签（任一）"))
    if any(tag.target != TagTarget.RESIDENT for tag in tags):
        problems.append(Problem("只能选用于人的标签", column="标签（任一）"))
    if not set(political_statuses) <= set(PoliticalStatus.values):
        problems.append(Problem("没有这样的政治面貌", column="政治面貌（任一）"))
    if problems:
        raise InputError("人才库没有保存", problems)
    with transaction.atomic():
        fresh = (
            TalentBank.objects.select_for_update().get(pk=bank.pk)
            if bank is not None
            else TalentBank(code=code)
        )
        before = _state(fresh) if bank is not None else None
        fresh.name, fresh.description = normalize_text(name), normalize_text(description)
        fresh.political_statuses, fresh.with_skills = list(political_statuses), with_skills
        fresh.order = order
        base.validate(fresh)
        fresh.save()
        fresh.tags.set(tags)
        record(
            actor=actor,
            action="villages.save_talent_bank",
            summary=f"{'修改' if bank is not None else '新建'}人才库：{fresh.name}",
            obj=fresh,
            before=before,
            after=_state(fresh),
        )
    return fresh


def _state(bank: TalentBank) -> dict[str, object]:
    return {
        **snapshot(bank, _FIELDS),
        "标签": list(bank.tags.order_by("name").values_list("name", flat=True)),
    }
