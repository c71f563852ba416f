"""Models of the notices app."""

from notices.models.disclosure import DisclosureDuty, DisclosureItem
from notices.models.issuing import ChainHead, IssuerProfile, NumberSeries
from notices.models.notice import Notice, NoticeSnapshot, NoticeTransition
from notices.models.publicity import Objection, ObjectionChannel, PostingEvidence
from notices.models.service import PublicAccess, RenderedFile
from notices.models.terms import KindTerms

__all__ = [
    "ChainHead",
    "DisclosureDuty",
    "DisclosureItem",
    "IssuerProfile",
    "KindTerms",
    "Notice",
    "NoticeSnapshot",
    "NoticeTransition",
    "NumberSeries",
    "Objection",
    "ObjectionChannel",
    "PostingEvidence",
    "PublicAccess",
    "RenderedFile",
]
