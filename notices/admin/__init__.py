"""Pages of the desk for notices, objections, evidence and issuers."""

from notices.admin.disclosures import DisclosureItemAdmin
from notices.admin.issuers import IssuerProfileAdmin
from notices.admin.notices import NoticeAdmin
from notices.admin.objections import ObjectionAdmin
from notices.admin.terms import KindTermsAdmin

__all__ = ["DisclosureItemAdmin", "IssuerProfileAdmin", "KindTermsAdmin", "NoticeAdmin", "ObjectionAdmin"]
