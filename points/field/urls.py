"""Addresses of points in the field."""

from __future__ import annotations

from django.urls import path

from points.field import views

app_name = "field_points"

urlpatterns = [
    path("", views.record, name="record"),
    path("households/", views.households, name="households"),
    path("mine/", views.mine, name="mine"),
    path("mine/<int:pk>/", views.correct, name="correct"),
    path("mine/<int:pk>/photo/", views.photo, name="photo"),
    path("mine/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
]
