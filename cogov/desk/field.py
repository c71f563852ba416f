"""The field pages (/field/): a phone-sized start page of big tiles, each contributed by the app whose work it is.

An app registers its tile in ``AppConfig.ready()``; whoever holds none of the tiles' permissions finds no page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cogov.desk.registry import Registry


@dataclass(frozen=True, slots=True)
class FieldTile:
    """One way to go. ``note(user)`` says in a few words how things stand there, such as 2 条被退回; "" for nothing."""

    code: str
    label: str
    hint: str
    url_name: str
    permission: str
    icon: str = "tasks"
    order: int = 100
    main: bool = False
    note: Callable[[Any], str] | None = None


field_tiles: Registry[FieldTile] = Registry("field tile")


def register_field_tile(tile: FieldTile) -> FieldTile:
    """Add a tile to the start page of the field pages."""
    return field_tiles.register(tile)


def tiles_for(user: Any) -> list[tuple[FieldTile, str]]:
    """The tiles that this person may use, with what waits there."""
    return [
        (tile, tile.note(user) if tile.note else "") for tile in field_tiles if user.has_perm(tile.permission)
    ]


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The start page."""
    tiles = tiles_for(request.user)
    if not tiles:
        raise Http404
    return render(request, "field/home.html", {"title": "现场", "tiles": tiles})
