"""Addresses of the cadre pages."""

from __future__ import annotations

from django.urls import path

from points.cadre import cards, posters, sheets, uploads, views

app_name = "village"

urlpatterns = [
    path("", views.home, name="home"),
    path("households/", views.households, name="households"),
    path("points/record/", views.record, name="record"),
    path("points/activity/", views.activity, name="activity"),
    path("points/activity/excel/", uploads.signin, name="signin_upload"),
    path("points/record/excel/", uploads.deeds, name="deeds_upload"),
    path("points/activity/excel/template.xlsx", uploads.template, {"kind": "signin"}, name="signin_template"),
    path("points/record/excel/template.xlsx", uploads.template, {"kind": "deeds"}, name="deeds_template"),
    path("points/mine/", views.mine, name="mine"),
    path("points/mine/<int:pk>/", views.correct, name="correct"),
    path("points/mine/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("sheets/", sheets.sheets, name="sheets"),
    path("cards/", cards.cards, name="cards"),
    path("notices/", posters.notices, name="notices"),
    path("notices/<int:pk>/", posters.notice, name="notice"),
]
