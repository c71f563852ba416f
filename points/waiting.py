"""What waits for a person in points besides the review list: one line each, within scope, never one's own papers."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from cogov.desk.registry import TodoItem, TodoSource
from points.list_states import LISTED, NOTIFIED, REPLIED
from points.models import BlackListing, YearEndRun
from points.models.year_ends import DRAFT
from points.services.blacklist import DECIDE
from villages.models import HouseholdCard
from villages.services.pins import UNLOCK


def _page(model: str, query: str = "") -> str:
    url = reverse(f"admin:{model}_changelist")
    return f"{url}?{query}" if query else url


def year_ends(user: Any) -> list[TodoItem]:
    """Trial runs of the year's end that another person worked out."""
    rows = YearEndRun.objects.for_user(user, "points.approve_year_end").filter(state=DRAFT)
    count = rows.exclude(drafted_by=user.pk).count()
    url = _page("points_yearendrun", f"state__exact={DRAFT}")
    return [TodoItem("年终积分处理待复核", url, count=count, tone="warn")] if count else []


def black_list(user: Any) -> list[TodoItem]:
    """Entries that can be decided: the household has replied or its time is over; and appeals without an answer."""
    rows = BlackListing.objects.for_user(user, DECIDE)
    today = timezone.localdate()
    due = rows.filter(Q(state=REPLIED) | Q(state=NOTIFIED, reply_until__lt=today))
    due = due.exclude(Q(proposed_by=user.pk) | Q(notified_by=user.pk))
    appeals = rows.filter(state=LISTED, appealed_on__isnull=False, appeal_decided_by__isnull=True)
    items = []
    if count := due.count():
        until = due.order_by("reply_until").values_list("reply_until", flat=True)[0]
        detail = f"最早的申辩截止 {until:%m月%d日}" if until else ""
        items.append(TodoItem("黑榜事项待决定", _page("points_blacklisting"), count, detail, tone="warn"))
    involved = Q(proposed_by=user.pk) | Q(notified_by=user.pk) | Q(decided_by=user.pk)
    if count := appeals.exclude(involved).count():
        items.append(
            TodoItem(
                "黑榜申诉待决定", _page("points_blacklisting", f"state__exact={LISTED}"), count, tone="warn"
            )
        )
    return items


def locked_cards(user: Any) -> list[TodoItem]:
    """Cards of households that stand before a locked door."""
    rows = HouseholdCard.objects.for_user(user, UNLOCK).filter(
        revoked_at__isnull=True, locked_at__isnull=False
    )
    count = rows.count()
    url = _page("villages_householdcard", "valid=locked")
    return [TodoItem("户卡已锁定，等解锁", url, count=count, detail="农户连续输错密码")] if count else []


TODOS = (
    TodoSource("points.year_end", "年终积分处理", "points.approve_year_end", year_ends, 32),
    TodoSource("points.black_list", "黑榜", DECIDE, black_list, 33),
    TodoSource("points.cards", "户卡", UNLOCK, locked_cards, 36),
)
