"""The life of a notice (NTC-2). Pure.

Whether a publicity period is running, over, or blocked by an objection follows from dates and
objections and is no state of its own.
"""

from __future__ import annotations

from cogov.common.workflow import Transition, TransitionTable

DRAFT, CHECKED, PUBLISHED = "draft", "checked", "published"
SUPERSEDED, WITHDRAWN = "superseded", "withdrawn"
PENDING = (DRAFT, CHECKED)
PUBLIC = (PUBLISHED, SUPERSEDED, WITHDRAWN)

NOTICE_STATES = TransitionTable(
    {
        DRAFT: "草稿",
        CHECKED: "已核对",
        PUBLISHED: "已发布",
        SUPERSEDED: "已更正替代",
        WITHDRAWN: "已撤回",
    },
    (
        Transition("check", "核对通过", (DRAFT,), CHECKED, "notices.check_notice"),
        Transition("return", "退回修改", (CHECKED,), DRAFT, "notices.check_notice"),
        Transition("publish", "发布", (CHECKED,), PUBLISHED, "notices.publish_notice"),
        Transition("supersede", "由更正公示替代", (PUBLISHED,), SUPERSEDED, "notices.publish_notice"),
        Transition("withdraw", "随更正公示撤回", (PUBLISHED,), WITHDRAWN, "notices.publish_notice"),
    ),
)

OPEN, ANSWERED = "open", "answered"
OBJECTION_STATES = TransitionTable(
    {OPEN: "待答复", ANSWERED: "已答复"},
    (Transition("answer", "答复", (OPEN,), ANSWERED, "notices.answer_objection"),),
)
