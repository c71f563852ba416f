"""The paragraphs that must stand on every publicity notice (documents.md), written once for all kinds."""

from __future__ import annotations

from notices.printing.content import NoticeContent, ObjectionPlace
from notices.printing.imprint import Imprint, chinese_date, span_text

ANSWER_DAYS = 10
"""Days within which an objection is answered (NTC-3)."""


def basis_text(content: NoticeContent) -> str:
    """Basis of the decision and of publishing the list."""
    parts = []
    if content.basis:
        parts.append(f"依据：{'；'.join(item.rstrip('。；') for item in content.basis)}。")
    if content.legal_basis:
        parts.append(f"公开依据：{content.legal_basis.rstrip('。')}。")
    return "".join(parts)


def period_text(imprint: Imprint) -> str:
    """Both periods: the one for objections and the one on the board."""
    out = ""
    if imprint.publicity_start and imprint.publicity_end:
        out = f"公示期：{span_text(imprint.publicity_start, imprint.publicity_end)}。"
    if imprint.posting_until:
        out += f"本榜张贴至{chinese_date(imprint.posting_until)}。"
    return out


def objection_text(place: ObjectionPlace | None) -> str:
    """Where and how to object."""
    if place is None:
        return ""
    contact = [place.receiver, f"电话{place.telephone}" if place.telephone else ""]
    known = "，".join(item for item in contact if item)
    brackets = f"（{known}）" if known else ""
    return (
        f"异议提出：对公示内容有异议的，请在公示期内到{place.place}{brackets}当面或电话提出，"
        f"也可扫描本公示二维码提出，{ANSWER_DAYS}日内予以答复。"
    )


def statutory_paragraphs(content: NoticeContent, imprint: Imprint) -> tuple[str, ...]:
    """The closing paragraphs in their fixed order; empty ones are left out."""
    calculation = f"计算办法：{content.calculation.rstrip('。')}。" if content.calculation else ""
    parts = (calculation, basis_text(content), period_text(imprint), objection_text(content.objection))
    return tuple(part for part in parts if part)
