"""Addresses of the kiosk. ``card/<token>/`` stands on printed cards and never changes."""

from __future__ import annotations

from django.urls import path

from points.kiosk import views

app_name = "kiosk"

urlpatterns = [
    path("", views.start, name="start"),
    path("open/", views.open_typed, name="open"),
    path("card/<slug:token>/", views.open_card, name="card"),
    path("home/", views.household, name="household"),
    path("notice/<int:pk>/", views.notice, name="notice"),
    path("end/", views.end, name="end"),
]
