"""The life of a points record (PNT-2) and of a deduction's hearing (PNT-1), as tables."""

from __future__ import annotations

from cogov.common.workflow import Transition, TransitionTable

DRAFT, SUBMITTED, RETURNED, APPROVED = "draft", "submitted", "returned", "approved"
POSTED, REVERSED, REJECTED, WITHDRAWN = "posted", "reversed", "rejected", "withdrawn"

RECORD_STATES = TransitionTable(
    {
        DRAFT: "草稿",
        SUBMITTED: "待审核",
        RETURNED: "已退回",
        APPROVED: "已审核",
        POSTED: "已入账",
        REVERSED: "已冲正",
        REJECTED: "不予认定",
        WITHDRAWN: "已撤回",
    },
    (
        Transition("submit", "提交", (DRAFT, RETURNED), SUBMITTED, "points.record_points"),
        Transition("approve", "审核通过", (SUBMITTED,), APPROVED, "points.review_points"),
        Transition("return", "退回", (SUBMITTED, APPROVED), RETURNED, "points.review_points"),
        Transition("reject", "不予认定", (SUBMITTED, APPROVED), REJECTED, "points.review_points"),
        Transition("withdraw", "撤回", (DRAFT, SUBMITTED, RETURNED), WITHDRAWN, "points.record_points"),
        Transition("post", "入账", (APPROVED,), POSTED, "points.post_points"),
        Transition("reverse", "冲正", (POSTED,), REVERSED, "points.reverse_entry"),
    ),
)
# What counts against a cap: awarded and not taken back.
COUNTED = (APPROVED, POSTED)
DECISIONS = ("approve", "return", "reject")

OPEN, CLOSED = "open", "closed"
MONTH_STATES = {OPEN: "未结", CLOSED: "已结"}

NOTIFIED, REPLIED, CONFIRMED, DROPPED = "notified", "replied", "confirmed", "dropped"
HEARING_STATES = TransitionTable(
    {NOTIFIED: "已告知", REPLIED: "已申辩", CONFIRMED: "维持扣分", DROPPED: "不予扣分"},
    (
        Transition("reply", "登记申辩", (NOTIFIED,), REPLIED, "points.record_points"),
        Transition("confirm", "维持扣分", (NOTIFIED, REPLIED), CONFIRMED, "points.review_points"),
        Transition("drop", "不予扣分", (NOTIFIED, REPLIED), DROPPED, "points.review_points"),
    ),
)
