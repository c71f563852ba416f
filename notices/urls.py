"""Public addresses, which stand on paper and never change; and the page of what a village has to do."""

from __future__ import annotations

from django.urls import path

from notices import views

app_name = "notices"

urlpatterns = [
    path("v/<slug:token>/", views.verify_token, name="verify_token"),
    path("verify/", views.verify_code, name="verify"),
    path("village/publicity/", views.village_work, name="village_work"),
    path("board/<slug:village_code>/", views.board, name="board"),
    path("board/<slug:village_code>/slides/", views.board_slides, name="board_slides"),
    path("board/<slug:village_code>/list/", views.board_list, name="board_list"),
]
