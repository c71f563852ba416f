"""Every write of the notices app, and the gate."""

from notices.services.corrections import draft_correction
from notices.services.drafting import check_notice, draft_notice, return_notice
from notices.services.issuers import issuer_profile, objection_place, save_issuer
from notices.services.publicity import (
    GateResult,
    answer_objection,
    file_objection,
    gate,
    record_posting,
    require_gate,
)
from notices.services.publishing import publish_notice

__all__ = [
    "GateResult",
    "answer_objection",
    "check_notice",
    "draft_correction",
    "draft_notice",
    "file_objection",
    "gate",
    "issuer_profile",
    "objection_place",
    "publish_notice",
    "record_posting",
    "require_gate",
    "return_notice",
    "save_issuer",
]
