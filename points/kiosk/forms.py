"""What a finger can send: numbers from buttons, days from tiles, a photo. Everything is checked again by the services."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

from django import forms

from points.services.claims import DAYS_BACK, MOST_UNITS


def fresh_key() -> str:
    """A token for a form: the same one sent twice does its work once."""
    return uuid4().hex


class _Keyed(forms.Form):
    key = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)


class BookForm(_Keyed):
    """Pieces of one good, and the points that were shown for them."""

    quantity = forms.IntegerField(min_value=1, max_value=99, widget=forms.HiddenInput)
    expected = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class ClaimForm(_Keyed):
    """How often, when, and a photo."""

    quantity = forms.IntegerField(min_value=1, max_value=MOST_UNITS)
    day = forms.DateField(error_messages={"required": "请按一下是哪一天", "invalid": "请按一下是哪一天"})
    photo = forms.FileField(required=False, error_messages={"empty": "照片是空的，请重新拍"})


def day_tiles(today: date) -> list[tuple[str, str]]:
    """Days that may be claimed, newest first: (ISO date, label)."""
    names = ("今天", "昨天", "前天")
    tiles = []
    for back in range(DAYS_BACK + 1):
        day = today - timedelta(days=back)
        name = names[back] if back < len(names) else f"周{'一二三四五六日'[day.weekday()]}"
        tiles.append((day.isoformat(), f"{name} {day.month}月{day.day}日"))
    return tiles
