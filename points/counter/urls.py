"""Addresses of the counter."""

from __future__ import annotations

from django.urls import path

from points.counter import books, views

app_name = "counter"

urlpatterns = [
    path("", views.home, name="home"),
    path("card/", views.open_card, name="open_card"),
    path("card/close/", views.close_card, name="close_card"),
    path("card/pin/", views.pin, name="pin"),
    path("sale/", views.sale, name="sale"),
    path("receipts/<int:pk>/", views.receipt, name="receipt"),
    path("receipts/<int:pk>/<slug:layout>.pdf", views.receipt_pdf, name="receipt_pdf"),
    path("receipts/<int:pk>/hand-over/", views.hand_over, name="hand_over"),
    path("receipts/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("receipts/<int:pk>/pick-up/", views.pick_up, name="pick_up"),
    path("goods/<int:pk>/picture/", views.picture, name="picture"),
    path("stock/", views.stock, name="stock"),
    path("stock/<slug:kind>/", views.paper, name="paper"),
    path("reconciliation/", books.reconciliation, name="reconciliation"),
    path("reconciliation/workbook/", books.workbook, name="workbook"),
]
