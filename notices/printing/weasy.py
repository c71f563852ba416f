"""PDF bytes from laid-out pages: WeasyPrint, imported only when something is printed.

Nothing from outside gets in: the fetcher serves our own fonts and `data:` images of the seal, and
refuses everything else (stack.md trap 8). Nothing of the machine gets out: dates come from the
document, fonts from `static/fonts`, so the same content gives the same bytes anywhere.
"""

from __future__ import annotations

import gc
import logging
import threading
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import count
from typing import TYPE_CHECKING, Any

from cogov.common.errors import CogovError
from notices.printing import placed, shaped
from notices.printing.faces import FACES, FONT_DIR
from notices.printing.sheet import Printout
from notices.printing.styles import BASE_CSS, PAGE_CSS

if TYPE_CHECKING:
    from weasyprint.urls import URLFetcherResponse

PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
_OLDEST = 70
_SCHEME = "cogov-font:/"
# While a document is made nothing of it is garbage, afterwards all of it is: collected then, not in between.
_GC_THRESHOLD = (200_000, 1000, 1000)
_FULL_COLLECTION = 50
_FONTS = frozenset(face.file for face in FACES)
_LOCK = threading.Lock()
_made = count(1)


class PrintingUnavailable(CogovError):
    """This machine cannot make PDFs; the message names what to install."""


@dataclass(frozen=True, slots=True)
class _Engine:
    """What one process shares: the font configuration, the parsed style sheets."""

    config: Any
    fetcher: Any
    sheets: dict[str, Any]
    css: Any


@cache
def _engine() -> _Engine:
    # Before the import: it parses its own style sheets and would log each.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    try:
        import weasyprint
        from weasyprint.text.fonts import FontConfiguration
    except (ImportError, OSError) as error:
        raise PrintingUnavailable(
            f"本机缺少生成 PDF 所需的系统组件，请管理员执行：apt-get install {' '.join(PACKAGES)}。"
            "在此之前可以使用“浏览器打印”页面打印同样的版面。"
        ) from error
    if int(weasyprint.__version__.split(".")[0]) < _OLDEST:
        raise PrintingUnavailable(
            f"WeasyPrint 版本过低（{weasyprint.__version__}），需要 {_OLDEST}.0 或更高版本。"
        )
    _check_subsetting()
    shaped.install()
    fetcher = _fetcher()
    config = FontConfiguration()
    faces = "".join(face.css(f"{_SCHEME}{face.file}") for face in FACES)
    base = weasyprint.CSS(string=faces + BASE_CSS, font_config=config, url_fetcher=fetcher)
    sheets = {
        paper: [base, weasyprint.CSS(string=css, font_config=config, url_fetcher=fetcher)]
        for paper, css in PAGE_CSS.items()
    }

    def parse(css: str) -> Any:
        return weasyprint.CSS(string=css, font_config=config, url_fetcher=fetcher)

    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLD)
    return _Engine(config, fetcher, sheets, parse)


def _check_subsetting() -> None:
    """Without libharfbuzz-subset every document takes 27 times as long (performance.md)."""
    from weasyprint.text import ffi

    if not getattr(ffi, "harfbuzz_subset", None):
        raise PrintingUnavailable(
            "本机缺少字体子集组件 libharfbuzz-subset0，请管理员执行：apt-get install libharfbuzz-subset0。"
            "在此之前可以使用“浏览器打印”页面。"
        )


def _fetcher() -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnFilesOnly(URLFetcher):
        """Serves `cogov-font:` and small `data:` images; every other address is refused."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
            if url.startswith(_SCHEME):
                name = url.removeprefix(_SCHEME)
                if name in _FONTS:
                    return URLFetcherResponse(
                        url, (FONT_DIR / name).read_bytes(), {"Content-Type": "font/ttf"}
                    )
            elif url.startswith("data:image/png;base64,"):
                return super().fetch(url, headers)
            raise ValueError(f"refused address: {url[:60]}")

    return OwnFilesOnly(allowed_protocols=("data",), allow_redirects=False)


def available() -> str:
    """Empty when PDFs can be made here, else the reason in Chinese."""
    try:
        _engine()
    except PrintingUnavailable as error:
        return error.message
    return ""


def pdf_bytes(printout: Printout) -> bytes:
    """The PDF of laid-out pages. Raises PrintingUnavailable when the system libraries are missing."""
    created = f"{printout.created}T00:00:00+08:00"
    head = (
        f'<meta charset="utf-8"/><title>{escape(printout.title)}</title>'
        f'<meta name="dcterms.created" content="{created}"/><meta name="dcterms.modified" content="{created}"/>'
        '<meta name="generator" content="CoGov"/>'
    )
    source = f'<html lang="zh-CN"><head>{head}</head><body>{printout.body()}</body></html>'
    with _LOCK:
        engine = _engine()
        shaped.new_document()
        html, css = placed.new_document(source, printout.css, engine.fetcher)
        stylesheets = [*engine.sheets[printout.paper], engine.css(css)]
        result: bytes = html.write_pdf(
            stylesheets=stylesheets,
            font_config=engine.config,
            pdf_identifier=b"cogov",
            uncompressed_pdf=False,
        )
        del html
        gc.collect(2 if next(_made) % _FULL_COLLECTION == 0 else 1)
    return result
