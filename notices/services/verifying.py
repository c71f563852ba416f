"""Recomputing every digest and every chain: nothing published may have changed, and what happened to it neither."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Prefetch
from django.utils import timezone

from cogov.audit.models import AuditEvent
from cogov.common.canonical import digest
from notices import rules, states
from notices.models import (
    ChainHead,
    Notice,
    NoticeSnapshot,
    NumberSeries,
    Objection,
    PostingEvidence,
)
from notices.printing.qr import check_code, verify_token

_FREEZE, _POST = "notices.freeze_notice", "notices.record_posting"
_OBJECT, _ANSWER = "notices.file_objection", "notices.answer_objection"
_CHUNK = 500
_VILLAGE_DIGITS = 12


@dataclass(slots=True)
class Verification:
    """``problems`` in the order of the chains: the first one names the first bad notice."""

    chains: int = 0
    notices: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        return not self.problems


@dataclass(slots=True)
class _Told:
    """What the operation log says about one notice, by action."""

    after: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def of(self, action: str) -> list[dict[str, Any]]:
        return self.after.get(action, [])


def verify_notices(code: str = "") -> Verification:
    """Check all chains, or those of a county (6 digits), township (9) or village (12)."""
    result = Verification()
    heads = {row.code: row for row in ChainHead.objects.filter(code__startswith=code)}
    told = _operation_log(code)
    snapshots = (
        NoticeSnapshot.objects.filter(chain_code__startswith=code)
        .select_related("notice__township", "notice__village", "notice__corrects")
        .prefetch_related(
            "notice__evidence",
            "notice__transitions",
            Prefetch("notice__objections", Objection.objects.defer("phone", "person")),
        )
    )
    current, previous, position = "", "", 0
    seen: set[str] = set()
    kept: set[str] = set()
    serials: dict[tuple[str, int, str], list[int]] = {}
    for row in snapshots.order_by("chain_code", "position").iterator(chunk_size=_CHUNK):
        if row.chain_code != current:
            _check_head(result, heads.get(current), current, previous, position)
            current, previous, position = row.chain_code, "", 0
            seen.add(current)
            result.chains += 1
        position += 1
        result.notices += 1
        name = f"{_number(row)}（{row.chain_code}公示链第{row.position}份）"
        entries = told.get(str(row.notice_id), _Told())
        faults = [*_row_faults(row, previous, position), *_notice_faults(row.notice, row)]
        faults += [*_log_faults(row, entries), *_evidence_faults(row.notice, entries)]
        result.problems += [f"{name}：{fault}" for fault in faults]
        previous, position = row.chain_digest, row.position
        kept.add(str(row.notice_id))
        serials.setdefault(_series_of(row.notice), []).append(row.notice.serial or 0)
    _check_head(result, heads.get(current), current, previous, position)
    for missing in sorted(set(heads) - seen):
        _check_head(result, heads[missing], missing, "", 0)
    _check_orphans(result, code)
    _check_lost(result, told, kept)
    _check_serials(result, code, serials)
    return result


def faults_of(notice: Notice) -> list[str]:
    """What is wrong with one published notice: its content, its columns, its link, what the log says of it.

    For pages that show it; whether the chain before it holds, :func:`verify_notices` says."""
    row = notice.snapshot
    told = _operation_log(notice=notice).get(str(notice.pk), _Told())
    return [
        *_row_faults(row, row.previous_chain, row.position),
        *_notice_faults(notice, row),
        *_log_faults(row, told),
    ]


def _number(row: NoticeSnapshot) -> str:
    """The number; both where the notice and its frozen document differ, for one of them was changed."""
    numbers = (row.notice.number, str(row.document.get("number", "")))
    return "／".join(dict.fromkeys(number for number in numbers if number))


def _operation_log(code: str = "", notice: Notice | None = None) -> dict[str, _Told]:
    """Notice -> what the log says of its publication, postings and objections."""
    events = AuditEvent.objects.filter(
        object_type="notices.notice", action__in=(_FREEZE, _POST, _OBJECT, _ANSWER)
    )
    if notice is not None:
        events = events.filter(object_id=str(notice.pk))
    elif code:
        place = (
            {"village_code": code} if len(code) == _VILLAGE_DIGITS else {"township_code__startswith": code}
        )
        events = events.filter(**place)
    out: dict[str, _Told] = {}
    rows = events.order_by("pk").values_list("object_id", "action", "after")
    for number, action, after in rows.iterator(chunk_size=5000):
        out.setdefault(number, _Told()).after.setdefault(action, []).append(after or {})
    return out


def _row_faults(row: NoticeSnapshot, previous: str, position: int) -> Iterator[str]:
    if row.position != position:
        yield f"链上缺少第{position}份"
    if digest(row.document) != row.content_digest:
        yield "内容与摘要不符，内容被改动过"
    if row.previous_chain != previous and row.position == position:
        yield "与上一份公示的链首不符"
    if rules.chain_digest(row.previous_chain, row.content_digest, row.position) != row.chain_digest:
        yield "链首与内容摘要不符"
    if row.computed_digest() != row.digest:
        yield "存档行被改动过"


def _notice_faults(notice: Notice, row: NoticeSnapshot) -> Iterator[str]:
    """Columns of the notice that repeat what is frozen."""
    document = row.document
    if notice.state not in states.PUBLIC:
        yield "状态不是已发布"
    if notice.number != document.get("number") or notice.kind != document.get("kind"):
        yield "文号或种类与存档不符"
    if rules.number_text(_prefix(document), notice.series, notice.year or 0, notice.serial or 0) != (
        notice.number
    ):
        yield "文号与年份、序列、顺序号不符"
    if notice.check_code != check_code(row.content_digest) or notice.verify_token != verify_token(
        row.content_digest
    ):
        yield "校验码与存档不符"
    if any(
        (value.isoformat() if (value := getattr(notice, name)) else "") != document.get(name, "")
        for name in ("publicity_start", "publicity_end", "posting_until")
    ):
        yield "公示日期与存档不符"
    signed = timezone.localdate(notice.published_at).isoformat() if notice.published_at else ""
    if signed != document.get("signed_on"):
        yield "发布日期与存档不符"
    if notice.title != document.get("content", {}).get("title"):
        yield "标题与存档不符"
    if (notice.period, notice.subject_key) != (document.get("period"), document.get("subject")):
        yield "期间或事项与存档不符"
    if notice.issuer_code != row.chain_code or notice.township.code != row.chain_code[:9]:
        yield "发文机关与公示链不符"
    corrected = notice.corrects.number if notice.corrects else ""
    if (corrected, notice.effect) != (document.get("corrects"), document.get("effect")):
        yield "更正对象与存档不符"
    if "terms" in document and asdict(notice.terms) != document["terms"]:
        yield "公示期限与存档不符"


def _prefix(document: dict[str, Any]) -> str:
    return str(document.get("issuer", {}).get("prefix", ""))


def _log_faults(row: NoticeSnapshot, told: _Told) -> Iterator[str]:
    """A chain that somebody computed anew from end to end still differs from the operation log."""
    frozen = [(after.get("内容摘要"), after.get("链首")) for after in told.of(_FREEZE)]
    if (row.content_digest, row.chain_digest) not in frozen:
        yield "与操作日志记下的内容摘要不符"
    moves = list(row.notice.transitions.all())
    if any(move.digest != move.computed_digest() for move in moves):
        yield "办理经过被改动过"
    if not moves or max(moves, key=lambda move: move.pk).target != row.notice.state:
        yield "状态与办理经过不符"


def _evidence_faults(notice: Notice, told: _Told) -> Iterator[str]:
    """Photos of the board and objections, against their own digests and against the log."""
    evidence = list(notice.evidence.all())
    for photo in evidence:
        if photo.digest != photo.computed_digest():
            yield f"张贴留痕 #{photo.pk} 被改动过"
        elif not _photo_holds(photo):
            yield f"张贴留痕 #{photo.pk} 的照片不见了或被换过"
    if Counter(row.photo_sha256 for row in evidence) != Counter(
        after.get("照片摘要") for after in told.of(_POST)
    ):
        yield "张贴留痕与操作日志不符"
    objections = list(notice.objections.all())
    known = [after["内容摘要"] for after in told.of(_OBJECT) if "内容摘要" in after]
    if len(objections) != len(told.of(_OBJECT)) or Counter(known) - Counter(
        objection_digest(row.channel, row.text) for row in objections
    ):
        yield "异议与操作日志不符"
    answered = [row for row in objections if row.state == states.ANSWERED]
    texts = [after["答复摘要"] for after in told.of(_ANSWER) if "答复摘要" in after]  # older events have none
    if Counter("成立" if row.upheld else "不成立" for row in answered) != Counter(
        after.get("结论") for after in told.of(_ANSWER)
    ) or Counter(texts) - Counter(map(answer_digest, answered)):
        yield "异议的答复与操作日志不符"


def objection_digest(channel: str, text: str) -> str:
    """What the operation log keeps of an objection: enough to see that it was changed, nothing to read."""
    return digest({"channel": channel, "text": text})


def answer_digest(row: Objection) -> str:
    """The same of its answer, with the conclusion and the objection that it answers."""
    told = objection_digest(row.channel, row.text)
    return digest({"objection": told, "answer": row.answer, "upheld": bool(row.upheld)})


def _photo_holds(row: PostingEvidence) -> bool:
    if not default_storage.exists(row.photo):
        return False
    with default_storage.open(row.photo) as file:
        return hashlib.sha256(file.read()).hexdigest() == row.photo_sha256


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


def _series_of(notice: Notice) -> tuple[str, int, str]:
    return notice.issuer_code, notice.year or 0, notice.series


def _check_lost(result: Verification, told: dict[str, _Told], kept: set[str]) -> None:
    """A notice that was cut off the end of its chain, with the head put back, still stands in the operation log."""
    for number in sorted(set(told) - kept, key=lambda key: (len(key), key)):
        for after in told[number].of(_FREEZE):
            result.problems.append(f"{after.get('文号')}：操作日志记有发布，公示和存档却不见了")


def _check_serials(result: Verification, code: str, found: dict[tuple[str, int, str], list[int]]) -> None:
    """No gap and no double in a series, and its counter stands at the last number."""
    rows = NumberSeries.objects.filter(code__startswith=code)
    counted = {(row.code, row.year, row.series): row.last for row in rows}
    for key in sorted({*found, *counted}):
        issuer, year, series = key
        serials, last = sorted(found.get(key, ())), counted.get(key, 0)
        name = f"{issuer}的{series}〔{year}〕"
        if serials != list(range(1, len(serials) + 1)):
            result.problems.append(f"{name}：文号不连续或有重号")
        if last != (serials[-1] if serials else 0):
            result.problems.append(
                f"{name}：文号序列记到第{last}号，公示到第{serials[-1] if serials else 0}号"
            )
