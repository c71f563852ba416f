"""Every write of the registry. Keyword-only, audited, refused in Chinese; rows are locked village first, then households
and residents in key order."""

from villages.services.cards import (
    CardLookup,
    CardPrint,
    card_print,
    find_card,
    issue_card,
    reissue_card,
    revoke_card,
    show_card,
)
from villages.services.derived import refresh_households
from villages.services.households import change_head, change_household, create_household
from villages.services.lineage import (
    cancel_household,
    merge_households,
    restore_household,
    split_household,
)
from villages.services.places import change_village, create_group, rename_group
from villages.services.residents import (
    add_resident,
    change_resident,
    mark_away,
    mark_deceased,
    mark_moved_out,
    move_resident,
    restore_resident,
)
from villages.services.tags import save_tag, set_household_tags, set_resident_tags

__all__ = [
    "CardLookup",
    "CardPrint",
    "add_resident",
    "cancel_household",
    "card_print",
    "change_head",
    "change_household",
    "change_resident",
    "change_village",
    "create_group",
    "create_household",
    "find_card",
    "issue_card",
    "mark_away",
    "mark_deceased",
    "mark_moved_out",
    "merge_households",
    "move_resident",
    "refresh_households",
    "reissue_card",
    "rename_group",
    "restore_household",
    "restore_resident",
    "revoke_card",
    "save_tag",
    "set_household_tags",
    "set_resident_tags",
    "show_card",
    "split_household",
]
