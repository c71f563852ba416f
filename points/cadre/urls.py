"""Addresses of the cadre pages."""

from __future__ import annotations

from django.urls import path

from points.cadre import sheets, views

app_name = "village"

urlpatterns = [
    path("", views.home, name="home"),
    path("households/", views.households, name="households"),
    path("points/record/", views.record, name="record"),
    path("points/activity/", views.activity, name="activity"),
    path("points/mine/", views.mine, name="mine"),
    path("points/mine/<int:pk>/", views.correct, name="correct"),
    path("points/mine/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("sheets/", sheets.sheets, name="sheets"),
    path("notices/", views.notices, name="notices"),
]
