"""From a notice to PDF bytes: the snapshot for a published one, the draft content for a preview."""

from __future__ import annotations

import hashlib
import logging
from datetime import date
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction

from cogov.common.errors import RuleError
from notices import kinds, states
from notices.models import Notice, NoticeSnapshot, RenderedFile
from notices.printing import content as model
from notices.printing.imprint import Imprint
from notices.printing.layouts import lay_out
from notices.printing.poster import layout_poster
from notices.printing.qr import check_code
from notices.printing.sheet import Printout
from notices.printing.weasy import pdf_bytes as printed_bytes
from notices.services.files import holds, save_whole
from notices.services.issuers import issuer_profile

logger = logging.getLogger(__name__)
LAYOUTS = ("a4", "poster", "landscape")
_MARKS = {states.SUPERSEDED: "已更正替代", states.WITHDRAWN: "已撤回"}


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def imprint_of(snapshot: NoticeSnapshot) -> Imprint:
    """What publication added, as it was frozen."""
    document: dict[str, Any] = snapshot.document
    issuer = document["issuer"]
    return Imprint(
        issuer=issuer["name"],
        heading=issuer["heading"],
        number=document["number"],
        signed_on=_day(document["signed_on"]),
        publicity_start=_day(document["publicity_start"]),
        publicity_end=_day(document["publicity_end"]),
        posting_until=_day(document["posting_until"]),
        verify_url=snapshot.verify_url,
        check_code=check_code(snapshot.content_digest),
        digest=snapshot.content_digest,
        chain=snapshot.chain_digest,
        seal=issuer.get("seal", ""),
    )


def printout(notice: Notice, layout: str = "a4") -> Printout:
    """The laid-out pages. Raises RuleError for a layout that the notice does not have."""
    if layout not in LAYOUTS:
        raise RuleError(f"没有“{layout}”这种版式，可用的是 a4、poster 和 landscape")
    if notice.is_public:
        snapshot = notice.snapshot
        stored, imprint = snapshot.document, imprint_of(snapshot)
    else:
        profile = issuer_profile(township=notice.township, village=notice.village)
        stored = notice.draft or {}
        imprint = Imprint(issuer=notice.issuer_name, heading=profile.heading)
    if layout != "a4":
        if not stored.get("poster"):
            raise RuleError(f"“{notice.title}”没有公示榜版式")
        poster = model.poster_from_json(stored["poster"])
        return layout_poster(poster, imprint, landscape=layout == "landscape")
    return lay_out(kinds.form_of(notice.kind), model.from_json(stored["content"]), imprint)


def pdf_bytes(notice: Notice, layout: str = "a4") -> bytes:
    """The PDF; of a published notice it is the same bytes every time.

    Superseded and withdrawn notices print as they were published; the verification page says what became of them.
    Raises PrintingUnavailable when the machine lacks the system libraries.
    """
    return printed_bytes(printout(notice, layout))


def store_pdf(notice: Notice, layout: str = "a4") -> RenderedFile:
    """Render a published notice and keep the file with its SHA-256. Repeating it changes nothing.

    Raises RuleError when the disk is full; the notice itself is untouched and the file can be stored later.
    """
    if not notice.is_public:
        raise RuleError("只有已发布的文书才能存档")
    data = pdf_bytes(notice, layout)
    sha = hashlib.sha256(data).hexdigest()
    with transaction.atomic():
        kept = RenderedFile.objects.filter(notice=notice, layout=layout).first()
        if kept is not None and kept.sha256 == sha and holds(kept.path, data):
            return kept
        path = f"notices/{notice.issuer_code}/{notice.year}/{notice.series}-{notice.serial}-{layout}-{sha[:12]}.pdf"
        if default_storage.exists(path) and not holds(path, data):
            default_storage.delete(path)
        stored = path if default_storage.exists(path) else save_whole(path, data)
        if kept is not None:
            if kept.sha256 != sha:
                logger.warning("rendering of notice %s changed from %s to %s", notice.pk, kept.sha256, sha)
            kept.sha256, kept.path, kept.size = sha, stored, len(data)
            kept.save(update_fields=["sha256", "path", "size"])
            return kept
        return RenderedFile.objects.create(
            notice=notice, layout=layout, sha256=sha, path=stored, size=len(data)
        )
