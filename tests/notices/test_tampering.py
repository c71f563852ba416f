"""Two hundred tamperings by raw SQL, with the append-only guards lifted: each is found, and its first bad row named.

Whoever can write to the database can also drop a trigger. What gives him away are the digests, the chains, the seals
and the operation log, which all have to be forged alike (BEY-2, NTC-2, design 3.6).
"""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from cogov.audit import seals
from cogov.audit.models import AuditEvent, Seal
from cogov.common.canonical import digest
from cogov.common.periods import Period
from notices import rules, services
from notices.models import (
    ChainHead,
    Notice,
    NoticeSnapshot,
    NoticeTransition,
    NumberSeries,
    Objection,
    PostingEvidence,
)
from notices.printing.qr import check_code, verify_token
from points import closing
from points.models import PointsAccount, PointsEntry
from tests.factories.documents import sample_content
from tests.factories.photos import photo_bytes
from tests.factories.points import Setting, setting
from tests.factories.villages import SYSTEM
from tests.support.tampering import bent, erase, other, write

pytestmark = [pytest.mark.django_db, pytest.mark.long]
COUNT = 200
SEED = 20260101


@pytest.fixture
def world(travel_to: Callable[[str], None]) -> Setting:
    """A village with a posted month, its list with photo and objection, eight more notices, one of them corrected."""
    travel_to("2026-11-02 09:00")
    place = setting()
    for index in range(4):
        place.approved(index, "L01", index + 1)
        place.approved(index, "E01", 1)
    for step in closing.STEPS:
        step.run(SYSTEM, place.village, Period.month(2026, 10))
    for number in range(8):
        draft = services.draft_notice(
            actor=place.cadre,
            kind="general",
            village=place.village,
            subject_key=f"s{number}",
            content=sample_content(f"第{number}件公示"),
        )
        services.publish_notice(actor=place.secretary, notice=draft)
    for notice in Notice.objects.filter(kind="general").order_by("pk")[:4]:
        services.record_posting(
            actor=place.cadre,
            notice=notice,
            posted_on=date(2026, 11, 2),
            board="村委会公示栏",
            photo=io.BytesIO(photo_bytes() + bytes([notice.pk % 256])),
        )
        row = services.file_objection(actor=place.cadre, notice=notice, channel="paper", text="少记五分")
        services.answer_objection(actor=place.secretary, objection=row, answer="核实无误", upheld=False)
    old = Notice.objects.filter(kind="general").order_by("pk").last()
    assert old is not None
    correction = services.draft_correction(
        actor=place.cadre, notice=old, content=sample_content("第7件公示", rows=5), reason="笔误"
    )
    services.publish_notice(actor=place.secretary, notice=correction)
    seals.seal_everything()
    return place


# -- what is tampered with --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tampering:
    """Done by ``do``, which returns words of which one must stand in the first fault; found by ``command``."""

    name: str
    command: str
    do: Callable[[random.Random], tuple[str, ...]]


def some(chance: random.Random, model: type[Any], **filters: Any) -> Any:
    return chance.choice(list(model._default_manager.filter(**filters).order_by("pk")))


def content_changed(chance: random.Random) -> tuple[str, ...]:
    row = some(chance, NoticeSnapshot)
    write(row, document=bent(chance, row.document))
    return (row.notice.number,)


def content_and_digests_forged(chance: random.Random) -> tuple[str, ...]:
    """Content with the digests of its own row made to fit; the chain behind it does not."""
    row = some(chance, NoticeSnapshot)
    row.document = bent(chance, row.document)
    row.content_digest = digest(row.document)
    row.chain_digest = rules.chain_digest(row.previous_chain, row.content_digest, row.position)
    row.digest = row.computed_digest()
    names = ("document", "content_digest", "chain_digest", "digest")
    write(row, **{name: getattr(row, name) for name in names})
    return (row.notice.number,)


def whole_chain_forged(chance: random.Random) -> tuple[str, ...]:
    """Every later link, the head and the codes made to fit: only the operation log still knows."""
    first = some(chance, NoticeSnapshot)
    rows = list(
        NoticeSnapshot.objects.filter(chain_code=first.chain_code, position__gte=first.position).order_by(
            "position"
        )
    )
    rows[0].document = bent(chance, rows[0].document)
    previous = rows[0].previous_chain
    for row in rows:
        row.previous_chain, row.content_digest = previous, digest(row.document)
        row.chain_digest = rules.chain_digest(previous, row.content_digest, row.position)
        row.digest = row.computed_digest()
        names = ("document", "previous_chain", "content_digest", "chain_digest", "digest")
        write(row, **{name: getattr(row, name) for name in names})
        previous = row.chain_digest
    code, token = check_code(rows[0].content_digest), verify_token(rows[0].content_digest)
    write(first.notice, check_code=code, verify_token=token)
    write(ChainHead.objects.get(code=first.chain_code), head=previous)
    return (first.notice.number,)


def column(model: type[Any], *names: str) -> Callable[[random.Random], tuple[str, ...]]:
    """One of these columns of a random row says something else."""

    def do(chance: random.Random) -> tuple[str, ...]:
        row = some(chance, model)
        name = chance.choice(names)
        write(row, **{name: other(chance, getattr(row, name))})
        notice = row if isinstance(row, Notice) else getattr(row, "notice", None)
        if notice is None:
            return (f"#{row.pk}",)
        # The number itself may be what was changed: the place in the chain names the notice then.
        return (notice.number, f"公示链第{notice.snapshot.position}份")

    return do


def state_set_back(chance: random.Random) -> tuple[str, ...]:
    row = some(chance, Notice, state="superseded")
    write(row, state="withdrawn")
    return (row.number,)


def snapshot_erased(chance: random.Random) -> tuple[str, ...]:
    row = some(chance, NoticeSnapshot)
    erase(row)
    last = not NoticeSnapshot.objects.filter(chain_code=row.chain_code, position__gt=row.position).exists()
    return ("公示链记到",) if last else (f"链上缺少第{row.position}份",)


def head_moved(chance: random.Random) -> tuple[str, ...]:
    row = some(chance, ChainHead, position__gt=0)
    name = chance.choice(("position", "head"))
    write(row, **{name: other(chance, getattr(row, name))})
    return (row.code,)


def tail_cut(chance: random.Random) -> tuple[str, ...]:
    """The last notice of a chain gone with everything that hangs on it, head and counter put back as if it never was."""
    head = some(chance, ChainHead, position__gt=0)
    row = NoticeSnapshot.objects.get(chain_code=head.code, position=head.position)
    notice = row.notice
    series = NumberSeries.objects.get(code=head.code, year=notice.year, series=notice.series)
    hanging = (*notice.evidence.all(), *notice.objections.all(), *notice.transitions.all())
    for gone in (*hanging, row, notice):
        erase(gone)
    write(head, position=head.position - 1, head=row.previous_chain)
    write(series, last=series.last - 1)
    return (notice.number,)


def counter_moved(chance: random.Random) -> tuple[str, ...]:
    row = some(chance, NumberSeries)
    write(row, last=other(chance, row.last))
    return (f"{row.code}的{row.series}",)


def erased(model: type[Any]) -> Callable[[random.Random], tuple[str, ...]]:
    """A row that hangs on a notice is gone."""

    def do(chance: random.Random) -> tuple[str, ...]:
        row = some(chance, model)
        erase(row)
        return (row.notice.number,)

    return do


def entry_changed(chance: random.Random) -> tuple[str, ...]:
    row = some(chance, PointsEntry)
    name = chance.choice(
        ("points", "score", "reason", "source", "occurred_on", "actor_name", "balance_after")
    )
    write(row, **{name: other(chance, getattr(row, name))})
    return (f"积分流水 #{row.pk}",)


def entry_erased(chance: random.Random) -> tuple[str, ...]:
    row = some(chance, PointsEntry)
    erase(row)
    return (f"积分账户 #{row.account_id}",)


def balance_changed(chance: random.Random) -> tuple[str, ...]:
    row = some(chance, PointsAccount, entry_count__gt=0)
    name = chance.choice(("balance", "earned", "entry_count"))
    write(row, **{name: other(chance, getattr(row, name))})
    return (f"积分账户 #{row.pk}",)


def event_changed(chance: random.Random) -> tuple[str, ...]:
    row = some(chance, AuditEvent)
    name = chance.choice(("summary", "actor_name", "action", "object_id", "created_at", "comment"))
    write(row, **{name: other(chance, getattr(row, name))})
    return (f"操作日志 #{row.pk}",)


def event_forged(chance: random.Random) -> tuple[str, ...]:
    """With its digest made to fit: the seal over it does not."""
    row = some(chance, AuditEvent)
    row.summary = other(chance, row.summary)
    write(row, summary=row.summary, digest=row.computed_digest())
    return ("封存：所封存的行被改动",)


def event_erased(chance: random.Random) -> tuple[str, ...]:
    row = some(chance, AuditEvent)
    erase(row)
    return (f"操作日志 #{row.pk}：已从账上消失",)


def photo_row_erased(chance: random.Random) -> tuple[str, ...]:
    row = some(chance, PostingEvidence)
    erase(row)
    return (f"张贴留痕 #{row.pk}：已从账上消失",)


def seal_changed(chance: random.Random) -> tuple[str, ...]:
    row = some(chance, Seal)
    name = chance.choice(("number", "row_count", "rows_digest", "previous_head", "head"))
    write(row, **{name: other(chance, getattr(row, name))})
    return ("号封存",)


NOTICES, LEDGERS, AUDIT = "verify_notices", "verify_ledgers", "verify_audit"
TAMPERINGS = (
    Tampering("公示内容", NOTICES, content_changed),
    Tampering("公示内容连同本行摘要", NOTICES, content_and_digests_forged),
    Tampering("整条公示链", NOTICES, whole_chain_forged),
    Tampering("摘要", NOTICES, column(NoticeSnapshot, "content_digest", "digest")),
    Tampering("链接", NOTICES, column(NoticeSnapshot, "previous_chain", "chain_digest", "verify_url")),
    Tampering("文号", NOTICES, column(Notice, "number", "serial", "year", "series")),
    Tampering(
        "公示的其他栏", NOTICES, column(Notice, "title", "kind", "period", "subject_key", "published_at")
    ),
    Tampering(
        "公示期",
        NOTICES,
        column(Notice, "publicity_start", "publicity_end", "posting_until", "needs_evidence"),
    ),
    Tampering("校验码", NOTICES, column(Notice, "check_code", "verify_token")),
    Tampering("公示状态", NOTICES, state_set_back),
    Tampering("删去公示存档", NOTICES, snapshot_erased),
    Tampering("链首", NOTICES, head_moved),
    Tampering("拆去链尾", NOTICES, tail_cut),
    Tampering("文号序列", NOTICES, counter_moved),
    Tampering(
        "张贴留痕",
        NOTICES,
        column(PostingEvidence, "posted_on", "board", "photo", "photo_sha256", "actor_name"),
    ),
    Tampering("删去张贴留痕", NOTICES, erased(PostingEvidence)),
    Tampering("办理经过", NOTICES, column(NoticeTransition, "actor_name", "source", "target", "created_at")),
    Tampering("异议", NOTICES, column(Objection, "text", "channel")),
    Tampering("异议的答复", NOTICES, column(Objection, "answer", "upheld")),
    Tampering("删去异议", NOTICES, erased(Objection)),
    Tampering("积分流水", LEDGERS, entry_changed),
    Tampering("删去积分流水", LEDGERS, entry_erased),
    Tampering("积分余额", LEDGERS, balance_changed),
    Tampering("操作日志", AUDIT, event_changed),
    Tampering("操作日志连同摘要", AUDIT, event_forged),
    Tampering("删去操作日志", AUDIT, event_erased),
    Tampering("删去已封存的张贴留痕", AUDIT, photo_row_erased),
    Tampering("封存", AUDIT, seal_changed),
)


def first_bad(command: str) -> str:
    """What the command names first; empty when it finds everything in order (and exits with 0)."""
    out = io.StringIO()
    try:
        call_command(command, "--json", stdout=out)
    except (CommandError, SystemExit):
        told = json.loads(out.getvalue())
        if command == NOTICES:
            return str(told["first_bad"])
        fault = (told["faults"] or [{"place": "", "message": str(told.get("guards"))}])[0]
        return f"{fault['place']}：{fault['message']}"
    return ""


def test_an_untouched_database_is_clean(world: Setting) -> None:
    assert [first_bad(command) for command in (NOTICES, LEDGERS, AUDIT)] == ["", "", ""]
    assert (NoticeSnapshot.objects.count(), PostingEvidence.objects.count()) == (10, 4)


def test_two_hundred_tamperings_are_all_found_and_named(world: Setting) -> None:
    chance = random.Random(SEED)  # noqa: S311 - reproducible, not secret
    missed = []
    done = 0
    while done < COUNT:
        tampering = TAMPERINGS[done % len(TAMPERINGS)]
        try:
            with transaction.atomic():
                words = tampering.do(chance)
                told = first_bad(tampering.command)
                transaction.set_rollback(True)
        except IntegrityError:
            continue  # a constraint of the database refused it at once; try another
        done += 1
        if not any(word in told for word in words):
            missed.append((done, tampering.name, words, told))
    assert missed == []
    assert [first_bad(command) for command in (NOTICES, LEDGERS, AUDIT)] == ["", "", ""]


def test_without_the_digests_nothing_would_be_found(world: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same change of content passes when the digest is not recomputed."""
    row = NoticeSnapshot.objects.order_by("pk")[2]
    changed = json.loads(json.dumps(row.document))
    changed["content"]["blocks"][0]["text"] = "现将另一些情况公示如下。"
    write(row, document=changed)
    assert row.notice.number in first_bad(NOTICES)
    kept = dict(NoticeSnapshot.objects.values_list("document__number", "content_digest"))
    monkeypatch.setattr(
        "notices.services.verifying.digest", lambda value: kept.get(value.get("number")) or digest(value)
    )
    monkeypatch.setattr(NoticeSnapshot, "computed_digest", lambda self: self.digest)
    assert first_bad(NOTICES) == ""
