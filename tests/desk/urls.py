"""Only the desk: its tests do not wait for the apps above."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]

handler403 = "cogov.desk.views.forbidden"
handler404 = "cogov.desk.views.not_found"
handler500 = "cogov.desk.views.server_error"
