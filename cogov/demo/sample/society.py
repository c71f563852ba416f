"""What stands around the households of the demo: organisations, standards, the rubbish fee, a split, declared staff."""

from __future__ import annotations

from datetime import date, timedelta

from cogov.access.models import User
from cogov.demo.sample.staff import VillageStaff
from villages import services
from villages.models import (
    Household,
    OrganisationKind,
    OrganisationStandard,
    Relation,
    Resident,
    RubbishFee,
    StandardItem,
    Tag,
    Township,
    Village,
)
from villages.selectors import arrears, households_of

_KINDS = ("party_branch", "board", "deliberation", "wedding_funeral", "ethics")
_OFFICES = ("会长", "副会长", "成员")
_PAID = 7  # households out of ten have paid the rubbish fee


def found_societies(village: Village, staff: VillageStaff, today: date, *, complete: bool) -> None:
    """Organisations with members; a ``complete`` village has more of them, and evidence for its covenant."""
    since = date(today.year, 1, 10)
    heads = [
        row.head for row in households_of(village).filter(head__isnull=False).select_related("head")[:30]
    ]
    kinds = OrganisationKind.objects.in_bulk(_KINDS, field_name="code")
    for place, code in enumerate(_KINDS if complete else _KINDS[:3]):
        organisation = services.found_organisation(
            actor=staff.cadre,
            village=village,
            kind=kinds[code],
            founded_on=since,
            basis=f"{since.year}年1月10日{village}村民代表会议推选",
        )
        for order, office in enumerate(_OFFICES if complete else _OFFICES[:1], start=1):
            head = heads[(place * len(_OFFICES) + order) % len(heads)] if heads else None
            if head is not None:
                services.add_member(
                    actor=staff.cadre,
                    organisation=organisation,
                    office="书记" if code == "party_branch" and order == 1 else office,
                    starts_on=since,
                    resident=Resident.objects.select_related("household__group").get(pk=head.pk),
                    order=order,
                )
    standards = list(OrganisationStandard.objects.filter(code__in=("one_core", "covenant_four")))
    services.choose_standards(actor=staff.secretary, village=village, standards=standards)
    if complete:
        services.add_evidence(
            actor=staff.secretary,
            village=village,
            item=StandardItem.objects.get(standard__code="covenant_four", name="村规民约"),
            description=f"{since.year}年1月10日村民会议通过，文本贴于村务公开栏",
            fulfilled_on=since,
        )


def fee_policy(township: Township, drafter: User, publisher: User, today: date) -> None:
    """One yuan per person and month, in force since New Year."""
    draft = services.draft_sanitation_policy(
        actor=drafter,
        township=township,
        effective_from=date(today.year, 1, 1),
        exempt_tags=list(Tag.objects.filter(name__in=("五保", "低保"))),
        basis=f"{township}农户垃圾处理付费制度（样本）",
    )
    services.publish_sanitation_policy(actor=publisher, policy=draft)


def collect_fees(village: Village, staff: VillageStaff, matcher: User, today: date) -> None:
    """The year's bills; most households have paid, and those who did are matched."""
    services.open_fee_year(actor=staff.cadre, village=village, year=today.year)
    bills = arrears(RubbishFee.objects.filter(household__village=village, year=today.year))
    for place, bill in enumerate(bills.select_related("household__group").order_by("household__number")):
        if place % 10 < _PAID:
            services.record_payment(
                actor=staff.cadre,
                fee=bill,
                amount_fen=bill.due_fen,
                receipt=f"{today.year}-{place + 1:04d}",
                paid_on=today - timedelta(days=place % 60),
            )
    services.match_fees(actor=matcher, village=village, year=today.year)


def live_on(village: Village, staff: VillageStaff, admin: User, today: date) -> None:
    """What happens in a year: a son founds his own household, and the secretary declares who he is."""
    households = list(households_of(village).filter(registered_population__gte=4)[:20])
    for household in households:
        child = household.residents.filter(
            relation=Relation.CHILD, birth_date__year__lte=today.year - 22
        ).first()
        if child is not None:
            services.split_household(
                actor=staff.cadre,
                household=household,
                members=[child],
                new_head=child,
                reason="成家另过",
                happened_on=today - timedelta(days=40),
            )
            break
    for household in households[-6:]:
        head = household.residents.filter(relation=Relation.HEAD).first()
        if head is not None:
            services.change_resident(
                actor=staff.cadre, resident=head, political_status="party", reason="补登"
            )
    own = Household.objects.filter(village=village, head__isnull=False).select_related("head").first()
    if own is not None and own.head is not None:
        services.declare_staff(actor=admin, user=staff.secretary, resident=own.head)
