"""The certificate of honour (荣誉证书, 奖状): A4 landscape in a double frame, one sheet for each person named. Pure."""

from __future__ import annotations

from notices.printing import geometry as g
from notices.printing.composer import Line, compose
from notices.printing.content import NoticeContent, Paragraph
from notices.printing.imprint import Imprint, chinese_date
from notices.printing.qr import qr_svg, show_code
from notices.printing.sheet import Pen, Printout, StyleSheet, fit_size, line_inner, strong_inner, text_width
from notices.printing.statutory import basis_text

_WIDTH, _HEIGHT = g.A4_HEIGHT, g.A4_WIDTH
_EDGE, _INNER = 11 * g.MM, 14.5 * g.MM
_RED, _GOLD = "#c8102e", "#b8872b"
_LEFT = 34 * g.MM
_MEASURE = _WIDTH - 2 * _LEFT
_TITLE, _TITLE_TOP = 60.0, 28 * g.MM
_NAME_TOP, _NAME = 63 * g.MM, 28.0
_BODY_TOP, _BODY_BOTTOM = 79 * g.MM, 147 * g.MM
_SIZES = (26.0, 24.0, 22.0, 20.0, 18.0, 16.0)
_LEADING = 1.7
_SIGN_TOP, _SIGN_PITCH, _SIGN = 154 * g.MM, 30.0, 20.0
_QR, _SEAL = 24 * g.MM, 42 * g.MM


def layout_certificate(content: NoticeContent, imprint: Imprint) -> Printout:
    """A sheet for each name; the names are the centred lines at the beginning, the text below is common to all."""
    styles = StyleSheet()
    names, body = _parts(content)
    size, lines = _fitted(body)
    pages = []
    for name in names or [""]:
        pen = Pen(styles)
        _frame(pen)
        if not imprint.number or imprint.mark:
            css = f"width:{g.pt(_WIDTH - 2 * _EDGE)};font-size:120pt"
            pen.raw(imprint.mark or "草　稿", x=_EDGE, y=_HEIGHT * 0.4, css=css, names="wm hei")
        _title(pen, content.title)
        if name:
            text = name.rstrip("：:") + "："
            fitted = fit_size(text, size=_NAME, width=_MEASURE, role="kai")
            pen.text(text, x=_LEFT, y=_NAME_TOP, size=fitted, role="kai", pitch=_NAME * 1.4)
        y = _BODY_TOP
        for line, flags in lines:
            inner = strong_inner(line, flags) if any(flags) else line_inner(line)
            css = f"font-size:{g.pt(size)};line-height:{g.pt(size * _LEADING)}"
            pen.raw(inner, x=_LEFT + line.indent * size, y=y, css=css, tag="p", names="kai")
            y += size * _LEADING
        _signature(pen, content, imprint)
        _verification(pen, content, imprint)
        pages.append(pen.html())
    created = imprint.signed_on.isoformat() if imprint.signed_on else "2000-01-01"
    return Printout("a4l", content.title, tuple(pages), styles.css(), created)


def _parts(content: NoticeContent) -> tuple[list[str], list[Paragraph]]:
    """The names at the beginning and the paragraphs that follow; headings and tables have no place here."""
    paragraphs = [block for block in content.blocks if isinstance(block, Paragraph)]
    names: list[str] = []
    while paragraphs and paragraphs[0].align == "center":
        names.append(paragraphs.pop(0).text)
    return names, paragraphs


def _fitted(body: list[Paragraph]) -> tuple[float, list[tuple[Line, list[bool]]]]:
    """The largest type in which the text stands above the signature."""
    lines: list[tuple[Line, list[bool]]] = []
    for size in _SIZES:
        lines = []
        for paragraph in body:
            composed = compose(paragraph.text, measure=_MEASURE / size, role="kai", indent=2)
            lines += zip(composed, _flags(paragraph, composed), strict=True)
        if len(lines) * size * _LEADING <= _BODY_BOTTOM - _BODY_TOP:
            return size, lines
    return _SIZES[-1], lines


def _flags(paragraph: Paragraph, lines: list[Line]) -> list[list[bool]]:
    """Per line, which of its characters are in 黑体; the composer may drop a character but never moves one."""
    at, out = 0, []
    for line in lines:
        flags = []
        for char in line.text:
            found = paragraph.text.find(char, at)
            at = found if found >= 0 else at
            flags.append(any(low <= at < high for low, high in paragraph.strong))
            at += 1
        out.append(flags)
    return out


def _frame(pen: Pen) -> None:
    """A strong red frame, a thin golden one within, and a golden corner in each corner between them."""
    for edge, thick, color in ((_EDGE, 3.2, _RED), (_INNER, 1.0, _GOLD)):
        width, height = _WIDTH - 2 * edge, _HEIGHT - 2 * edge
        pen.box(x=edge, y=edge, width=width, height=thick, color=color)
        pen.box(x=edge, y=edge + height - thick, width=width, height=thick, color=color)
        pen.box(x=edge, y=edge, width=thick, height=height, color=color)
        pen.box(x=edge + width - thick, y=edge, width=thick, height=height, color=color)
    side = 9 * g.MM
    near, far_x, far_y = _INNER + 5, _WIDTH - _INNER - 5, _HEIGHT - _INNER - 5
    for x in (near, far_x - side):
        for y in (near, far_y - side):
            inner_x = near + 4 if x == near else far_x - side
            inner_y = near + 4 if y == near else far_y - side
            pen.box(x=x, y=y if y == near else far_y - 2, width=side, height=2, color=_GOLD)
            pen.box(x=x if x == near else far_x - 2, y=y, width=2, height=side, color=_GOLD)
            pen.box(
                x=inner_x,
                y=inner_y if y == near else far_y - 5.4,
                width=side - 4,
                height=0.8,
                color=_GOLD,
            )
            pen.box(
                x=inner_x if x == near else far_x - 5.4,
                y=inner_y,
                width=0.8,
                height=side - 4,
                color=_GOLD,
            )


def _title(pen: Pen, title: str) -> None:
    """Red, wide, centred."""
    size = fit_size(title, size=_TITLE, width=_MEASURE, role="title")
    gaps = max(len(title) - 1, 1)
    spacing = min(max((_MEASURE * 0.62 - text_width(title, size, "title")) / gaps, 0.0), size * 0.5)
    width = text_width(title, size, "title") + spacing * gaps
    pen.text(
        title,
        x=(_WIDTH - width) / 2,
        y=_TITLE_TOP,
        size=size,
        role="title",
        color=_RED,
        spacing=spacing,
        pitch=size * 1.2,
        tag="h1",
    )


def _signature(pen: Pen, content: NoticeContent, imprint: Imprint) -> None:
    """Signer and date below each other, centred on one axis, the seal red over both."""
    day = chinese_date(imprint.signed_on) if imprint.signed_on else ""
    room = _MEASURE * 0.62
    size = fit_size(content.signer, size=_SIGN, width=room, role="kai")
    half = max(text_width(content.signer, size, "kai"), text_width(day, _SIGN, "kai")) / 2
    center = _WIDTH - _LEFT - max(half, _SEAL / 2)
    for i, (text, type_size) in enumerate(((content.signer, size), (day, _SIGN))):
        x = center - text_width(text, type_size, "kai") / 2
        pen.text(text, x=x, y=_SIGN_TOP + i * _SIGN_PITCH, size=type_size, role="kai", pitch=_SIGN_PITCH)
    if imprint.seal:
        seal = f'<img alt="印章" src="data:image/png;base64,{imprint.seal}"/>'
        y = _SIGN_TOP + _SIGN_PITCH - _SEAL / 2
        pen.raw(seal, x=center - _SEAL / 2, y=y, css=f"width:{g.pt(_SEAL)}", names="seal")


def _verification(pen: Pen, content: NoticeContent, imprint: Imprint) -> None:
    """Number, basis, code and QR, small at the lower left."""
    y = _SIGN_TOP - 2
    x = _LEFT
    if imprint.verify_url:
        pen.raw(qr_svg(imprint.verify_url, _QR), x=x, y=y)
        x += _QR + 8
    lines = [imprint.number_text]
    if imprint.check_code:
        lines += [f"校验码 {show_code(imprint.check_code)}", "扫码或输入校验码核验真伪"]
    for text in lines:
        pen.text(text, x=x, y=y, size=10.5, role="song", pitch=15)
        y += 15
    basis = basis_text(content)
    measure = (_MEASURE * 0.42 - _QR) / 9
    for line in compose(basis, measure=measure, role="song")[:2] if basis else ():
        pen.line(line, x=x, y=y, size=9, role="song", pitch=12)
        y += 12
