"""The front door of the demo: everybody's, and one page of its own."""

from __future__ import annotations

from django.urls import path

from cogov.demo.views import kiosk_here
from cogov.urls import handler403, handler404, handler500
from cogov.urls import urlpatterns as everybodys

__all__ = ["handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [path("demo/kiosk/", kiosk_here, name="demo-kiosk"), *everybodys]
