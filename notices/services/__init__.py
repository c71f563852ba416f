"""Every write of the notices app, and the gate."""

from notices.services.corrections import draft_correction
from notices.services.drafting import check_notice, draft_notice, return_notice
from notices.services.issuers import issuer_profile, objection_place, save_issuer
from notices.services.issuing import issue_notice
from notices.services.publicity import (
    answer_objection,
    escalate_overdue,
    file_objection,
    is_open_for_objections,
    overdue_objections,
    record_posting,
)
from notices.services.publicity_gate import GateResult, gate, gate_of, objections_until, require_gate
from notices.services.publishing import publish_notice
from notices.services.verifying import faults_of

__all__ = [
    "GateResult",
    "answer_objection",
    "check_notice",
    "draft_correction",
    "draft_notice",
    "escalate_overdue",
    "faults_of",
    "file_objection",
    "gate",
    "gate_of",
    "is_open_for_objections",
    "issue_notice",
    "issuer_profile",
    "objection_place",
    "objections_until",
    "overdue_objections",
    "publish_notice",
    "record_posting",
    "require_gate",
    "return_notice",
    "save_issuer",
]
