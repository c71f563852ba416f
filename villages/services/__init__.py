"""Every write of the registry. Keyword-only, audited, refused in Chinese; rows are locked village first, then households
and residents in key order."""

from villages.services.cards import (
    CardLookup,
    CardPrint,
    card_print,
    find_card,
    issue_card,
    print_cards,
    reissue_card,
    revoke_card,
    show_card,
)
from villages.services.derived import refresh_households
from villages.services.fees import (
    draft_sanitation_policy,
    exempt_fee,
    match_fees,
    open_fee_year,
    publish_sanitation_policy,
    record_payment,
    reverse_entry,
)
from villages.services.households import change_head, change_household, create_household
from villages.services.lineage import (
    cancel_household,
    merge_households,
    restore_household,
    split_household,
)
from villages.services.organisations import (
    add_member,
    change_organisation,
    dissolve_organisation,
    end_membership,
    found_organisation,
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
from villages.services.staff import declare_staff
from villages.services.standards import (
    add_evidence,
    choose_standards,
    save_kind,
    save_standard,
    save_standard_item,
    withdraw_evidence,
)
from villages.services.tags import save_tag, set_household_tags, set_resident_tags
from villages.services.talent import save_talent_bank

__all__ = [
    "CardLookup",
    "CardPrint",
    "add_evidence",
    "add_member",
    "add_resident",
    "cancel_household",
    "card_print",
    "change_head",
    "change_household",
    "change_organisation",
    "change_resident",
    "change_village",
    "choose_standards",
    "create_group",
    "create_household",
    "declare_staff",
    "dissolve_organisation",
    "draft_sanitation_policy",
    "end_membership",
    "exempt_fee",
    "find_card",
    "found_organisation",
    "issue_card",
    "mark_away",
    "mark_deceased",
    "mark_moved_out",
    "match_fees",
    "merge_households",
    "move_resident",
    "open_fee_year",
    "print_cards",
    "publish_sanitation_policy",
    "record_payment",
    "refresh_households",
    "reissue_card",
    "rename_group",
    "restore_household",
    "restore_resident",
    "reverse_entry",
    "revoke_card",
    "save_kind",
    "save_standard",
    "save_standard_item",
    "save_tag",
    "save_talent_bank",
    "set_household_tags",
    "set_resident_tags",
    "show_card",
    "split_household",
    "withdraw_evidence",
]
