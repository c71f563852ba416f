"""A household reports what it did itself (农户自报): choose the deed, say how often and when, add a photo (card and PIN)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from cogov.common.errors import CogovError, InputError
from points.kiosk.doors import pin_page, see_other, show
from points.kiosk.forms import ClaimForm, day_tiles, fresh_key
from points.kiosk.services import household_actor
from points.models import KioskSession, PointsRecord, PointsRule, PostingRule
from points.selectors.claims import claim_refusal, claimable_rules, claims_of, without_name
from points.services.claims import MOST_UNITS, claim_key, submit_claim
from points.states import APPROVED, POSTED, REJECTED, RETURNED, SUBMITTED

# What a state means to the household, and how it looks.
_TOLD = {
    SUBMITTED: ("等村里审核", "wait"),
    APPROVED: ("审核通过，月底入账", "good"),
    POSTED: ("已入账", "good"),
    RETURNED: ("退回了，请按下面的意见重新申报", "bad"),
    REJECTED: ("没有认定", "bad"),
}


def _lost(request: HttpRequest) -> str:
    """What became of a claim whose visit was over: received before, or not at all."""
    done = PointsRecord.objects.filter(source_key=claim_key(request.POST.get("key", ""))).exists()
    return "claimed" if done else "claim"


def _lines(rows: list[PointsRecord]) -> list[dict[str, object]]:
    lines = []
    for row in rows:
        label, tone = _TOLD.get(row.state, (row.get_state_display(), "wait"))
        if row.state == APPROVED and row.rule.rule_set.posting == PostingRule.PUBLICITY:
            label = "审核通过，公示期满入账"
        lines.append({"row": row, "label": label, "tone": tone})
    return lines


@require_GET
@pin_page("claims")
def claims(request: HttpRequest, visit: KioskSession) -> HttpResponse:
    """The household's claims: their state and the reviewer's reason."""
    household = visit.card.household
    today = timezone.localdate()
    can_claim = bool(claimable_rules(household, today))
    context = {
        "claims": _lines(claims_of(household)),
        "can_claim": can_claim,
        "why_not": "" if can_claim else claim_refusal(household, today),
        "sent": "sent" in request.GET,
    }
    return show(request, "claims", household.village, visit, context)


@require_GET
@pin_page("claims")
def deeds(request: HttpRequest, visit: KioskSession) -> HttpResponse:
    """What may be claimed."""
    household = visit.card.household
    rules = claimable_rules(household, timezone.localdate())
    return show(request, "deeds", household.village, visit, {"rules": rules})


def _rule(visit: KioskSession, pk: int) -> PointsRule:
    for rule in claimable_rules(visit.card.household, timezone.localdate()):
        if rule.pk == pk:
            return rule
    raise Http404


@require_http_methods(["GET", "POST"])
@pin_page("claims", lost=_lost)
def claim(request: HttpRequest, visit: KioskSession, pk: int) -> HttpResponse:
    """How often, which day, a photo; a POST hands it in."""
    rule, household = _rule(visit, pk), visit.card.household
    form = ClaimForm(request.POST, request.FILES) if request.method == "POST" else ClaimForm()
    problems: list[str] = []
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            submit_claim(
                actor=household_actor(household),
                household=household,
                code=rule.code,
                quantity=data["quantity"],
                occurred_on=data["day"],
                key=data["key"],
                photo=data["photo"],
            )
        except InputError as refusal:
            problems = [without_name(problem.message, household) for problem in refusal.problems]
        except CogovError as refusal:
            problems = [without_name(refusal.message, household)]
        else:
            return see_other("kiosk:claims", "?sent")
    elif request.method == "POST":
        problems = [str(message) for messages in form.errors.values() for message in messages]
    today = timezone.localdate()
    typed = request.POST.get("quantity", "1")
    context = {
        "rule": rule,
        "days": day_tiles(today),
        "day": request.POST.get("day", today.isoformat()),
        "quantity": typed if typed.isascii() and typed.isdigit() and len(typed) < 3 else "1",
        "most": MOST_UNITS,
        "key": fresh_key(),
        "problems": problems,
        "had_photo": bool(request.FILES),
    }
    return show(request, "claim", household.village, visit, context, 400 if problems else 200)
