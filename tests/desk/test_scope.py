from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from openpyxl import load_workbook

from cogov.access.models import Duty, User
from cogov.audit.models import AuditEvent
from cogov.audit.services import record
from cogov.desk.checks import check_desk_admins
from cogov.desk.scoping import scoped
from tests.desk.conftest import FOREIGN_TOWNSHIP, TOWNSHIP


def pages(kind: str, pk: int) -> list[str]:
    model = {"user": "access_user", "duty": "access_duty"}[kind]
    urls = [reverse(f"admin:{model}_change", args=(pk,)), reverse(f"admin:{model}_history", args=(pk,))]
    action = {"user": "access_user_reset-password", "duty": "access_duty_end"}[kind]
    return [*urls, reverse(f"admin:{action}", args=(pk,))]


def test_foreign_objects_answer_like_none_at_all(desk: Any, stranger: Any) -> None:
    duty = stranger.duties.get()
    before = (User.objects.get(pk=stranger.pk).password, Duty.objects.get(pk=duty.pk).ends_on)
    for kind, pk in (("user", stranger.pk), ("duty", duty.pk)):
        for foreign, missing in zip(pages(kind, pk), pages(kind, 999_999), strict=True):
            answers = [getattr(desk, method)(url) for url in (foreign, missing) for method in ("get", "post")]
            assert {answer.status_code for answer in answers} == {404}
            assert len({answer.content for answer in answers}) == 1
    assert before == (User.objects.get(pk=stranger.pk).password, Duty.objects.get(pk=duty.pk).ends_on)


def test_lists_and_exports_hold_only_the_own_scope(desk: Any, cadre: Any, stranger: Any) -> None:
    page = desk.get("/admin/access/duty/").content.decode()
    assert "李明" in page
    assert "外乡人" not in page
    answer = desk.get("/admin/access/duty/export/")
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == ["陈思远", "李明"]
    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.township_code, event.after["行数"]) == ("desk.export_list", TOWNSHIP, 2)


def test_an_export_that_is_too_long_or_asked_wrongly_says_so(desk: Any, cadre: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("cogov.desk.export.ROW_LIMIT", 1)
    answer = desk.get("/admin/access/duty/export/", follow=True)
    assert "请先筛选" in answer.content.decode()
    assert not AuditEvent.objects.exists()
    assert desk.get("/admin/access/duty/export/", {"no_such": "1"}).status_code == 400
    assert desk.get("/admin/access/duty/export/", {"o": "x.y"}).status_code == 302


def test_lookups_that_no_filter_offers_are_refused(desk: Any, cadre: Any) -> None:
    assert desk.get("/admin/access/duty/", {"role__exact": "keeper"}).status_code == 200
    for lookup in ("note__startswith", "user__password__startswith", "scope_code__startswith"):
        answer = desk.get("/admin/access/duty/", {lookup: "4"})
        assert answer.status_code in (302, 400), lookup


def test_there_is_no_deletion(desk: Any, cadre: Any) -> None:
    duty = cadre.duties.get()
    assert desk.post(reverse("admin:access_duty_delete", args=(duty.pk,)), {"post": "yes"}).status_code == 404
    desk.post("/admin/access/duty/", {"action": "delete_selected", "_selected_action": [duty.pk], "index": 0})
    assert Duty.objects.filter(pk=duty.pk).exists()


def test_a_page_without_service_cannot_be_written(desk: Any, cadre: Any) -> None:
    duty = cadre.duties.get()
    answer = desk.post(reverse("admin:access_duty_change", args=(duty.pk,)), {"role": "township_admin"})
    assert answer.status_code == 403
    duty.refresh_from_db()
    assert duty.role == "village_cadre"
    assert desk.get("/admin/access/duty/add/").status_code == 403


def test_the_operation_log_is_scoped_too(desk: Any, admin_user: Any, stranger: Any) -> None:
    own = record(
        actor=admin_user, action="villages.split_household", summary="本镇的事", township_code=TOWNSHIP
    )
    other = record(actor=stranger, action="villages.x", summary="外乡的事", township_code=FOREIGN_TOWNSHIP)
    page = desk.get("/admin/audit/auditevent/").content.decode()
    assert "本镇的事" in page
    assert "外乡的事" not in page
    assert desk.get(f"/admin/audit/auditevent/{own.pk}/change/").status_code == 200
    assert desk.get(f"/admin/audit/auditevent/{other.pk}/change/").status_code == 404


def test_autocomplete_names_nobody_from_elsewhere(desk: Any, cadre: Any, stranger: Any) -> None:
    query = {"app_label": "access", "model_name": "duty", "field_name": "user", "term": ""}
    names = [row["text"] for row in desk.post("/admin/autocomplete/", query).json()["results"]]
    assert sorted(names) == ["李明", "陈思远"]


def test_a_link_stays_only_where_it_leads(desk: Any, cadre: Any, rf: Any) -> None:
    from django.contrib import admin
    from django.contrib.auth.models import AnonymousUser

    from cogov.desk.templatetags.desk import opens

    duty = cadre.duties.get()
    own = reverse("admin:access_user_change", args=(cadre.pk,))
    assert (
        f'<a href="{own}">' in desk.get(reverse("admin:access_duty_change", args=(duty.pk,))).content.decode()
    )
    request = rf.get("/")
    request.user = cadre
    assert admin.site.is_registered(Duty)
    assert opens(request, own) is False
    assert opens(request, own, by_permission=True) is False
    assert opens(request, "/admin/") is True
    assert opens(request, "/no/such/page/") is False
    request.user = AnonymousUser()
    request.user.scope_codes = lambda perm: ()
    assert opens(request, own) is False


def test_foreign_objects_are_not_linked(desk: Any, stranger: Any, rf: Any, admin_user: Any) -> None:
    from cogov.desk.templatetags.desk import opens

    request = rf.get("/")
    request.user = admin_user
    assert opens(request, reverse("admin:access_user_change", args=(stranger.pk,))) is False


def test_a_model_without_scope_is_an_error_and_not_public(admin_user: Any) -> None:
    from django.contrib.sessions.models import Session

    with pytest.raises(ImproperlyConfigured, match="no scope"):
        scoped(Session, admin_user)
    assert check_desk_admins(None) == []
