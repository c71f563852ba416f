"""Boxes at fixed places, without a style of its own for each.

Every box of our pages has its place as a class (``.p7{left:104.5pt;top:310pt}``): right for browsers, but WeasyPrint
then cascades, computes and forgets a style for each of the 1,400 boxes of a list of 600 households, and six more for
pseudo-elements that none of them has. Here the places are taken out of the style sheet and told to WeasyPrint where it
asks for them, in its own numbers; what is left has some thirty styles. The pages are well-formed XML and are read as
that. Together it halves the time of such a list.

For the releases that ``shaped`` knows; with any other the ordinary way is taken, as for pages that are no XML.
``tests/notices/test_shaped.py`` compares the bytes of both ways.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from functools import cache
from typing import Any
from xml.etree import ElementTree

from notices.printing.shaped import is_known_release

_RULE = re.compile(r"\.(p\d+)\{left:(-?[\d.]+)pt;top:(-?[\d.]+)pt\}\n?")
_SIDES = ("top", "right", "bottom", "left")
_SIZES = (
    *(f"{name}_{side}" for name in ("margin", "padding") for side in _SIDES),
    *(f"border_{side}_width" for side in _SIDES),
    *(f"{bound}{size}" for bound in ("", "min_", "max_") for size in ("width", "height")),
)
"""Everything that WeasyPrint's ``resolve_percentages`` finds out about a box."""
_OF_PAGES = (None, "@footnote")
"""The parts of a page that WeasyPrint has to have a style for; those of its margin are empty."""

_places: dict[str, tuple[float, float]] = {}
"""Class -> left and top in CSS pixels, in the document that is being made."""


def install() -> bool:
    """Teach WeasyPrint, once a process; False when it is a release that this was not made for."""
    from weasyprint.layout import absolute

    if not is_known_release():
        return False
    if absolute.resolve_position_percentages.__module__ != __name__:
        absolute.resolve_percentages = _remembering(absolute.resolve_percentages)
        absolute.resolve_position_percentages = _placing(absolute.resolve_position_percentages)
    return True


def new_document(source: str, css: str, fetcher: Any) -> tuple[Any, str]:
    """The next document, one at a time, as WeasyPrint reads it, and what is left of its style sheet."""
    from weasyprint import HTML
    from weasyprint.css.units import LENGTHS_TO_PIXELS

    _places.clear()
    root = _root(source) if install() else None
    if root is None:
        return HTML(string=source, url_fetcher=fetcher, base_url=None), css
    point = LENGTHS_TO_PIXELS["pt"]
    for name, left, top in _RULE.findall(css):
        _places[name] = (float(left) * point, float(top) * point)
    return _document_class()(root, fetcher), _RULE.sub("", css)


def _root(source: str) -> ElementTree.Element | None:
    try:
        return ElementTree.fromstring(source)  # noqa: S314 - our own pages, where all text is escaped
    except ElementTree.ParseError:
        return None


@cache
def _document_class() -> Any:
    """WeasyPrint's document, of elements that have been read; made when WeasyPrint is there."""
    from cssselect2 import ElementWrapper  # noqa: PLC0415 - WeasyPrint may be missing
    from weasyprint import HTML

    class Document(HTML):  # type: ignore[misc]  # WeasyPrint has no types
        """Our pages have no lists, quotations and footnotes, so that nothing has a pseudo-element."""

        def __init__(self, root: ElementTree.Element, fetcher: Any) -> None:
            self.base_url, self.url_fetcher, self.media_type = None, fetcher, "print"
            self.wrapper_element = ElementWrapper.from_html_root(root)
            self.etree_element = root

        def _ua_stylesheets(self, forms: bool = False) -> list[Any]:
            return [_without_pseudo_elements(sheet) for sheet in super()._ua_stylesheets(forms)]

    return Document


@cache
def _without_pseudo_elements(sheet: Any) -> Any:
    """WeasyPrint's own style sheet, but for six pseudo-elements of every element and sixteen of every page."""
    matcher = copy(sheet.matcher)
    for name, selectors in vars(matcher).items():
        if isinstance(selectors, list):
            setattr(matcher, name, _of_elements(selectors))
        elif isinstance(selectors, dict):
            setattr(matcher, name, {key: _of_elements(found) for key, found in selectors.items()})
    plain = copy(sheet)
    plain.matcher = matcher
    plain.page_rules = [rule for rule in sheet.page_rules if rule[1][0][1] in _OF_PAGES]
    return plain


def _of_elements(selectors: list[Any]) -> list[Any]:
    """The selectors (test, specificity, order, pseudo-element, declarations) without pseudo-element."""
    return [selector for selector in selectors if selector[3] is None]


def _remembering(ordinary: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """WeasyPrint's used sizes of a placed box: the same for all of one style in blocks of one size."""

    def resolve_percentages(box: Any, containing: Any) -> None:
        known = box.style.__dict__.setdefault("used_sizes", {})
        if containing in known:
            box.__dict__.update(known[containing])
            return
        ordinary(box, containing)
        if box.style["border_collapse"] != "collapse":
            known[containing] = {name: box.__dict__[name] for name in _SIZES}

    return resolve_percentages


def _placing(ordinary: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """WeasyPrint's used ``left``, ``top``, ``right`` and ``bottom``: of our boxes the place that was learnt."""

    def resolve_position_percentages(box: Any, containing: Any) -> None:
        names = box.element.get("class", "").split(" ", 2)
        place = _places.get(names[1]) if len(names) > 1 else None
        if place is None:
            ordinary(box, containing)
            return
        box.left, box.top = place
        box.right = box.bottom = "auto"

    return resolve_position_percentages
