"""Template tags of the desk: icons, chips, money, charts, the menu."""

from __future__ import annotations

import html
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import template
from django.contrib.admin.utils import unquote
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from cogov.common.charts import render_chart
from cogov.common.money import format_yuan
from cogov.desk import menu as menus
from cogov.desk import places
from cogov.desk.registry import ChartSpec, Figure

register = template.Library()

TONES = frozenset({"neutral", "info", "good", "warn", "bad", "accent"})


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of ``static/img/icons.svg``; decorative unless it has a label."""
    href = f"{static('img/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, href
        )
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', href
    )


@register.simple_tag
def chip(label: Any, tone: str = "neutral") -> SafeString:
    """A status chip; tones: neutral, info, good, warn, bad, accent."""
    return format_html('<span class="chip chip-{}">{}</span>', tone if tone in TONES else "neutral", label)


@register.filter
def yuan(fen: int | None) -> str:
    """Fen as "1,234.50 元"."""
    return "—" if fen is None else format_yuan(fen)


@register.filter
def signed(value: Any) -> str:
    """A number with its sign, and a true minus: +3, −2, 0."""
    if value is None:
        return "—"
    text = grouped(abs(value))
    return f"+{text}" if value > 0 else f"−{text}" if value < 0 else text


@register.filter
def grouped(value: Any) -> str:
    """A number with thousands separators and no needless zeros; anything else as it is."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Decimal):
        text = f"{value:,f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return "—" if value is None else str(value)


@register.filter
def masked(value: Any) -> str:
    """The masked text of a personal value; never the value itself."""
    return "—" if value is None or value == "" else str(value)


@register.filter
def is_number(value: Any) -> bool:
    """Whether a cell is a number and stands on the right."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


@register.filter
def days_left(due: date | None) -> str:
    """A due date as people say it: 今天到期, 还有3天, 已超2天."""
    if due is None:
        return ""
    days = (due - timezone.localdate()).days
    if days < 0:
        return f"已超期{-days}天"
    return "今天到期" if days == 0 else f"还有{days}天"


@register.filter
def due_tone(due: date | None) -> str:
    """Chip tone of a due date."""
    if due is None:
        return "neutral"
    days = (due - timezone.localdate()).days
    return "bad" if days < 0 else "warn" if days <= 2 else "neutral"


@register.simple_tag
def chart(spec: ChartSpec, width: int = 480, height: int = 240) -> SafeString:
    """A chart as inline SVG."""
    return render_chart(
        kind=spec.kind,
        title=spec.title,
        labels=list(spec.labels),
        series=list(spec.series),
        unit=spec.unit,
        width=width,
        height=height,
    )


@register.filter
def trend(figure: Figure) -> str:
    """Class of a figure's change: up, down or flat."""
    change = figure.change
    if change is None:
        return ""
    return "up" if change > 0 else "down" if change < 0 else "flat"


@register.simple_tag(takes_context=True)
def desk_menu(context: template.Context) -> tuple[menus.Section, ...]:
    """The menu of the person who looks at the page; empty for strangers and on pages without a request."""
    request: HttpRequest | None = context.get("request")
    user = getattr(request, "user", None)
    if request is None or user is None or not user.is_authenticated or not user.is_staff:
        return ()
    return menus.sections_for(request)


@register.simple_tag(takes_context=True)
def desk_nav(context: template.Context) -> tuple[menus.Link, ...]:
    """The links in the head of the cadre pages."""
    request: HttpRequest | None = context.get("request")
    user = getattr(request, "user", None)
    if request is None or user is None or not user.is_authenticated:
        return ()
    return menus.nav_for(request)


@register.inclusion_tag("components/bell.html", takes_context=True)
def bell(context: template.Context) -> dict[str, Any]:
    """The link to the message box with the number of unread messages."""
    from cogov.desk.inbox import unread_count  # noqa: PLC0415 - needs loaded models

    user = getattr(context.get("request"), "user", None)
    shown = user is not None and user.is_authenticated
    return {"shown": shown, "unread": unread_count(user) if shown else 0}


_BOOLEAN = re.compile(r'<img src="[^"]*/icon-(yes|no|unknown)[^"]*" alt="[^"]*">')
_BOOLEAN_WORDS = {"yes": "是", "no": "否", "unknown": "—"}


@register.filter
def booleans(markup: Any) -> SafeString:
    """Django's pictures for true and false as words, which everybody can read and a screen reader can say."""
    text = conditional_escape(markup)
    return mark_safe(_BOOLEAN.sub(lambda match: _BOOLEAN_WORDS[match[1]], text))


_ONE_LINK = re.compile(r'<a href="(?P<url>[^"]+)">(?P<text>.*)</a>', re.DOTALL)


@register.simple_tag(takes_context=True)
def readonly_value(context: template.Context, field: Any, in_table: bool = False) -> SafeString:
    """A read-only field. Django links a related object for everybody; here the link stays only where it leads.

    In a table only the permission is asked: a question per row would be too many.
    """
    contents = booleans(field.contents())
    link = _ONE_LINK.fullmatch(str(contents))
    request: HttpRequest | None = context.get("request")
    if link is None or request is None or opens(request, html.unescape(link["url"]), in_table):
        return contents
    return mark_safe(link["text"])


def opens(request: HttpRequest, url: str, by_permission: bool = False) -> bool:
    """Whether the person may open a change page; anything else is not judged."""
    try:
        match = resolve(url)
    except Resolver404:
        return False
    model_admin = getattr(getattr(match.func, "model_admin", None), "get_queryset", None)
    if model_admin is None or "object_id" not in match.kwargs:
        return True
    page = match.func.model_admin
    if by_permission or not page.has_view_permission(request):
        return bool(page.has_view_permission(request))
    key = unquote(match.kwargs["object_id"])
    return bool(page.get_queryset(request).order_by().filter(pk=key).exists())


@register.simple_tag(takes_context=True)
def query_with(context: template.Context, **changes: Any) -> str:
    """The current query string with some parameters changed; None takes one away."""
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{urlencode(sorted((name, item) for name, items in query.lists() for item in items))}"


@register.filter
def percent_of(part: int, whole: int) -> int:
    """part / whole as a whole percentage between 0 and 100."""
    return max(0, min(100, round(100 * part / whole))) if whole else 0


@register.filter
def clock(iso: str) -> str:
    """Local time of day of an ISO moment: 09:30:05."""
    return timezone.localtime(datetime.fromisoformat(iso)).strftime("%H:%M:%S")


@register.filter
def initial(name: Any) -> str:
    """The first character of a name, for the round badge in the head."""
    return re.sub(r"\s", "", str(name or ""))[:1] or "人"


@register.filter
def roles_of(user: Any) -> str:
    """What a person is, in words: the labels of his duties of today."""
    duties = user.active_duties() if hasattr(user, "active_duties") else []
    if duties:
        return "、".join(dict.fromkeys(duty.get_role_display() for duty in duties))
    return "系统维护员" if getattr(user, "is_superuser", False) else ""


@register.simple_tag
def scope_label(user: Any) -> str:
    """Where a person works."""
    return places.scope_label(user) if hasattr(user, "active_duties") else ""


@register.simple_tag
def chosen(choices: list[dict[str, Any]]) -> str:
    """Label of a filter's choice, or "" while it stands on its first one, which is everything."""
    for index, choice in enumerate(choices):
        if choice.get("selected"):
            return str(choice["display"]) if index else ""
    return ""
