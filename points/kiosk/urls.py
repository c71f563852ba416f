"""Addresses of the kiosk. ``card/<token>/`` stands on printed cards and never changes."""

from __future__ import annotations

from django.urls import path

from points.kiosk import booking, claims, history, pin, public, views

app_name = "kiosk"

urlpatterns = [
    # an enrolled screen
    path("", views.start, name="start"),
    path("open/", views.open_typed, name="open"),
    path("card/<slug:token>/", views.open_card, name="card"),
    path("notices/", public.notices, name="notices"),
    path("notice/<int:pk>/", public.notice, name="notice"),
    path("goods/", public.goods, name="goods"),
    path("goods/<int:pk>/picture/", public.picture, name="picture"),
    path("rules/", public.rules, name="rules"),
    # and a card
    path("home/", views.household, name="household"),
    path("pin/", pin.pin, name="pin"),
    # and its PIN
    path("history/", history.history, name="history"),
    path("shop/", booking.shop, name="shop"),
    path("shop/<int:pk>/", booking.choose, name="choose"),
    path("shop/<int:pk>/confirm/", booking.confirm, name="confirm"),
    path("bookings/", booking.bookings, name="bookings"),
    path("bookings/<int:pk>/give-up/", booking.give_up, name="give_up"),
    path("claims/", claims.claims, name="claims"),
    path("claims/new/", claims.deeds, name="deeds"),
    path("claims/new/<int:pk>/", claims.claim, name="claim"),
    # over
    path("end/", views.end, name="end"),
]
