"""A page for many: its template is rendered once in a process, and each request puts its own values into the gaps.

Walking through a template's nodes takes longer than all the page's statements together (performance.md). The template
stays an ordinary one, but it has no conditions about the request: what differs arrives ready in its slots.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

_MARK = re.compile("\x02([a-z]+)\x03")


def fill(template: str, constants: tuple[tuple[str, object], ...], slots: Mapping[str, object]) -> str:
    """The template with ``{{ slots.name }}`` filled in, escaped as everywhere. ``constants`` are an ordinary context.

    A slot that is not named stays empty, as an unknown variable does in any template.
    """
    parts = (_parts.__wrapped__ if settings.DEBUG else _parts)(template, constants, tuple(slots))
    return "".join(
        part if place % 2 == 0 else conditional_escape(slots[part]) for place, part in enumerate(parts)
    )


@lru_cache(maxsize=16)
def _parts(template: str, constants: tuple[tuple[str, object], ...], names: Sequence[str]) -> list[str]:
    """The rendered text between the slots, and their names, in turn."""
    marks = {name: mark_safe(f"\x02{name}\x03") for name in names}
    return _MARK.split(render_to_string(template, {**dict(constants), "slots": marks}))
