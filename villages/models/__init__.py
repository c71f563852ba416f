"""The registry (VIL-1 to VIL-8): places, households, residents, cards."""

from villages.models.cards import HouseholdCard
from villages.models.households import Household, HouseholdState
from villages.models.places import Township, Village, VillageGroup, VillageKind
from villages.models.residents import (
    ACTIVE_RESIDENT_STATES,
    PoliticalStatus,
    Relation,
    Resident,
    ResidentState,
    Sex,
)
from villages.models.tags import Tag, TagTarget

__all__ = [
    "ACTIVE_RESIDENT_STATES",
    "Household",
    "HouseholdCard",
    "HouseholdState",
    "PoliticalStatus",
    "Relation",
    "Resident",
    "ResidentState",
    "Sex",
    "Tag",
    "TagTarget",
    "Township",
    "Village",
    "VillageGroup",
    "VillageKind",
]
