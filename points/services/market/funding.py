"""The fund: opening it, money in and money taken back, always by two people."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from cogov.access.scope import Actor, authorize
from cogov.audit.services import record
from cogov.common.errors import InputError, Problem, RuleError
from cogov.common.money import format_yuan
from cogov.common.text import normalize_text
from points import market_rules as rules
from points.market_rules import FundKind
from points.models import FundPaper, RedemptionFund
from points.services.market.books import Paper, lock_fund, move_fund

MANAGE_FUND, CONFIRM_FUND = "points.manage_fund", "points.confirm_fund"


def save_fund(*, actor: Actor, instance: RedemptionFund | None, data: dict[str, Any]) -> RedemptionFund:
    """Open a fund for a village or a township, or rename it. Raises AccessDenied, InputError."""
    village = instance.village if instance else data.get("village")
    township = (
        instance.township if instance else data.get("township") or (village.township if village else None)
    )
    if township is None:
        raise InputError("没有保存", [Problem("请选择乡镇或村", column="township")])
    if village is not None and village.township_id != township.pk:
        raise InputError("没有保存", [Problem("这个村不在所选的乡镇", column="village")])
    authorize(actor, MANAGE_FUND, village.code if village else township.code)
    with transaction.atomic():
        row = RedemptionFund.objects.select_for_update(of=("self",)).get(pk=instance.pk) if instance else None
        before = {"名称": row.name} if row else None
        row = row or RedemptionFund(township=township, village=village)
        row.name = normalize_text(data["name"])
        row.full_clean()
        row.save()
        record(
            actor=actor,
            action="points.save_fund",
            summary=f"{'修改' if before else '设立'}兑换基金：{row.name}",
            obj=row,
            before=before,
            after={"名称": row.name},
        )
    return row


def submit_fund_paper(
    *,
    actor: Actor,
    fund: RedemptionFund,
    kind: str,
    fen: int,
    origin: str,
    voucher: str = "",
    occurred_on: date | None = None,
) -> FundPaper:
    """Record money that came in or goes back; booked when another person confirms. Raises AccessDenied, RuleError."""
    authorize(actor, MANAGE_FUND, fund.code)
    day = occurred_on or timezone.localdate()
    if kind not in dict(FundPaper.KINDS):
        raise RuleError("没有这种收支")
    if isinstance(fen, bool) or not isinstance(fen, int) or fen < 1:
        raise RuleError("金额应大于零")
    if day > timezone.localdate():
        raise RuleError("日期不能晚于今天")
    if not origin.strip():
        raise RuleError("请填写资金来源或去向")
    with transaction.atomic():
        row = FundPaper.objects.create(
            fund=fund,
            kind=kind,
            fen=fen,
            origin=normalize_text(origin)[:60],
            voucher=normalize_text(voucher)[:40],
            occurred_on=day,
            recorder_id=actor.pk,
            recorder_name=actor.audit_name,
        )
        record(
            actor=actor,
            action="points.submit_fund_paper",
            summary=f"登记基金{row.get_kind_display()} {format_yuan(fen)}",
            obj=row,
            after={"金额": fen, "来源": row.origin, "凭证": row.voucher},
        )
    return row


def decide_fund_paper(*, actor: Actor, paper: FundPaper, approve: bool) -> FundPaper:
    """Confirm or return it; never one's own. Raises AccessDenied, RuleError (the fund cannot give that much)."""
    authorize(actor, CONFIRM_FUND, paper.fund.code)
    with transaction.atomic():
        row = FundPaper.objects.select_for_update(of=("self",)).select_related("fund").get(pk=paper.pk)
        if approve and row.state == rules.CONFIRMED:
            return row
        target = rules.PAPER_STATES.move(row.state, "confirm" if approve else "reject").target
        if actor.pk is not None and row.recorder_id == actor.pk:
            raise RuleError("登记人不能复核自己登记的收支")
        if approve:
            kind = FundKind(row.kind)
            signed = row.fen if kind == FundKind.ALLOCATE else -row.fen
            text = f"{row.get_kind_display()}：{row.origin} {row.voucher}".strip()
            move_fund(
                lock_fund(row.fund_id),
                kind,
                signed,
                Paper(f"fund:{row.pk}", text, actor, timezone.localdate()),
            )
        row.state, row.decided_by_id, row.decided_at = target, actor.pk, timezone.now()
        row.save(update_fields=["state", "decided_by", "decided_at"])
        record(
            actor=actor,
            action="points.decide_fund_paper",
            summary=f"{'复核通过' if approve else '退回'}基金{row.get_kind_display()} {format_yuan(row.fen)}",
            obj=row,
        )
    return row
