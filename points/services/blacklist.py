"""Black list with due process (BEY-7): proposed with the article, told, heard, decided by another, masked, expiring."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from cogov.access.scope import Actor, SystemActor, authorize_object
from cogov.audit.services import record as audit
from cogov.common.errors import RuleError
from cogov.common.text import normalize_text
from cogov.workcalendar.selectors import add_workdays_from_db
from notices.printing.a4 import layout_a4
from notices.printing.imprint import Imprint
from notices.printing.weasy import pdf_bytes
from notices.services import draft_notice, publish_notice
from notices.services.issuers import issuer_profile, objection_place
from points.list_states import (
    BLACK_LIST_DAYS,
    LISTED,
    LISTING_STATES,
    NOTIFIED,
    PROPOSED,
    REPLIED,
)
from points.models import BlackListing, PointsRuleSet
from points.public_lists import BLACK_LIST, black_list, letter
from points.selectors.holders import kind_of, wrong_kind
from points.selectors.interest import interests_of
from points.selectors.rules import rule_set_on
from points.typography import chinese
from villages.models import Household, HouseholdKind, Resident
from villages.rules import is_adult

PROPOSE, DECIDE = "points.propose_blacklist", "points.decide_blacklist"


def not_public(day: date) -> Q:
    """Condition on notices whose entry has expired or was taken down."""
    public = BlackListing.objects.filter(state=LISTED, expires_on__gte=day, notice__isnull=False)
    return Q(kind=BLACK_LIST.code) & ~Q(pk__in=public.values("notice"))


def _allowing(household: Household, day: date) -> PointsRuleSet:
    rule_set = rule_set_on(household.village, day)
    if rule_set is None or not rule_set.black_list or not rule_set.covenant.strip():
        raise RuleError("本村已发布的积分细则没有设黑榜，或没有写明村规民约依据，不能列入")
    return rule_set


def _require_adult(household: Household, day: date) -> None:
    """The person's own age where persons hold the points, the head's where families do; a group has none."""
    if household.kind == HouseholdKind.COLLECTIVE:
        raise RuleError("黑榜只列到户、到人，集体户不能列入")
    who = "户主" if household.kind == HouseholdKind.FAMILY else "本人"
    head = household.head
    if head is None or head.birth_date is None:
        raise RuleError(f"{who}或出生日期没有登记，不能确认是成年人，不能列入")
    if not is_adult(head.birth_date, day):
        raise RuleError(f"{who}未满十八岁，不能列入黑榜")


def _require_nameless(household: Household, *texts: str) -> None:
    names = Resident.objects.filter(household=household.home_id).values_list("name", flat=True)
    for name in names:
        if len(name) > 1 and any(name in text for text in texts):
            raise RuleError("事实和条款里不要写本户任何人的姓名")


def _person(actor: Actor) -> int:
    if actor.pk is None:
        raise RuleError("黑榜须由工作人员办理")
    return actor.pk


def _text(value: str, message: str) -> str:
    clean = normalize_text(value)
    if not clean:
        raise RuleError(message)
    return clean


def _locked(listing: BlackListing) -> BlackListing:
    rows: Any = BlackListing.objects.select_for_update(of=("self",)).select_related(
        "household__head", "household__group", "village__township", "rule_set", "notice"
    )
    found: BlackListing = rows.get(pk=listing.pk)
    return found


def _tell(actor: Actor, row: BlackListing, code: str, label: str, comment: str = "", **after: Any) -> None:
    audit(
        actor=actor,
        action=f"points.blacklist_{code}",
        summary=f"{label}：黑榜事项 #{row.pk}",
        obj=row,
        after={"状态": row.get_state_display(), **after},
        comment=comment,
    )


def propose_listing(*, actor: Actor, household: Household, article: str, facts: str) -> BlackListing:
    """Propose one household for one matter, citing the article. Raises AccessDenied, RuleError."""
    authorize_object(actor, PROPOSE, household)
    who, today = _person(actor), timezone.localdate()
    article = chinese(_text(article, "请写明村规民约的条款"))
    facts = chinese(_text(facts, "请写明事实")).rstrip("。.")
    with transaction.atomic():
        home = (
            Household.holders.select_for_update(of=("self",))
            .select_related("head", "group", "village__township")
            .get(pk=household.pk)
        )
        if home.gone:
            raise RuleError(home.gone)
        rule_set = _allowing(home, today)
        if reason := wrong_kind(home, kind_of(rule_set)):
            raise RuleError(reason)
        _require_adult(home, today)
        _require_nameless(home, article, facts)
        open_ones = Q(state__in=(PROPOSED, NOTIFIED, REPLIED)) | Q(state=LISTED, expires_on__gte=today)
        if BlackListing.objects.filter(open_ones, household=home).exists():
            raise RuleError("这一户已经有一件在办理或在公布")
        row = BlackListing(
            village=home.village,
            household=home,
            rule_set=rule_set,
            article=article[:200],
            facts=facts[:300],
            proposed_by_id=who,
        )
        row.save()
        _tell(actor, row, "propose", "提出", 条款=row.article)
    return row


def notify_listing(*, actor: Actor, listing: BlackListing, way: str, notified_on: date) -> BlackListing:
    """Tell the household; its window is the rule set's working days. Raises CalendarUnknown, RuleError."""
    authorize_object(actor, PROPOSE, listing)
    who = _person(actor)
    if notified_on > timezone.localdate():
        raise RuleError("告知日期不能晚于今天")
    with transaction.atomic():
        row = _locked(listing)
        row.state = LISTING_STATES.move(row.state, "notify").target
        if notified_on < timezone.localdate(row.proposed_at):
            raise RuleError("告知日期不能早于提出日期")
        row.way, row.notified_on, row.notified_by_id = way, notified_on, who
        row.reply_until = add_workdays_from_db(notified_on, row.rule_set.reply_workdays)
        row.save()
        _tell(actor, row, "notify", "告知农户", 申辩截止=row.reply_until)
    return row


def letter_pdf(*, actor: Actor, listing: BlackListing) -> bytes:
    """The letter to the household as PDF. Raises RuleError before it was told."""
    authorize_object(actor, PROPOSE, listing)
    if listing.notified_on is None:
        raise RuleError("先登记告知，再打印告知书")
    profile = issuer_profile(township=listing.village.township, village=listing.village)
    content = replace(letter(listing), signer=profile.signer, objection=objection_place(profile))
    imprint = Imprint(
        issuer=profile.signer,
        heading=profile.heading,
        number=f"告知第{listing.pk}号",
        signed_on=listing.notified_on,
    )
    with transaction.atomic():
        data = pdf_bytes(layout_a4(content, imprint))
        _tell(actor, listing, "letter", "打印告知书")
    return data


def reply_listing(*, actor: Actor, listing: BlackListing, reply: str, replied_on: date) -> BlackListing:
    """What the household says, within its window."""
    authorize_object(actor, PROPOSE, listing)
    text = _text(reply, "请写下农户的申辩意见")
    with transaction.atomic():
        row = _locked(listing)
        row.state = LISTING_STATES.move(row.state, "reply").target
        if row.reply_until and replied_on > row.reply_until:
            raise RuleError(f"申辩期已于 {row.reply_until:%Y年%m月%d日} 截止")
        if replied_on > timezone.localdate() or (row.notified_on and replied_on < row.notified_on):
            raise RuleError("申辩日期不能早于告知，也不能晚于今天")
        row.reply, row.replied_on = text[:500], replied_on
        row.save()
        _tell(actor, row, "reply", "登记申辩", text)
    return row


def decide_listing(*, actor: Actor, listing: BlackListing, uphold: bool, decision: str) -> BlackListing:
    """List (with its public notice) or drop: by neither who proposed nor who told, and not before the window ends.

    Raises AccessDenied, RuleError, TransitionError.
    """
    authorize_object(actor, DECIDE, listing)
    who, today = _person(actor), timezone.localdate()
    text = _text(decision, "请写明决定的理由")
    with transaction.atomic():
        row = _locked(listing)
        row.state = LISTING_STATES.move(row.state, "list" if uphold else "drop").target
        if who in (row.proposed_by_id, row.notified_by_id):
            raise RuleError("提出人和告知人不能自己决定，请另一位负责同志决定")
        interest = interests_of(actor, [row.household])
        if interest:
            raise RuleError(f"有利害关系，须回避：{interest[row.household_id]}")
        row.decided_by_id, row.decided_at, row.decision = who, timezone.now(), text[:500]
        if uphold:
            if not row.replied_on and row.reply_until and today <= row.reply_until:
                raise RuleError(f"申辩期到 {row.reply_until:%Y年%m月%d日} 为止，期满后才能决定")
            _allowing(row.household, today)
            _require_adult(row.household, today)
            row.listed_on, row.expires_on = today, today + timedelta(days=BLACK_LIST_DAYS)
            row.notice = _publish(actor, row, today, row.expires_on)
        row.save()
        _tell(actor, row, "list" if uphold else "drop", "同意列入" if uphold else "不予列入", text)
    return row


def _publish(actor: Actor, row: BlackListing, listed_on: date, expires_on: date) -> Any:
    content, poster = black_list(row, listed_on, expires_on)
    draft = draft_notice(
        actor=SystemActor("黑榜公布"),
        kind=BLACK_LIST.code,
        content=content,
        village=row.village,
        subject_key=f"blacklist:{row.pk}",
        poster=poster,
    )
    return publish_notice(actor=actor, notice=draft)


def rectify_listing(*, actor: Actor, listing: BlackListing, text: str, rectified_on: date) -> BlackListing:
    """The household has put the matter right; somebody else then takes the entry down."""
    authorize_object(actor, PROPOSE, listing)
    who, clean = _person(actor), _text(text, "请写明整改情况")
    with transaction.atomic():
        row = _locked(listing)
        LISTING_STATES.move(row.state, "remove")
        row.rectified_by_id, row.rectified_on, row.rectification = who, rectified_on, clean[:300]
        row.save()
        _tell(actor, row, "rectify", "登记整改", clean)
    return row


def remove_listing(*, actor: Actor, listing: BlackListing, reason: str) -> BlackListing:
    """Take an entry down after rectification; it vanishes from every public page at once. By another person."""
    authorize_object(actor, DECIDE, listing)
    who, clean = _person(actor), _text(reason, "请写明撤下的理由")
    with transaction.atomic():
        row = _locked(listing)
        if row.rectified_by_id is None:
            raise RuleError("还没有登记整改情况")
        if row.rectified_by_id == who:
            raise RuleError("登记整改的人不能自己撤下，请另一位负责同志办理")
        _take_down(row, who, clean)
        _tell(actor, row, "remove", "撤下", clean)
    return row


def _take_down(row: BlackListing, who: int, reason: str) -> None:
    row.state = LISTING_STATES.move(row.state, "remove").target
    row.removed_on, row.removed_by_id, row.removal = timezone.localdate(), who, reason[:500]
    row.save()


def appeal_listing(*, actor: Actor, listing: BlackListing, appeal: str, appealed_on: date) -> BlackListing:
    """The household appeals against a published entry."""
    authorize_object(actor, PROPOSE, listing)
    text = _text(appeal, "请写下申诉意见")
    with transaction.atomic():
        row = _locked(listing)
        LISTING_STATES.move(row.state, "remove")
        if row.appealed_on is not None and row.appeal_decided_by_id is None:
            raise RuleError("已经有一件申诉在办理")
        row.appeal, row.appealed_on = text[:500], appealed_on
        row.appeal_decided_by_id, row.appeal_decision = None, ""
        row.save()
        _tell(actor, row, "appeal", "登记申诉", text)
    return row


def decide_appeal(*, actor: Actor, listing: BlackListing, grant: bool, decision: str) -> BlackListing:
    """Somebody who had no part in the entry decides; a granted appeal takes it down at once."""
    authorize_object(actor, DECIDE, listing)
    who, text = _person(actor), _text(decision, "请写明申诉决定的理由")
    with transaction.atomic():
        row = _locked(listing)
        LISTING_STATES.move(row.state, "remove")
        if row.appealed_on is None or row.appeal_decided_by_id is not None:
            raise RuleError("没有待决定的申诉")
        if who in (row.proposed_by_id, row.notified_by_id, row.decided_by_id):
            raise RuleError("经办过这件事的人不能决定申诉，请另一位负责同志办理")
        interest = interests_of(actor, [row.household])
        if interest:
            raise RuleError(f"有利害关系，须回避：{interest[row.household_id]}")
        row.appeal_decided_by_id, row.appeal_decision = who, text[:500]
        row.save()
        if grant:
            _take_down(row, who, f"申诉成立：{text}")
        _tell(actor, row, "appeal_decided", "申诉成立" if grant else "申诉不成立", text)
    return row
