"""The A4 official document (公文) to the geometry of GB/T 9704-2012 as given in documents.md."""

from __future__ import annotations

from notices.printing import geometry as g
from notices.printing.a4_blocks import add_block, add_paragraph, text_piece
from notices.printing.composer import Line, balanced, compose
from notices.printing.content import NoticeContent
from notices.printing.flow import Flow, Piece
from notices.printing.imprint import Imprint, chinese_date
from notices.printing.qr import qr_svg, show_code
from notices.printing.sheet import Pen, Printout, StyleSheet, fit_size, text_width
from notices.printing.statutory import statutory_paragraphs

_SIGN_LINES = 5
_SEAL = 42 * g.MM


def layout_a4(content: NoticeContent, imprint: Imprint) -> Printout:
    """Pages of the document. The same content and imprint give the same pages, byte for byte."""
    styles = StyleSheet()
    flow = Flow()
    flow.add(Piece(g.HEAD_LINES * g.PITCH, lambda pen, y: _head(pen, imprint)))
    _title(flow, content.title)
    if content.addressee:
        flow.skip(g.PITCH)
        addressee = content.addressee.rstrip("：:") + "："
        for line in compose(addressee, measure=g.CELLS):
            flow.add(text_piece(line, "fang", keep_next=True))
    else:
        flow.skip(g.PITCH)
    for block in content.blocks:
        add_block(flow, block)
    for text in statutory_paragraphs(content, imprint):
        add_paragraph(flow, text)
    _attachments(flow, content.attachments)
    imprint_height = _imprint_height(content)
    flow.add_last(
        [Piece(_SIGN_LINES * g.PITCH, lambda pen, y: _signature(pen, y, content, imprint))],
        reserve=imprint_height,
    )
    pages = []
    for number, placed in enumerate(flow.pages, 1):
        pen = Pen(styles)
        if not imprint.number or imprint.mark:
            _watermark(pen, imprint.mark or "草　稿")
        for y, piece in placed:
            piece.draw(pen, g.FRAME_TOP + y)
        if number == len(flow.pages):
            _imprint_block(pen, content, imprint)
        _folio(pen, number)
        pages.append(pen.html())
    created = imprint.signed_on.isoformat() if imprint.signed_on else "2000-01-01"
    return Printout("a4", content.title, tuple(pages), styles.css(), created)


def _head(pen: Pen, imprint: Imprint) -> None:
    """Red heading, number, red rule: em top of the heading 35 mm below the top of the 版心."""
    heading = imprint.heading
    size = fit_size(heading, size=g.HEADING_SIZE, width=g.TEXT_WIDTH, role="title")
    natural = text_width(heading, size, "title")
    gaps = max(len(heading) - 1, 1)
    spacing = min(max((g.TEXT_WIDTH - natural) / gaps, 0), size * 0.12) if natural < g.TEXT_WIDTH else 0.0
    width = natural + spacing * gaps
    x = g.LEFT + (g.TEXT_WIDTH - width) / 2
    pen.text(heading, x=x, y=g.HEADING_TOP, size=size, role="title", color=g.RED, spacing=spacing)
    y = g.FRAME_TOP + g.NUMBER_LINE * g.PITCH
    pen.text(
        imprint.number_text,
        x=g.LEFT,
        y=y,
        size=g.BODY,
        role="fang",
        width=g.TEXT_WIDTH,
        align="center",
        pitch=g.PITCH,
    )
    pen.box(x=g.LEFT, y=g.RULE_TOP, width=g.TEXT_WIDTH, height=g.RULE_HEIGHT, color=g.RED)


def _title(flow: Flow, title: str) -> None:
    """2号小标宋, centred, one grid line for each of its lines."""
    lines = balanced(title, measure=g.TEXT_WIDTH / g.TITLE_SIZE - 1)
    lower = g.TITLE_TOP - (g.FRAME_TOP + g.HEAD_LINES * g.PITCH) - (g.PITCH - g.TITLE_SIZE) / 2

    def draw(pen: Pen, y: float) -> None:
        for i, text in enumerate(lines):
            pen.text(
                text,
                x=g.LEFT,
                y=y + lower + i * g.PITCH,
                size=g.TITLE_SIZE,
                role="title",
                width=g.TEXT_WIDTH,
                align="center",
                pitch=g.PITCH,
                tag="h1",
            )

    flow.add(Piece(len(lines) * g.PITCH, draw))


def _attachments(flow: Flow, names: tuple[str, ...]) -> None:
    """附件：1. …, one blank line after the text, hanging under the first name, no end mark."""
    if not names:
        return
    flow.skip(g.PITCH)
    for i, name in enumerate(names, 1):
        ordinal = f"{i}. " if len(names) > 1 else ""
        lead = "附件：" if i == 1 else "\u3000\u3000\u3000"
        hang = 5 + (1 if ordinal else 0)
        add_paragraph(flow, f"{lead}{ordinal}{name.rstrip('。')}", indent=2, hang=hang)


def _signature(pen: Pen, y: float, content: NoticeContent, imprint: Imprint) -> None:
    """Signer centred on the date, date ending four characters in; seal over both; QR and check code on the left."""
    day = chinese_date(imprint.signed_on) if imprint.signed_on else "　　　年　月　日"
    date_line = compose(day, measure=g.CELLS)[0]
    date_width = date_line.width * g.BODY + date_line.gaps * g.SPACING
    signer_lines = compose(content.signer, measure=18)
    signer_width = max(line.width * g.BODY + line.gaps * g.SPACING for line in signer_lines)
    right = g.LEFT + g.TEXT_WIDTH
    date_right = right - 4 * g.CELL
    center = date_right - date_width / 2
    if center + signer_width / 2 > right - 2 * g.CELL:
        center = right - 2 * g.CELL - signer_width / 2
    signer_top = y + (3 - len(signer_lines)) * g.PITCH
    for i, line in enumerate(signer_lines):
        x = center - (line.width * g.BODY + line.gaps * g.SPACING) / 2
        pen.text(line.text, x=x, y=signer_top + i * g.PITCH, size=g.BODY, pitch=g.PITCH, spacing=g.SPACING)
    pen.text(day, x=center - date_width / 2, y=y + 3 * g.PITCH, size=g.BODY, pitch=g.PITCH, spacing=g.SPACING)
    if imprint.seal:
        seal = f'<img alt="印章" src="data:image/png;base64,{imprint.seal}"/>'
        middle = y + 3 * g.PITCH
        pen.raw(seal, x=center - _SEAL / 2, y=middle - _SEAL / 2, css=f"width:{g.pt(_SEAL)}", names="seal")
    if imprint.verify_url:
        _verification(pen, y + 0.5 * g.PITCH, imprint)


def _verification(pen: Pen, y: float, imprint: Imprint) -> None:
    pen.raw(qr_svg(imprint.verify_url, g.QR_A4), x=g.LEFT, y=y)
    x = g.LEFT + g.QR_A4 + 7
    lines = ["扫码或输入校验码核验真伪", f"校验码 {show_code(imprint.check_code)}", "内容摘要 SHA-256"]
    for i, text in enumerate(lines):
        pen.text(
            text, x=x, y=y + i * 12.5, size=9 if i < 2 else 7.5, role="hei" if i == 1 else "song", pitch=12.5
        )
    for i in range(2):
        part = imprint.digest[i * 32 : i * 32 + 32]
        pen.text(part, x=x, y=y + 38 + i * 9, size=6.5, role="song", pitch=9)


def _imprint_rows(content: NoticeContent) -> list[str]:
    rows = []
    if content.cc:
        rows.append(f"抄送：{'，'.join(item.rstrip('。，') for item in content.cc)}。")
    return rows


def _imprint_height(content: NoticeContent) -> float:
    lines = _imprint_lines(content)
    if not lines and not content.printed_by:
        return 0.0
    return (len(lines) + (1 if content.printed_by else 0)) * g.IMPRINT_PITCH + 8


def _imprint_lines(content: NoticeContent) -> list[Line]:
    measure = g.TEXT_WIDTH / g.IMPRINT_SIZE - 2
    out: list[Line] = []
    for row in _imprint_rows(content):
        out += compose(row, measure=measure, hang=3)
    return out


def _imprint_block(pen: Pen, content: NoticeContent, imprint: Imprint) -> None:
    """版记: rules 0.35 / 0.25 / 0.35 mm, the last one on the bottom of the 版心."""
    lines = _imprint_lines(content)
    if not lines and not content.printed_by:
        return
    bottom = g.TOP + g.TEXT_HEIGHT
    size, pitch = g.IMPRINT_SIZE, g.IMPRINT_PITCH
    y = bottom - g.IMPRINT_THICK
    pen.box(x=g.LEFT, y=y, width=g.TEXT_WIDTH, height=g.IMPRINT_THICK)
    if content.printed_by:
        y -= pitch
        pen.text(content.printed_by, x=g.LEFT + size, y=y, size=size, pitch=pitch)
        day = f"{chinese_date(imprint.signed_on)}印发" if imprint.signed_on else "印发"
        pen.text(day, x=g.LEFT, y=y, size=size, pitch=pitch, width=g.TEXT_WIDTH - size, align="right")
        if lines:
            pen.box(x=g.LEFT, y=y, width=g.TEXT_WIDTH, height=g.IMPRINT_THIN)
    for line in reversed(lines):
        y -= pitch
        pen.line(line, x=g.LEFT + size * (1 + line.indent), y=y, size=size, role="fang", pitch=pitch)
    pen.box(x=g.LEFT, y=y - g.IMPRINT_THICK, width=g.TEXT_WIDTH, height=g.IMPRINT_THICK)


def _folio(pen: Pen, number: int) -> None:
    """— 1 — in 4号 half-width 宋, dash 7 mm below the 版心; odd right, even left, one character in."""
    size = g.FOLIO_SIZE
    text = f"— {number} —"
    dash = g.TOP + g.TEXT_HEIGHT + g.FOLIO_GAP
    top = dash - size * 0.62
    side = "right" if number % 2 else "left"
    x = g.LEFT if side == "right" else g.LEFT + size
    pen.text(text, x=x, y=top, size=size, role="song", width=g.TEXT_WIDTH - size, align=side)


def _watermark(pen: Pen, mark: str) -> None:
    pen.raw(mark, x=g.LEFT, y=g.A4_HEIGHT * 0.42, css=f"width:{g.pt(g.TEXT_WIDTH)}", names="wm hei")
