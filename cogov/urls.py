"""The front door. Apps are named by string; each keeps its own urls."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("admin/", admin.site.urls),
    path("", include("notices.urls")),
    path("kiosk/", include("points.kiosk.urls")),
    path("village/", include("points.cadre.urls")),
    path("counter/", include("points.counter.urls")),
    path("field/", include("cogov.desk.field_urls")),
    path("field/points/", include("points.field.urls")),
]

handler403 = "cogov.desk.views.forbidden"
handler404 = "cogov.desk.views.not_found"
handler500 = "cogov.desk.views.server_error"
