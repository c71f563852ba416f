"""Posting to the ledger (PNT-3): lock, check, entries, balances, in one transaction; the same source posts once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from cogov.access.scope import Actor, authorize, authorize_object
from cogov.audit.rows import insert as insert_event
from cogov.audit.services import AuditDraft, record, spelled
from cogov.audit.services import sealed as sealed_event
from cogov.common.errors import ConflictError, RuleError
from cogov.common.periods import Period
from points.models import PointsEntry, PointsMonth, PointsRecord, PointsRule
from points.rules import AccountFigures, Change, EntryKind, change_of, plain_change, reversal_of
from points.services import single
from points.services.bulk import AccountDelta, insert_entries, insert_entry, update_accounts
from points.services.locks import LockedAccount, lock_books
from points.services.prepared import Prepared, execute, text_array
from points.services.rows import EntryRow, sealed
from points.states import CLOSED, RECORD_STATES
from villages.models import Household, Village

REVERSIBLE = (EntryKind.EARN, EntryKind.BASE, EntryKind.DEDUCT, EntryKind.REDEEM)
MAX_REASON = 300
_BUSY = "积分没有入账：余额已经变动或同一来源正在入账，请刷新后重试"
_SOURCES = f"SELECT kind, source FROM {PointsEntry._meta.db_table} WHERE reversal_of_id IS NULL AND source"  # noqa: S608
# One array instead of thousands of parameters.
_KNOWN = Prepared("cogov_posted_sources", f"{_SOURCES} = ANY(%s::text[])")
_KNOWN_LITE = f"{_SOURCES} IN (SELECT value FROM json_each(%s))"  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One entry to be made. ``points`` are signed as a person reads them; ``source`` is the business key."""

    household_id: int
    kind: EntryKind
    points: int
    source: str
    reason: str
    occurred_on: date
    for_period: str = ""
    rule_id: int | None = None
    actor_id: int | None = None
    actor_name: str = ""
    reviewer_id: int | None = None
    reviewer_name: str = ""


@dataclass(frozen=True, slots=True)
class PostOutcome:
    """What a batch did; ``skipped`` sources had been posted before."""

    posted: int = 0
    skipped: int = 0
    points: int = 0


def open_period(village: Village, wanted: Period) -> Period:
    """The month in whose books an entry stands: the wanted one, or the first open month after it."""
    closed = set(
        PointsMonth.objects.filter(village=village, state=CLOSED, period__gte=wanted.key).values_list(
            "period", flat=True
        )
    )
    period = wanted
    while period.key in closed:
        period = period.next()
    return period


def posted_sources(postings: Sequence[Posting]) -> set[tuple[str, str]]:
    """(kind, source) of those that stand in the ledger already."""
    sources = sorted({posting.source for posting in postings})
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            execute(cursor, (_KNOWN,), [text_array(sources)])
        else:
            cursor.execute(_KNOWN_LITE, [json.dumps(sources)])
        return {(kind, source) for kind, source in cursor.fetchall()}


def _entry(
    account: LockedAccount,
    figures: AccountFigures,
    change: Change,
    posting: Posting,
    period: str,
    now: datetime,
) -> EntryRow:
    """The entry of a posting, not yet sealed."""
    steps = "；".join((posting.reason, *change.steps)) if change.steps else posting.reason
    return EntryRow(
        created_at=now,
        digest="",
        account_id=account.pk,
        village_id=account.village_id,
        kind=posting.kind.value,
        points=change.points,
        score=change.score,
        owed=change.owed,
        balance_after=figures.balance,
        period=period,
        for_period=posting.for_period or posting.occurred_on.isoformat()[:7],
        occurred_on=posting.occurred_on,
        source=posting.source,
        rule_id=posting.rule_id,
        reversal_of_id=None,
        reason=steps[:MAX_REASON],
        actor_id=posting.actor_id,
        actor_name=posting.actor_name[:150],
        reviewer_id=posting.reviewer_id,
        reviewer_name=posting.reviewer_name[:150],
    )


def add_change(delta: AccountDelta, kind: EntryKind, change: Change) -> None:
    """Sum an entry up; a reversal lowers what it reverses."""
    delta.entries += 1
    delta.balance += change.points
    delta.owed += change.owed
    if kind in (EntryKind.EARN, EntryKind.BASE) or (kind == EntryKind.REVERSE and change.score < 0):
        delta.earned += change.score
    elif kind == EntryKind.DEDUCT or (kind == EntryKind.REVERSE and change.score > 0):
        delta.deducted -= change.score
    elif kind in (EntryKind.REDEEM, EntryKind.REVERSE):
        delta.redeemed -= change.points


def write_postings(
    *,
    village: Village,
    period: Period,
    postings: Sequence[Posting],
    accounts: dict[int, LockedAccount],
    fresh: bool = False,
) -> PostOutcome:
    """Entries and balances for locked accounts; sources that were posted before are left out. Raises RuleError.

    ``fresh`` says that the caller holds the sources under a lock and knows that none is posted; should one be after
    all, the unique key refuses the whole batch.
    """
    known = set() if fresh else posted_sources(postings)
    figures = {pk: account.figures for pk, account in accounts.items()}
    deltas: dict[int, AccountDelta] = {}
    lines: list[tuple[LockedAccount, AccountFigures, Change, Posting]] = []
    for posting in postings:
        key = (posting.kind, posting.source)
        if key in known:
            continue
        known.add(key)
        account = accounts[posting.household_id]
        change = change_of(figures[posting.household_id], posting.kind, posting.points)
        after = figures[posting.household_id] = figures[posting.household_id].after(change)
        lines.append((account, after, change, posting))
        delta = deltas.get(account.pk)
        if delta is None:
            delta = deltas[account.pk] = AccountDelta(account.pk, period.year)
        add_change(delta, posting.kind, change)
    now, month = timezone.now(), period.key
    insert_entries((sealed(_entry(*line, month, now)) for line in lines), len(lines))
    update_accounts(deltas.values())
    score = sum(change.score for _, _, change, _ in lines)
    return PostOutcome(len(lines), len(postings) - len(lines), score)


def post_entries(*, village: Village, period: Period, postings: Sequence[Posting]) -> PostOutcome:
    """A batch in one transaction, all or nothing. Raises RuleError, ConflictError.

    ``period`` may be closed by now: then the first open month after it takes the entries.
    """
    try:
        with transaction.atomic():
            accounts, month = lock_books(village, (posting.household_id for posting in postings), period)
            return write_postings(village=village, period=month, postings=postings, accounts=accounts)
    except IntegrityError as error:
        raise ConflictError(_BUSY) from error


def post_entry(
    *,
    actor: Actor,
    household: Household,
    kind: EntryKind,
    points: int,
    source: str,
    reason: str,
    occurred_on: date | None = None,
    rule: PointsRule | None = None,
    reviewer: Actor | None = None,
) -> int:
    """One entry, now. Returns the key of the entry that stands under this source, whether made now or before.

    Raises AccessDenied, RuleError (not enough points), ConflictError.
    """
    authorize(actor, "points.post_points", household.village.code)
    day = occurred_on or timezone.localdate()
    posting = Posting(
        household_id=household.pk,
        kind=kind,
        points=points,
        source=source,
        reason=reason,
        occurred_on=day,
        rule_id=rule.pk if rule else None,
        actor_id=actor.audit_id,
        actor_name=actor.audit_name,
        reviewer_id=reviewer.audit_id if reviewer else None,
        reviewer_name=reviewer.audit_name if reviewer else "",
    )
    try:
        entry = _post_plain(actor, household, posting) if connection.vendor == "postgresql" else None
        return entry or _post_locked(actor, household, posting)
    except (RuleError, IntegrityError) as error:
        known = single.posted(kind, source)
        if known is not None:
            return known
        if isinstance(error, RuleError):
            raise
        raise ConflictError(_BUSY) from error


def _event(actor: Actor, household: Household, posting: Posting, change: Change) -> AuditDraft:
    return AuditDraft(
        actor=actor,
        action="points.post_entry",
        summary=f"积分入账：{household} {change.points:+d} 分",
        obj=household,
        after={"积分": change.points, "来源": posting.source},
        comment=posting.reason,
    )


def _post_plain(actor: Actor, household: Household, posting: Posting) -> int | None:
    """In one trip, when the account owes nothing and bears it and the month is open; else None."""
    change, period = plain_change(posting.kind, posting.points), Period.month_of(posting.occurred_on)
    unknown = LockedAccount(household.pk, 0, household.village_id, 0, 0)
    row = _entry(unknown, unknown.figures, change, posting, period.key, timezone.now())
    delta = AccountDelta(household.pk, period.year)
    add_change(delta, posting.kind, change)
    return single.post(row, delta, spelled(_event(actor, household, posting, change)))


def _post_locked(actor: Actor, household: Household, posting: Posting) -> int:
    """Lock, read, decide, write. Raises RuleError, IntegrityError."""
    with transaction.atomic():
        wanted = Period.month_of(posting.occurred_on)
        accounts, period = lock_books(household.village, [household.pk], wanted)
        account = accounts[household.pk]
        change = change_of(account.figures, posting.kind, posting.points)
        figures = account.figures.after(change)
        row = sealed(_entry(account, figures, change, posting, period.key, timezone.now()))
        pk = insert_entry(row)
        delta = AccountDelta(account.pk, period.year)
        add_change(delta, posting.kind, change)
        update_accounts([delta])
        insert_event(sealed_event(_event(actor, household, posting, change)))
    return pk


def reverse_entry(*, actor: Actor, entry: PointsEntry, reason: str) -> PointsEntry:
    """Take an entry back by an entry that names it (design 3.6). Idempotent: a reversed entry is not reversed again.

    Raises AccessDenied, RuleError. Whoever recorded or posted the entry cannot reverse it alone.
    """
    authorize_object(actor, "points.reverse_entry", entry)
    if not reason.strip():
        raise RuleError("冲正须写明原因")
    with transaction.atomic():
        home = entry.account.household_id
        accounts, period = lock_books(entry.village, [home], Period.month_of(timezone.localdate()))
        existing = PointsEntry.objects.filter(reversal_of=entry).first()
        if existing is not None:
            return existing
        if entry.kind not in REVERSIBLE:
            raise RuleError(f"“{entry.get_kind_display()}”不能冲正")
        if entry.source.startswith("redemption:"):
            raise RuleError("积分超市的兑换请在柜台撤销，货和积分一起退回")
        if actor.pk is not None and entry.actor_id == actor.pk:
            raise RuleError("登记人不能自己冲正，请另一位有权限的同志办理")
        text = f"冲正“{entry.reason[:120]}”：{reason}"
        row, change = take_back(actor=actor, entry=entry, account=accounts[home], period=period, text=text)
        _mark_record(entry)
        record(
            actor=actor,
            action="points.reverse_entry",
            summary=f"冲正积分：{entry.account.household} {change.points:+d} 分",
            obj=entry.account.household,
            before={"流水": entry.pk, "积分": entry.points, "事由": entry.reason},
            after={"积分": change.points, "余额": row.balance_after, "待扣": change.owed},
            comment=reason,
        )
        return PointsEntry.objects.get(reversal_of=entry)


def take_back(
    *, actor: Actor, entry: PointsEntry, account: LockedAccount, period: Period, text: str
) -> tuple[EntryRow, Change]:
    """Write the entry that takes ``entry`` back, for a locked account; ``text`` is what the household reads of it.

    The caller has checked who, when and why.
    """
    change = reversal_of(account.figures, Change(entry.points, entry.score, entry.owed))
    today = timezone.localdate()
    row = _reversal(entry, account, change, period, text=text, actor=actor, today=today)
    insert_entries([row], 1)
    delta = AccountDelta(account.pk, period.year)
    add_change(delta, EntryKind.REVERSE, change)
    update_accounts([delta])
    return row, change


def _reversal(
    entry: PointsEntry,
    account: LockedAccount,
    change: Change,
    period: Period,
    *,
    text: str,
    actor: Actor,
    today: date,
) -> EntryRow:
    told = "；".join((text, *change.steps))
    row = EntryRow(
        created_at=timezone.now(),
        digest="",
        account_id=account.pk,
        village_id=account.village_id,
        kind=EntryKind.REVERSE.value,
        points=change.points,
        score=change.score,
        owed=change.owed,
        balance_after=account.balance + change.points,
        period=period.key,
        for_period=entry.for_period,
        occurred_on=today,
        source=entry.source,
        rule_id=entry.rule_id,
        reversal_of_id=entry.pk,
        reason=told[:MAX_REASON],
        actor_id=actor.audit_id,
        actor_name=actor.audit_name[:150],
        reviewer_id=None,
        reviewer_name="",
    )
    return sealed(row)


def _mark_record(entry: PointsEntry) -> None:
    kind, _, pk = entry.source.partition(":")
    if kind != "record":
        return
    row = PointsRecord.objects.select_for_update().get(pk=int(pk))
    row.state = RECORD_STATES.move(row.state, "reverse").target
    row.save(update_fields=["state"])


__all__ = [
    "PostOutcome",
    "Posting",
    "add_change",
    "open_period",
    "post_entries",
    "post_entry",
    "posted_sources",
    "reverse_entry",
    "take_back",
    "write_postings",
]
