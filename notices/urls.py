"""Public addresses: they stand on paper, so they never change."""

from __future__ import annotations

from django.urls import path

from notices import views

app_name = "notices"

urlpatterns = [
    path("v/<slug:token>/", views.verify_token, name="verify_token"),
    path("verify/", views.verify_code, name="verify"),
    path("board/<slug:village_code>/", views.board, name="board"),
    path("board/<slug:village_code>/slides/", views.board_slides, name="board_slides"),
    path("board/<slug:village_code>/list/", views.board_list, name="board_list"),
]
