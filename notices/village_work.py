"""What a village has to do for its notices: disclose, hang and photograph, write objections down, answer them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone

from notices import disclosures, states
from notices.disclosures import DueRow
from notices.models import Notice, Objection
from notices.selectors import current_notices
from notices.services.publicity_gate import GateResult, gate_of
from villages.models import Village


@dataclass(frozen=True, slots=True)
class RunningNotice:
    """A notice that hangs, with the addresses of what can be done with it; empty where it cannot."""

    notice: Notice
    gate: GateResult
    unposted: bool
    post_url: str
    object_url: str


@dataclass(frozen=True, slots=True)
class VillageWork:
    """Everything of the page."""

    due: list[DueRow]
    disclosed: list[DueRow]
    running: list[RunningNotice]
    objections: list[Objection]
    may_answer: bool

    @property
    def overdue(self) -> int:
        return sum(row.count for row in self.due if row.overdue)

    @property
    def to_disclose(self) -> int:
        return sum(row.count for row in self.due)

    @property
    def unposted(self) -> int:
        return sum(row.unposted for row in self.running)


def summary(user: Any, village: Village) -> list[tuple[str, int, str]]:
    """(what, how many, tone) for the home page of the village; nothing that is nought."""
    work = village_work(user, village)
    late = sum(row.answer_due < timezone.localdate() for row in work.objections)
    lines = [
        ("三务公开逾期", work.overdue, "bad"),
        ("三务公开到期", work.to_disclose - work.overdue, "warn"),
        ("公示要张贴拍照", work.unposted, "warn"),
        ("异议要答复", len(work.objections), "bad" if late else "warn"),
    ]
    return [line for line in lines if line[1]]


def village_work(user: Any, village: Village) -> VillageWork:
    """The lists of one village, as far as this person may act on them."""
    rows = disclosures.due_rows([village])
    open_rows = [row for row in rows if row.state != disclosures.DONE]
    done = [row for row in rows if row.state == disclosures.DONE]
    objections = (
        Objection.objects.for_user(user)
        .filter(notice__village=village, state=states.OPEN)
        .select_related("notice")
        .order_by("answer_due", "pk")
    )
    return VillageWork(
        due=open_rows,
        disclosed=done[-10:],
        running=_running(user, village),
        objections=list(objections),
        may_answer=user.has_perm("notices.answer_objection", village),
    )


def _running(user: Any, village: Village) -> list[RunningNotice]:
    """The village's own notices on the board, and those that still have to be hung up, the newest first."""
    unposted = Notice.objects.filter(
        village=village, needs_evidence=True, state=states.PUBLISHED, evidence__isnull=True
    )
    hanging = current_notices(village).filter(village=village)
    found = {row.pk: row for row in [*unposted.select_related("township", "village"), *hanging]}
    bare = {row.pk for row in unposted}
    may_post, may_object = (
        user.has_perm(f"notices.{name}", village) for name in ("post_notice", "register_objection")
    )
    out = []
    for notice in sorted(found.values(), key=lambda row: -row.pk):
        open_to_objection = notice.publicity_end is not None
        out.append(
            RunningNotice(
                notice=notice,
                gate=gate_of(notice) if open_to_objection else GateResult(True, ()),
                unposted=notice.pk in bare,
                post_url=_action("post", notice) if may_post else "",
                object_url=_action("object", notice) if may_object and open_to_objection else "",
            )
        )
    return out


def _action(code: str, notice: Notice) -> str:
    return reverse(f"admin:notices_notice_{code}", args=[notice.pk])
