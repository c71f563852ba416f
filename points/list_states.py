"""The life of a black-list entry (BEY-7): proposed, told, heard, listed by a second person, removed or expired."""

from __future__ import annotations

from cogov.common.workflow import Transition, TransitionTable

PROPOSED, NOTIFIED, REPLIED, LISTED = "proposed", "notified", "replied", "listed"
DROPPED, REMOVED = "dropped", "removed"
BLACK_LIST_DAYS = 30
"""Calendar days after which an entry expires by itself."""

LISTING_STATES = TransitionTable(
    {
        PROPOSED: "拟列入",
        NOTIFIED: "已告知",
        REPLIED: "已申辩",
        LISTED: "已公布",
        DROPPED: "不予列入",
        REMOVED: "已撤下",
    },
    (
        Transition("notify", "告知农户", (PROPOSED,), NOTIFIED, "points.propose_blacklist"),
        Transition("reply", "登记申辩", (NOTIFIED,), REPLIED, "points.propose_blacklist"),
        Transition("list", "同意列入", (NOTIFIED, REPLIED), LISTED, "points.decide_blacklist"),
        Transition("drop", "不予列入", (PROPOSED, NOTIFIED, REPLIED), DROPPED, "points.decide_blacklist"),
        Transition("remove", "撤下", (LISTED,), REMOVED, "points.decide_blacklist"),
    ),
)
