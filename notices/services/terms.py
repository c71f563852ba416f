"""The terms of a township's notices: read when something is drafted, set on the desk with the law's minimum (NTC-3)."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from cogov.access.scope import Actor, authorize
from cogov.audit.services import record
from cogov.common.errors import InputError, Problem, RuleError
from notices import kinds
from notices.models import KindTerms
from villages.models import Township

PERMISSION = "notices.manage_terms"


def terms_of(township: Township, kind: kinds.NoticeKind) -> kinds.Terms:
    """What holds for a notice of this kind drafted now."""
    if not kind.settable:
        return kind.terms
    own = KindTerms.objects.filter(township=township, kind=kind.code).first()
    return own.terms if own else kind.terms


def terms_by_kind(township: Township) -> dict[str, kinds.Terms]:
    """The same for every kind that a township may set. One query."""
    own = {row.kind: row.terms for row in KindTerms.objects.filter(township=township)}
    return {kind.code: own.get(kind.code, kind.terms) for kind in kinds.all_kinds() if kind.settable}


def save_terms(*, actor: Actor, instance: KindTerms | None, data: dict[str, Any]) -> KindTerms:
    """Set the terms of one kind in a township; notices drafted before keep theirs.

    Raises AccessDenied, RuleError for a kind without terms, InputError with everything below the minimum.
    """
    township = instance.township if instance else data["township"]
    authorize(actor, PERMISSION, township.code)
    kind = kinds.get(instance.kind if instance else data["kind"])
    if not kind.settable:
        raise RuleError(f"{kind.label}的期限是固定的，不能修改")
    wanted = kinds.Terms(
        int(data["objection_workdays"]), int(data["posting_days"]), bool(data["needs_evidence"])
    )
    problems = shortfalls(kind, wanted)
    if problems:
        raise InputError("期限不合规定", problems)
    with transaction.atomic():
        Township.objects.select_for_update().get(pk=township.pk)
        row = KindTerms.objects.filter(township=township, kind=kind.code).first()
        before = row.terms if row else kind.terms
        row = row or KindTerms(township=township, kind=kind.code)
        row.objection_workdays, row.posting_days = wanted.objection_workdays, wanted.posting_days
        row.needs_evidence = wanted.needs_evidence
        row.save()
        record(
            actor=actor,
            action="notices.save_terms",
            summary=f"{township}{kind.label}的公示期限：{describe(wanted)}",
            obj=row,
            before=_told(before),
            after=_told(wanted),
        )
    return row


def shortfalls(kind: kinds.NoticeKind, wanted: kinds.Terms) -> list[Problem]:
    """What is below the minimum or beyond reason, by the label of its field."""
    least, out = kind.least, []
    if not kind.objection_workdays and wanted.objection_workdays:
        out.append(Problem(f"{kind.label}不设异议期，请填 0", column="异议期（工作日）"))
    elif not least.objection_workdays <= wanted.objection_workdays <= kinds.MOST_WORKDAYS:
        text = f"异议期应在 {least.objection_workdays} 至 {kinds.MOST_WORKDAYS} 个工作日之间"
        out.append(Problem(text, column="异议期（工作日）"))
    if not least.posting_days <= wanted.posting_days <= kinds.MOST_DAYS:
        text = f"张贴天数应在 {least.posting_days} 至 {kinds.MOST_DAYS} 天之间"
        law = (
            "（村民委员会组织法第三十五条：公布不少于15日）"
            if least.posting_days == kinds.DISCLOSURE_DAYS
            else ""
        )
        out.append(Problem(text + law, column="张贴天数"))
    if least.needs_evidence and not wanted.needs_evidence:
        out.append(Problem(f"{kind.label}必须登记张贴照片，不能免", column="必须登记张贴照片"))
    return out


def describe(terms: kinds.Terms) -> str:
    """公示7个工作日，张贴15天，要张贴照片."""
    parts = []
    if terms.objection_workdays:
        parts.append(f"公示{terms.objection_workdays}个工作日")
    parts.append(f"张贴{terms.posting_days}天" if terms.posting_days else "不张贴")
    if terms.needs_evidence:
        parts.append("要张贴照片")
    return "，".join(parts)


def _told(terms: kinds.Terms) -> dict[str, Any]:
    return {
        "异议期（工作日）": terms.objection_workdays,
        "张贴天数": terms.posting_days,
        "张贴照片": "必须" if terms.needs_evidence else "不要求",
    }
