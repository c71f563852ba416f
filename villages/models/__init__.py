"""The registry (VIL-1 to VIL-8): places, households, residents, cards."""

from villages.models.cards import HouseholdCard
from villages.models.fees import (
    PopulationBasis,
    RubbishFee,
    RubbishFeeEntry,
    RubbishFeeEntryKind,
    SanitationPolicy,
)
from villages.models.households import Household, HouseholdKind, HouseholdState
from villages.models.imports import OPEN_IMPORT_STATES, ImportBatch, ImportState
from villages.models.lineage import HouseholdEvent, HouseholdEventKind
from villages.models.organisations import (
    Organisation,
    OrganisationKind,
    OrganisationMember,
    OrganisationState,
)
from villages.models.places import Township, Village, VillageGroup, VillageKind
from villages.models.residents import (
    ACTIVE_RESIDENT_STATES,
    PoliticalStatus,
    Relation,
    Resident,
    ResidentState,
    Sex,
)
from villages.models.staff import StaffResident
from villages.models.standards import OrganisationStandard, StandardEvidence, StandardItem, VillageStandard
from villages.models.tags import Tag, TagTarget
from villages.models.talent import TalentBank

__all__ = [
    "ACTIVE_RESIDENT_STATES",
    "OPEN_IMPORT_STATES",
    "Household",
    "HouseholdCard",
    "HouseholdEvent",
    "HouseholdEventKind",
    "HouseholdKind",
    "HouseholdState",
    "ImportBatch",
    "ImportState",
    "Organisation",
    "OrganisationKind",
    "OrganisationMember",
    "OrganisationStandard",
    "OrganisationState",
    "PoliticalStatus",
    "PopulationBasis",
    "Relation",
    "Resident",
    "ResidentState",
    "RubbishFee",
    "RubbishFeeEntry",
    "RubbishFeeEntryKind",
    "SanitationPolicy",
    "Sex",
    "StaffResident",
    "StandardEvidence",
    "StandardItem",
    "Tag",
    "TagTarget",
    "TalentBank",
    "Township",
    "Village",
    "VillageGroup",
    "VillageKind",
    "VillageStandard",
]
