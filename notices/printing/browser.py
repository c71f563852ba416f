"""The same pages for a browser's own printing, where PDFs cannot be made (no Pango).

No inline style anywhere: the page links one style sheet that is served beside it.
"""

from __future__ import annotations

from collections.abc import Callable

from notices.printing.faces import FACES
from notices.printing.sheet import Printout
from notices.printing.styles import BASE_CSS, PAGE_CSS

_SCREEN = """
html{-webkit-print-color-adjust:exact;print-color-adjust:exact}
@media screen{
body{background:#d8d5d0}
.sheet{background:#fff;margin:16px auto;box-shadow:0 2px 12px rgba(0,0,0,.25)}
.print-hint{position:sticky;top:0;z-index:9;padding:10px 16px;background:#fff;font:15px/1.5 sans-serif;text-align:center}
.print-hint button{font:inherit;padding:6px 18px;margin-left:12px}
}
@media print{.print-hint{display:none}}
"""


def face_rules(static_url: Callable[[str], str]) -> str:
    """The fonts of the page; rules of this kind count only in the document itself, not in a shadow tree."""
    return "".join(face.css(static_url(f"fonts/{face.file}")) for face in FACES)


def shadow_stylesheet(printout: Printout) -> str:
    """The style of the pages within a shadow tree, where html and body do not exist."""
    base = BASE_CSS.replace("html{", ":host,.sheet{", 1)
    return base + PAGE_CSS[printout.paper] + printout.css


def stylesheet(printout: Printout, static_url: Callable[[str], str]) -> str:
    """CSS of the page; ``static_url`` gives the public address of a static file (names may carry a hash)."""
    return face_rules(static_url) + BASE_CSS + PAGE_CSS[printout.paper] + printout.css + _SCREEN
