"""Reads of the registry. Everything that shows to a person takes a queryset or place already limited to his scope."""

from villages.selectors.breakdown import (
    PlaceRow,
    deserted,
    event_counts,
    headless,
    place_rows,
    tag_counts,
    unidentified,
)
from villages.selectors.fees import FeeFigures, arrears, fee_faults, fee_figures, policy_on
from villages.selectors.figures import VillageFigures, village_figures
from villages.selectors.households import (
    TimelineEntry,
    active_households,
    household_timeline,
    households_of,
    lineage_of,
    next_household_number,
    search_cards,
    search_fees,
    search_holders,
    search_households,
    search_residents,
    version_token,
)
from villages.selectors.interest import has_interest, interest_reason
from villages.selectors.standards import Checklist, ChecklistLine, village_checklists
from villages.selectors.talent import bank_members

__all__ = [
    "Checklist",
    "ChecklistLine",
    "FeeFigures",
    "PlaceRow",
    "TimelineEntry",
    "VillageFigures",
    "active_households",
    "arrears",
    "bank_members",
    "deserted",
    "event_counts",
    "fee_faults",
    "fee_figures",
    "has_interest",
    "headless",
    "household_timeline",
    "households_of",
    "interest_reason",
    "lineage_of",
    "next_household_number",
    "place_rows",
    "policy_on",
    "search_cards",
    "search_fees",
    "search_holders",
    "search_households",
    "search_residents",
    "tag_counts",
    "unidentified",
    "version_token",
    "village_checklists",
    "village_figures",
]
