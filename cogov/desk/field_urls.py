"""Address of the field pages' start; the apps' own pages lie below it."""

from __future__ import annotations

from django.urls import path

from cogov.desk import field

app_name = "field"

urlpatterns = [path("", field.home, name="home")]
