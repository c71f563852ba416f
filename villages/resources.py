"""Export of a village's register with django-import-export, in the columns of the import template (VIL-7).

A workbook exported in full can be corrected and imported again. Every text is made safe against formulas: the
library strips only a leading ``=`` (stack.md trap 9). Imports don't go through it: see ``services.import_households``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from import_export import fields, resources

from villages.importing.headers import LABELS, TEMPLATE_FIELDS
from villages.importing.safecells import safe_text
from villages.models import Resident

_CHILD = {"male": "儿子", "female": "女儿"}
_WORDS = {
    "child": _CHILD,
    "grandchild": {"male": "孙子", "female": "孙女"},
    "parent": {"male": "父亲", "female": "母亲"},
    "child_in_law": {"male": "女婿", "female": "儿媳"},
    "grandparent": {"male": "祖父", "female": "祖母"},
}


class SafeResource(resources.ModelResource):
    """A resource whose texts can't act as formulas in a spreadsheet: = + - @ tab and their like are quoted."""

    def export_field(self, field: Any, instance: Any, **kwargs: Any) -> Any:
        return safe_text(super().export_field(field, instance, **kwargs))


def _column(name: str) -> fields.Field:
    return fields.Field(column_name=LABELS[name], dehydrate_method=f"show_{name}")


class RosterResource(SafeResource):
    """One row per resident. ``reveal`` shows identity and phone numbers in full; else they are masked."""

    number = _column("number")
    head_name = _column("head_name")
    relation = _column("relation")
    name = _column("name")
    sex = _column("sex")
    identity = _column("identity")
    phone = _column("phone")
    group = _column("group")
    state = _column("state")
    tags = _column("tags")

    class Meta:
        model = Resident
        fields: Sequence[str] = TEMPLATE_FIELDS
        export_order = TEMPLATE_FIELDS

    def __init__(self, *, reveal: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.reveal = reveal

    def show_number(self, resident: Resident) -> str:
        return resident.household.number

    def show_head_name(self, resident: Resident) -> str:
        return resident.household.head_name

    def show_relation(self, resident: Resident) -> str:
        words = _WORDS.get(resident.relation, {})
        return words.get(resident.sex) or str(resident.get_relation_display())

    def show_name(self, resident: Resident) -> str:
        return resident.name

    def show_sex(self, resident: Resident) -> str:
        return str(resident.get_sex_display())

    def show_identity(self, resident: Resident) -> str:
        return resident.id_number.plain if self.reveal else str(resident.id_number)

    def show_phone(self, resident: Resident) -> str:
        return resident.phone.plain if self.reveal else str(resident.phone)

    def show_group(self, resident: Resident) -> str:
        return resident.household.group.name

    def show_state(self, resident: Resident) -> str:
        return str(resident.get_state_display())

    def show_tags(self, resident: Resident) -> str:
        own = [tag.name for tag in resident.tags.all()]
        if resident.pk == resident.household.head_id:
            own = [tag.name for tag in resident.household.tags.all()] + own
        return "、".join(dict.fromkeys(own))
