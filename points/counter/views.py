"""Pages of the counter. Every write is a service; a refusal comes back on the page, and nothing has changed."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cogov.common.errors import CogovError, RuleError
from points.counter import receipts
from points.counter.access import (
    RECORD,
    SELL,
    VIEW,
    card_on_counter,
    counter_page,
    forget_card,
    lay_down,
    may,
)
from points.counter.forms import CancelForm, LateCancelForm, PaperForm, PinForm, SaleForm, refuse
from points.models import Goods, PointsAccount, Redemption, StockPaper, Supermarket
from points.selectors import market
from points.selectors.holders import public_name
from points.services.market import cancelling, keeping, redeeming
from villages.models import Household
from villages.services.cards import find_card
from villages.services.pins import SET_PIN, set_pin

_TONES = {"sold": "good", "booked": "info", "cancelled": "bad", "expired": "neutral"}


def page(
    request: HttpRequest, shop: Supermarket, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page of the counter."""
    base = {
        "shop": shop,
        "shops": request.counter_shops,  # type: ignore[attr-defined]
        "can_sell": may(request, SELL, shop),
        "can_record": may(request, RECORD, shop),
    }
    return render(request, f"counter/{template}.html", {**base, **context}, status=status)


def told(rows: list[Redemption]) -> list[dict[str, Any]]:
    """Redemptions as lines: the head's name masked."""
    return [
        {"row": row, "tone": _TONES.get(row.state, "neutral"), "name": public_name(row.household)}
        for row in rows
    ]


@require_GET
@counter_page(VIEW, door=True)
def home(request: HttpRequest, shop: Supermarket) -> HttpResponse:
    """Scan a card; today's sales; what runs low."""
    forget_card(request)
    today = Redemption.objects.filter(supermarket=shop, day=timezone.localdate()).select_related("household")
    standing = [row for row in today if row.state in ("sold", "booked")]
    context = {
        "title": shop.name,
        "subtitle": shop.opening or str(shop.village),
        "today": told(list(today.order_by("-id")[:12])),
        "sales": len(standing),
        "points": sum(row.points for row in standing),
        "closed": ""
        if shop.days.open_on(timezone.localdate())
        else shop.days.next_from(timezone.localdate()),
        "days": str(shop.days),
        "low": market.running_low(shop),
        "bookings": Redemption.objects.filter(supermarket=shop, state="booked").count(),
    }
    return page(request, shop, "home", context)


@require_POST
@counter_page(SELL)
def open_card(request: HttpRequest, shop: Supermarket) -> HttpResponse:
    """What the scanner or the keeper typed."""
    problem = lay_down(request, shop, find_card(request.POST.get("card", "")[:300]))
    if problem:
        messages.error(request, problem)
        return redirect("counter:home")
    return redirect("counter:sale")


@require_http_methods(["GET", "POST"])
@counter_page(SELL)
def sale(request: HttpRequest, shop: Supermarket) -> HttpResponse:
    """Basket, PIN, confirm."""
    card = card_on_counter(request, shop)
    if card is None:
        messages.info(request, "请先扫户卡")
        return redirect("counter:home")
    shelf = list(market.shelf(shop))
    posted = request.method == "POST"
    form = SaleForm(request.POST if posted else None, shelf=shelf, initial={"key": uuid.uuid4().hex})
    status = 200
    if posted and form.is_valid():
        try:
            row = redeeming.redeem(
                actor=request.user,
                supermarket=shop,
                card=card,
                pin=form.cleaned_data["pin"],
                basket=form.basket(),
                key=form.cleaned_data["key"],
                expected_points=form.cleaned_data["expected"],
            )
        except CogovError as error:
            refuse(form, error)
            form.recount(market.shelf(shop))  # another keeper may have sold meanwhile
            status = 409
        else:
            forget_card(request)
            return redirect("counter:receipt", pk=row.pk)
    elif posted:
        status = 400
    return page(request, shop, "sale", _sale_context(request, card.household, card, form, shelf), status)


def _sale_context(
    request: HttpRequest, household: Household, card: Any, form: SaleForm, shelf: list[Goods]
) -> dict[str, Any]:
    account = PointsAccount.objects.filter(household=household).first()
    card.refresh_from_db()
    return {
        "title": "兑换",
        "household": household,
        "name": public_name(household),
        "balance": account.balance if account else 0,
        "card": card,
        "can_set_pin": bool(request.user.has_perm(SET_PIN, card)),
        "form": form,
        "goods": [{"row": row, "field": form[f"g{row.pk}"]} for row in shelf],
        "categories": sorted({row.category for row in shelf}),
        "bookings": market.bookings_of(household.pk),
    }


@require_POST
@counter_page(SELL)
def close_card(request: HttpRequest, shop: Supermarket) -> HttpResponse:
    """The card goes back; the next one, please."""
    forget_card(request)
    return redirect("counter:home")


def _redemption(request: HttpRequest, pk: int, permission: str = VIEW) -> Redemption:
    rows = Redemption.objects.for_user(request.user, permission)
    rows = rows.select_related(
        "supermarket__village__township",
        "supermarket__fund",
        "keeper",
        "household__group",
        "household__village",
    )
    row: Redemption | None = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


@require_GET
@counter_page(VIEW)
def receipt(request: HttpRequest, shop: Supermarket, pk: int) -> HttpResponse:
    """What was redeemed; print, hand over, take back."""
    row = _redemption(request, pk)
    now = timezone.now()
    free = row.free_to_cancel(now)
    left = 600 - int((now - row.sold_at).total_seconds()) if row.sold_at and free else 0
    context = {
        "title": "兑换单",
        "row": row,
        "lines": list(row.lines.all()),
        "name": public_name(row.household),
        "keeper": receipts.keeper_of(row),
        "tone": _TONES.get(row.state, "neutral"),
        "free": free,
        "minutes_left": max(0, (left + 59) // 60),
        "seconds_left": max(0, left),
        "can_cancel": row.state in ("sold", "booked") and bool(request.user.has_perm(SELL, row)),
        "can_hand_over": row.state == "sold"
        and row.handed_at is None
        and bool(request.user.has_perm(SELL, row)),
        "can_print": row.state in ("sold", "cancelled"),
    }
    return page(request, row.supermarket, "receipt", context)


@require_GET
@counter_page(VIEW)
def receipt_pdf(request: HttpRequest, shop: Supermarket, pk: int, layout: str) -> HttpResponse:
    """The receipt for the printer: "a5" or "80"."""
    row = _redemption(request, pk)
    if layout not in receipts.LAYOUTS or row.state == "booked":
        raise Http404
    response = HttpResponse(receipts.pdf(row, layout), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{row.number}-{layout}.pdf"'
    return response


@require_POST
@counter_page(SELL)
def hand_over(request: HttpRequest, shop: Supermarket, pk: int) -> HttpResponse:
    """The goods are in the household's hands."""
    row = _redemption(request, pk, SELL)
    try:
        redeeming.hand_over(actor=request.user, redemption=row)
    except RuleError as error:
        messages.error(request, error.message)
        return redirect("counter:receipt", pk=row.pk)
    messages.success(request, f"{row.number} 已交付")
    return redirect("counter:home")


@require_http_methods(["GET", "POST"])
@counter_page(SELL)
def cancel(request: HttpRequest, shop: Supermarket, pk: int) -> HttpResponse:
    """Take it back: alone within ten minutes, later with a second person."""
    row = _redemption(request, pk, SELL)
    free = row.free_to_cancel(timezone.now())
    form_class = CancelForm if free else LateCancelForm
    form = form_class(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        try:
            cancelling.cancel(
                actor=request.user, redemption=row, reason=form.cleaned_data["reason"], second=form.second
            )
        except CogovError as error:
            refuse(form, error)
        else:
            messages.success(request, f"{row.number} 已撤销，退回 {row.points} 分")
            return redirect("counter:receipt", pk=row.pk)
    context = {
        "title": "撤销兑换",
        "subtitle": row.number,
        "row": row,
        "form": form,
        "free": free,
        "lines": list(row.lines.all()),
    }
    return page(request, row.supermarket, "cancel", context, 400 if form.errors else 200)


@require_POST
@counter_page(SELL)
def pick_up(request: HttpRequest, shop: Supermarket, pk: int) -> HttpResponse:
    """Booked goods for the card on the counter."""
    row = _redemption(request, pk, SELL)
    card = card_on_counter(request, shop)
    if card is None:
        messages.info(request, "请先扫户卡")
        return redirect("counter:home")
    try:
        redeeming.pick_up(actor=request.user, redemption=row, card=card)
    except RuleError as error:
        messages.error(request, error.message)
        return redirect("counter:sale")
    forget_card(request)
    return redirect("counter:receipt", pk=row.pk)


@require_http_methods(["GET", "POST"])
@counter_page(SELL)
def pin(request: HttpRequest, shop: Supermarket) -> HttpResponse:
    """A new PIN for the card on the counter, with a witness."""
    card = card_on_counter(request, shop)
    if card is None:
        messages.info(request, "请先扫户卡")
        return redirect("counter:home")
    form = PinForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid() and form.second is not None:
        try:
            set_pin(actor=request.user, card=card, pin=form.cleaned_data["pin"], witness=form.second)
        except CogovError as error:
            refuse(form, error)
        else:
            messages.success(request, "密码已设置")
            return redirect("counter:sale")
    context = {
        "title": "重置密码" if card.pin_hash else "设置密码",
        "subtitle": f"{card.household.number} {public_name(card.household)}",
        "form": form,
    }
    return page(request, shop, "pin", context, 400 if form.errors else 200)


@require_GET
@counter_page(VIEW)
def picture(request: HttpRequest, shop: Supermarket, pk: int) -> HttpResponse:
    """A good's picture; the file lies outside what the web server shows."""
    row = Goods.objects.for_user(request.user).filter(pk=pk).first()
    if row is None or not row.picture:
        raise Http404
    try:
        return FileResponse(row.picture.open("rb"), content_type="image/jpeg")
    except FileNotFoundError:
        raise Http404 from None


@require_GET
@counter_page(VIEW)
def stock(request: HttpRequest, shop: Supermarket) -> HttpResponse:
    """The shelf and the last papers."""
    papers = StockPaper.objects.filter(supermarket=shop).select_related("decided_by")
    context = {
        "title": "库存",
        "subtitle": shop.name,
        "goods": list(market.all_goods(shop)),
        "papers": list(papers.order_by("-id")[:12]),
    }
    return page(request, shop, "stock", context)


_TITLES = {"purchase": "登记进货", "count": "登记盘点", "writeoff": "登记报损"}


@require_http_methods(["GET", "POST"])
@counter_page(RECORD)
def paper(request: HttpRequest, shop: Supermarket, kind: str) -> HttpResponse:
    """Record a purchase, a count or a write-off; another person confirms it at the desk."""
    if kind not in _TITLES:
        raise Http404
    goods = [
        row for row in market.all_goods(shop) if row.active or (hasattr(row, "stock") and row.stock.quantity)
    ]
    form = PaperForm(request.POST or None, kind=kind, goods=goods, initial={"key": uuid.uuid4().hex})
    if request.method == "POST" and form.is_valid():
        try:
            row = keeping.submit_paper(
                actor=request.user,
                supermarket=shop,
                kind=kind,
                lines=form.lines(),
                key=form.cleaned_data["key"],
                occurred_on=form.cleaned_data["occurred_on"],
                supplier=form.cleaned_data.get("supplier", ""),
                reason=form.cleaned_data["reason"],
            )
        except CogovError as error:
            refuse(form, error)
        else:
            messages.success(request, f"已登记{row}，另一位工作人员复核后出入库")
            return redirect("counter:stock")
    context = {"title": _TITLES[kind], "subtitle": shop.name, "form": form, "kind": kind}
    return page(request, shop, "paper", context, 400 if form.errors else 200)
