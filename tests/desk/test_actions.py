"""The pages in between, on throw-away admins over accounts and duties."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.contrib.messages import get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.test import RequestFactory

from cogov.access.models import Duty
from cogov.common.errors import InputError, Problem, RuleError
from cogov.desk.actions import BatchAction, BatchResult, GuidedForm
from cogov.desk.modeladmin import DeskModelAdmin


class NoteForm(GuidedForm):
    note = forms.CharField(label="备注", max_length=20)
    duty = forms.ModelChoiceField(label="任职", queryset=Duty.objects.none(), required=False)


class SetNote(BatchAction):
    code, label, permission, form_class = "set_note", "写备注", "access.change_duty", NoteForm

    def run(self) -> BatchResult:
        if self.data["note"] == "拒绝":
            raise RuleError("不行", ["还没有公示", "异议没有答复"])
        if self.data["note"] == "错":
            raise InputError("有错", [Problem("太短", column="note")])
        return BatchResult(self.queryset.update(note=self.data["note"]), [("第三人", "已到期")])


class NoteAdmin(DeskModelAdmin):
    batch_actions = (SetNote,)


def post(user: Any, data: dict[str, Any]) -> Any:
    request = RequestFactory().post("/admin/access/duty/", data)
    request.user = user
    request.session = {}
    request._messages = FallbackStorage(request)
    return request


def run(user: Any, data: dict[str, Any]) -> tuple[Any, list[str]]:
    page = NoteAdmin(Duty, admin.site)
    request = post(user, data)
    action = page.get_actions(request)["set_note"][0]
    answer = action(page, request, page.get_queryset(request))
    if answer is not None:
        answer.render()
    return answer, [str(message) for message in get_messages(request)]


def test_first_asks_then_acts_within_the_scope(admin_user: Any, cadre: Any, stranger: Any) -> None:
    asked, told = run(admin_user, {})
    assert told == []
    page = asked.content.decode()
    assert "写备注" in page
    assert "外乡人" not in page
    assert "desk_confirm" in page
    assert set(Duty.objects.values_list("note", flat=True)) == {""}
    answer, told = run(admin_user, {"desk_confirm": "1", "note": "核对"})
    assert answer is None
    assert told == ["写备注：已办理 2 条", "第三人：已到期"]
    assert dict(Duty.objects.values_list("user__username", "note")) == {
        "zhenban": "核对",
        "cadre": "核对",
        "stranger": "",
    }


@pytest.mark.parametrize(
    ("note", "messages"),
    [("拒绝", ["还没有公示", "异议没有答复"]), ("错", ["太短"]), ("", ["必填"])],
)
def test_refusals_stand_on_the_page(admin_user: Any, note: str, messages: list[str]) -> None:
    answer, told = run(admin_user, {"desk_confirm": "1", "note": note})
    assert told == []
    assert all(message in answer.content.decode() for message in messages)
    assert set(Duty.objects.values_list("note", flat=True)) == {""}


def test_a_choice_from_elsewhere_is_invalid(admin_user: Any, stranger: Any) -> None:
    data = {"desk_confirm": "1", "note": "核对", "duty": stranger.duties.get().pk}
    answer, _ = run(admin_user, data)
    assert "有效" in answer.content.decode()


def test_whoever_lacks_the_permission_is_not_offered_the_action(cadre: Any) -> None:
    request = post(cadre, {})
    assert NoteAdmin(Duty, admin.site).get_actions(request) == {}
