"""The menu as one person sees it: only what he may open, with the current page marked."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from cogov.desk import registry

logger = logging.getLogger(__name__)

SHORT_MENU = 14


@dataclass(frozen=True, slots=True)
class Link:
    """One menu entry, resolved for a request."""

    label: str
    url: str
    icon: str = ""
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """One menu group, resolved for a request."""

    code: str
    label: str
    icon: str
    links: tuple[Link, ...]
    is_open: bool = True

    @property
    def is_current(self) -> bool:
        """True when the current page lies in this group."""
        return any(link.is_current for link in self.links)


def resolve(item: registry.MenuItem, request: HttpRequest) -> str:
    """URL of an item, or "" when the person may not open it."""
    user = request.user
    if item.permission and not user.has_perm(item.permission):
        return ""
    if isinstance(item.target, str):
        return reverse(item.target)
    model_admin = admin.site._registry.get(item.target)
    if model_admin is None:
        return ""
    if not item.permission and not model_admin.has_view_permission(request):
        return ""
    opts = item.target._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")


def sections_for(request: HttpRequest) -> tuple[Section, ...]:
    """The menu of the request's user; computed once per request."""
    cached: tuple[Section, ...] | None = getattr(request, "_desk_menu", None)
    if cached is not None:
        return cached
    sections = []
    for group, items in registry.menu.groups():
        links = []
        for item in items:
            try:
                url = resolve(item, request)
            except NoReverseMatch:
                # A test checks that every target resolves; one broken entry must not take all pages down.
                logger.warning("menu item %r has no page", item.label)
                continue
            if url:
                links.append(Link(item.label, url, item.icon))
        if links:
            sections.append(Section(group.code, group.label, group.icon, tuple(links)))
    # A page that lies elsewhere says by ``desk_place`` which entry it belongs to.
    result = _mark_current(sections, getattr(request, "desk_place", request.path))
    # A long menu shows what one is at; a short one shows everything.
    short = sum(len(section.links) for section in result) <= SHORT_MENU
    result = tuple(
        replace(section, is_open=short or section.is_current or section.code == registry.TODO.code)
        for section in result
    )
    request._desk_menu = result  # type: ignore[attr-defined]
    return result


def nav_for(request: HttpRequest) -> tuple[Link, ...]:
    """Links in the head of the cadre pages."""
    links = []
    for item in registry.nav_items:
        if item.permission and not request.user.has_perm(item.permission):
            continue
        try:
            url = reverse(item.url_name)
        except NoReverseMatch:
            logger.warning("navigation item %r has no page", item.label)
            continue
        links.append(Link(item.label, url, item.icon))
    return _mark_current([Section("nav", "", "", tuple(links))], request.path)[0].links


def _mark_current(sections: list[Section], path: str) -> tuple[Section, ...]:
    """Mark the one link whose address is the longest beginning of the current path; the index is only itself."""
    index = reverse("admin:index")
    links = [link for section in sections for link in section.links]
    best = max(
        (link.url for link in links if path == link.url or (link.url != index and path.startswith(link.url))),
        key=len,
        default=None,
    )
    return tuple(
        replace(section, links=tuple(replace(link, is_current=link.url == best) for link in section.links))
        for section in sections
    )
