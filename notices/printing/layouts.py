"""Which layout a kind of document is printed in: the official A4 document, a certificate, or an A5 receipt. Pure."""

from __future__ import annotations

from dataclasses import replace

from notices.printing.a4 import layout_a4
from notices.printing.certificate import layout_certificate
from notices.printing.content import NoticeContent, Paragraph, Table
from notices.printing.imprint import Imprint, chinese_date
from notices.printing.papers import Form
from notices.printing.qr import show_code
from notices.printing.receipt import Receipt, layout_receipt
from notices.printing.sheet import Printout


def lay_out(form: Form, content: NoticeContent, imprint: Imprint) -> Printout:
    """The pages of a document in its own form. 纪要 bear no seal (GB/T 9704-2012)."""
    if form == "certificate":
        return layout_certificate(content, imprint)
    if form == "receipt" and any(isinstance(block, Table) for block in content.blocks):
        return layout_receipt(_receipt(content, imprint))
    return layout_a4(content, replace(imprint, seal="") if form == "minutes" else imprint)


def _receipt(content: NoticeContent, imprint: Imprint) -> Receipt:
    """The first table is what was received; what stands in paragraphs is printed below it."""
    table = next(block for block in content.blocks if isinstance(block, Table))
    notes = [part for b in content.blocks if isinstance(b, Paragraph) for part in b.text.split("\n")]
    if content.basis:
        notes.append(f"依据：{'；'.join(content.basis)}")
    return Receipt(
        title=content.title,
        issuer=content.signer,
        number=imprint.number_text,
        issued_on=chinese_date(imprint.signed_on) if imprint.signed_on else "",
        columns=table.columns,
        rows=table.rows,
        notes=tuple(part for part in notes if part.strip()),
        signers=("领取人", "经办人"),
        verify_url=imprint.verify_url,
        code=show_code(imprint.check_code),
        created=imprint.signed_on.isoformat() if imprint.signed_on else "2000-01-01",
    )
