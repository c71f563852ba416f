"""Recomputing every digest and every chain: nothing published may have changed."""

from __future__ import annotations

from dataclasses import dataclass, field

from cogov.common.canonical import digest
from notices import rules, states
from notices.models import ChainHead, Notice, NoticeSnapshot
from notices.printing.qr import check_code, verify_token


@dataclass(slots=True)
class Verification:
    """``problems`` in the order of the chains: the first one names the first bad notice."""

    chains: int = 0
    notices: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        return not self.problems


def verify_notices(code: str = "") -> Verification:
    """Check all chains, or those of a township (9 digits) or village (12)."""
    result = Verification()
    heads = {row.code: row for row in ChainHead.objects.filter(code__startswith=code)}
    snapshots = NoticeSnapshot.objects.filter(chain_code__startswith=code).select_related("notice")
    current, previous, position = "", "", 0
    seen: set[str] = set()
    for row in snapshots.order_by("chain_code", "position").iterator(chunk_size=500):
        if row.chain_code != current:
            _check_head(result, heads.get(current), current, previous, position)
            current, previous, position = row.chain_code, "", 0
            seen.add(current)
            result.chains += 1
        position += 1
        result.notices += 1
        _check_row(result, row, previous, position)
        previous, position = row.chain_digest, row.position
    _check_head(result, heads.get(current), current, previous, position)
    for missing in sorted(set(heads) - seen):
        _check_head(result, heads[missing], missing, "", 0)
    _check_orphans(result, code)
    return result


def _check_row(result: Verification, row: NoticeSnapshot, previous: str, position: int) -> None:
    notice = row.notice
    name = f"{row.document.get('number', '')}（{row.chain_code}公示链第{row.position}份）"
    add = result.problems.append
    if row.position != position:
        add(f"{name}：链上缺少第{position}份")
    if digest(row.document) != row.content_digest:
        add(f"{name}：内容与摘要不符，内容被改动过")
    if row.previous_chain != previous and row.position == position:
        add(f"{name}：与上一份公示的链首不符")
    if rules.chain_digest(row.previous_chain, row.content_digest, row.position) != row.chain_digest:
        add(f"{name}：链首与内容摘要不符")
    if row.computed_digest() != row.digest:
        add(f"{name}：存档行被改动过")
    for problem in _notice_faults(notice, row):
        add(f"{name}：{problem}")


def _notice_faults(notice: Notice, row: NoticeSnapshot) -> list[str]:
    document = row.document
    faults = []
    if notice.state not in states.PUBLIC:
        faults.append("状态不是已发布")
    if notice.number != document.get("number") or notice.kind != document.get("kind"):
        faults.append("文号或种类与存档不符")
    if notice.check_code != check_code(row.content_digest) or notice.verify_token != verify_token(
        row.content_digest
    ):
        faults.append("校验码与存档不符")
    for name in ("publicity_start", "publicity_end", "posting_until"):
        value = getattr(notice, name)
        if (value.isoformat() if value else "") != document.get(name, ""):
            faults.append("公示日期与存档不符")
            break
    if notice.title != document["content"]["title"]:
        faults.append("标题与存档不符")
    return faults


def _check_head(result: Verification, head: ChainHead | None, code: str, chain: str, position: int) -> None:
    if not code:
        return
    if head is None:
        result.problems.append(f"{code}：公示链的链首记录不见了")
    elif head.position != position or head.head != chain:
        result.problems.append(f"{code}：公示链记到第{head.position}份，存档只到第{position}份或链首不符")


def _check_orphans(result: Verification, code: str) -> None:
    lost = Notice.objects.filter(
        state__in=states.PUBLIC, snapshot__isnull=True, township__code__startswith=code[:9]
    )
    for notice in lost.order_by("id")[:20]:
        result.problems.append(f"{notice.number}：已发布但没有存档")
