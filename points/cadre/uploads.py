"""Excel in on the cadre pages: a sign-in sheet or a list of deeds, read, shown row by row, and recorded when confirmed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from crispy_forms.layout import Column, Div, Layout, Row, Submit
from django import forms
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from cogov.common.errors import CogovError
from cogov.common.text import normalize_text
from points.cadre import selectors
from points.cadre.access import cadre_page
from points.cadre.forms import CadreForm, asked_for, deed_box
from points.cadre.sheet_rows import Reading, read_deeds, read_signin
from points.cadre.sheet_templates import deeds_book, signin_book
from points.models import PointsActivity, PointsRecord, PointsRule
from points.selectors.holders import kind_of, kind_on, wording, wording_of
from points.selectors.interest import interests_of
from points.selectors.rules import recordable_rules
from points.services.holders import open_newcomers
from points.services.importing import Deed, note_download, record_deeds
from points.services.recording import Line, preview, record_activity
from villages.importing.limits import MAX_FILE_BYTES
from villages.models import Village

_SALT: Final = "points.cadre.uploads"
_GOOD_FOR: Final = 2 * 3600
"""Seconds for which a preview can be confirmed."""
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SHOWN_PROBLEMS: Final = 100


class FileForm(CadreForm):
    """A workbook."""

    file = forms.FileField(
        label="表格文件",
        help_text=".xlsx、.xls 或 .csv，不超过 20 MB。先看一遍再登记，现在不会写入。",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
    )

    def layout(self) -> Layout:
        return Layout("file", self.buttons())

    def buttons(self) -> Div:
        return Div(Submit("read", "读取并预览", css_class="btn-large"), css_class="form-actions")

    def clean_file(self) -> tuple[bytes, str]:
        upload = self.cleaned_data["file"]
        if upload.size > MAX_FILE_BYTES:
            limit = MAX_FILE_BYTES // 1024 // 1024
            raise forms.ValidationError(
                f"文件有 {upload.size // 1024 // 1024} MB，超过 {limit} MB，请分几个文件上传"
            )
        return upload.read(), upload.name


class SignInForm(FileForm):
    """An activity with its sign-in sheet."""

    day_field = "held_on"

    name = forms.CharField(label="活动名称", max_length=60, help_text="如：清洁家园日")
    held_on = forms.DateField(label="日期", widget=deed_box())
    place = forms.CharField(label="地点", max_length=60, required=False)
    rule = forms.ChoiceField(label="积分事项")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.set_rules(photos=False)

    def layout(self) -> Layout:
        return Layout(
            Row(Column("name", css_class="col-12 col-md-8"), Column("held_on", css_class="col-12 col-md-4")),
            Row(Column("rule", css_class="col-12 col-md-8"), Column("place", css_class="col-12 col-md-4")),
            "file",
            self.buttons(),
        )


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of table: its page, its form, how it is read and what confirming it does."""

    code: str
    title: str
    form: type[FileForm]
    read: Callable[[Any, Village, dict[str, Any]], Reading]
    save: Callable[[Any, Village, dict[str, str], list[Deed]], str]


def _read_signin(user: Any, village: Village, data: dict[str, Any]) -> Reading:
    content, filename = data["file"]
    return read_signin(
        user=user,
        village=village,
        rule=data["rule"],
        held_on=data["held_on"],
        data=content,
        filename=filename,
    )


def _read_deeds(user: Any, village: Village, data: dict[str, Any]) -> Reading:
    content, filename = data["file"]
    return read_deeds(user=user, village=village, data=content, filename=filename)


def _save_signin(user: Any, village: Village, told: dict[str, str], deeds: list[Deed]) -> str:
    lines = [Line(deed.household, deed.quantity, deed.row) for deed in deeds]
    done = record_activity(
        actor=user,
        village=village,
        name=told["name"],
        held_on=deeds[0].occurred_on,
        place=told["place"],
        rule=deeds[0].rule,
        lines=lines,
    )
    return f"已提交“{done.name}”，{len(lines)} {wording(deeds[0].household.kind).unit}，等待审核"


def _save_deeds(user: Any, village: Village, told: dict[str, str], deeds: list[Deed]) -> str:
    fresh, known = record_deeds(actor=user, village=village, deeds=deeds)
    return f"已提交 {fresh} 条，等待审核" + (f"；{known} 条以前登记过，没有重复登记" if known else "")


SIGNIN = Kind("signin", "用 Excel 签到表", SignInForm, _read_signin, _save_signin)
DEEDS = Kind("deeds", "用 Excel 登记积分", FileForm, _read_deeds, _save_deeds)


@require_http_methods(["GET", "POST"])
@cadre_page
def signin(request: HttpRequest, village: Village) -> HttpResponse:
    """The sign-in sheet of an activity."""
    return _respond(request, village, SIGNIN)


@require_http_methods(["GET", "POST"])
@cadre_page
def deeds(request: HttpRequest, village: Village) -> HttpResponse:
    """Many deeds at once."""
    return _respond(request, village, DEEDS)


def _respond(request: HttpRequest, village: Village, kind: Kind) -> HttpResponse:
    """Upload, look, confirm. The rows travel signed through the preview, so nothing is kept for a file left lying."""
    if "confirm" in request.POST:
        return _confirm(request, village, kind)
    posted = request.method == "POST"
    form = kind.form(
        request.POST if posted else None,
        request.FILES if posted else None,
        initial=asked_for(request, kind.form.day_field),
        user=request.user,
        village=village,
    )
    if posted and form.is_valid():
        try:
            reading = kind.read(request.user, village, form.cleaned_data)
        except CogovError as error:
            problems = getattr(error, "problems", ())
            form.add_error("file", [str(replace(p, column="")) for p in problems] or [error.message])
        else:
            return _preview(request, village, kind, form, reading)
    context = {"title": kind.title, "subtitle": village.name, "form": form, "kind": kind.code}
    return render(request, "village/upload.html", context, status=400 if form.errors else 200)


def _told(form: FileForm) -> dict[str, str]:
    data = form.cleaned_data
    return {name: str(data[name]) for name in ("name", "place") if name in data}


def _preview(
    request: HttpRequest, village: Village, kind: Kind, form: FileForm, reading: Reading
) -> HttpResponse:
    """Every row that will be recorded with its points, every row that will not with the reason."""
    told = _told(form)
    again = _activity_twice(village, form) if kind is SIGNIN else ""
    rows = _computed(request.user, village, reading.deeds)
    payload = {
        "kind": kind.code,
        "village": village.code,
        "user": request.user.pk,
        "told": told,
        "bad": reading.bad_rows,
        "rows": [
            [d.row, d.household.pk, d.rule.pk, d.quantity, d.occurred_on.isoformat(), d.note]
            for d in reading.deeds
        ],
    }
    context = {
        "title": f"核对：{told.get('name') or form.cleaned_data['file'][1]}",
        "subtitle": village.name,
        "kind": kind.code,
        "rows": rows,
        "households": len({deed.household.pk for deed in reading.deeds}),
        "unit": wording(reading.deeds[0].household.kind).unit if reading.deeds else "户",
        "points": sum(row.points or 0 for _, row in rows),
        "reading": reading,
        "problems": reading.problems[:_SHOWN_PROBLEMS],
        "more_problems": max(0, len(reading.problems) - _SHOWN_PROBLEMS),
        "again": again,
        "can_record": bool(reading.deeds) and not again,
        "payload": signing.dumps(payload, salt=_SALT, compress=True),
    }
    return render(request, "village/upload_preview.html", context)


def _activity_twice(village: Village, form: FileForm) -> str:
    data = form.cleaned_data
    found = PointsActivity.objects.filter(
        village=village, held_on=data["held_on"], name=normalize_text(data["name"])
    ).first()
    if found is None:
        return ""
    count = f"{found.records.count()} {wording_of(data['rule'].rule_set).unit}"
    return f"{found.held_on:%Y年%m月%d日}的“{found.name}”已经登记过（{count}），不会重复登记。"


def _computed(user: Any, village: Village, found: list[Deed]) -> list[tuple[Deed, PointsRecord]]:
    """The rows as records that nobody has saved: points, steps and 利害关系 as they would be."""
    interests = interests_of(user, [deed.household for deed in found])
    records = [
        PointsRecord(
            village=village,
            household=deed.household,
            rule=deed.rule,
            quantity=deed.quantity,
            occurred_on=deed.occurred_on,
            interest=interests.get(deed.household.pk, ""),
        )
        for deed in found
    ]
    preview(records)
    return list(zip(found, records, strict=True))


def _confirm(request: HttpRequest, village: Village, kind: Kind) -> HttpResponse:
    """Record what the preview showed. Services check everything again."""
    back = redirect(f"village:{kind.code}_upload")
    try:
        payload = signing.loads(request.POST.get("payload", ""), salt=_SALT, max_age=_GOOD_FOR)
    except signing.BadSignature:
        messages.error(request, "预览已经过期或不完整，请重新上传文件")
        return back
    if (payload["kind"], payload["village"], payload["user"]) != (kind.code, village.code, request.user.pk):
        messages.error(request, "这份预览不是本村的，请重新上传文件")
        return back
    if payload["bad"] and request.POST.get("leave_out") != "yes":
        messages.error(request, f"有 {payload['bad']} 行不能登记。请改好表格重新上传，或勾选“其余的先登记”")
        return back
    found = _deeds(request.user, village, payload["rows"])
    if len(found) != len(payload["rows"]):
        messages.error(request, "预览以后有的户或积分事项变动了，没有登记，请重新上传文件")
        return back
    try:
        message = kind.save(request.user, village, payload["told"], found)
    except CogovError as error:
        reasons = [str(problem) for problem in getattr(error, "problems", ())] or [error.message]
        for reason in reasons[:10]:
            messages.error(request, reason)
        return back
    left = f"；有 {payload['bad']} 行没有登记" if payload["bad"] else ""
    messages.success(request, message + left)
    return redirect("village:mine")


def _deeds(user: Any, village: Village, rows: list[list[Any]]) -> list[Deed]:
    rules = {r.pk: r for r in PointsRule.objects.filter(rule_set__village=village).select_related("rule_set")}
    kinds = {kind_of(rules[row[2]].rule_set) for row in rows if row[2] in rules}
    homes = {home.pk: home for kind in kinds for home in selectors.households(user, village, kind)}
    return [
        Deed(homes[home], rules[rule], quantity, date.fromisoformat(day), note, row)
        for row, home, rule, quantity, day, note in rows
        if home in homes and rule in rules
    ]


@require_GET
@cadre_page
def template(request: HttpRequest, village: Village, kind: str) -> HttpResponse:
    """The empty workbook for this village; it names every household, so the download is recorded."""
    today = timezone.localdate()
    holder = kind_on(village, today)
    open_newcomers(actor=request.user, village=village, kind=holder)  # type: ignore[arg-type]
    homes = list(selectors.households(request.user, village, holder))
    if kind == SIGNIN.code:
        data, name = signin_book(village, homes, holder), "signin"
    else:
        rules = [r for r in recordable_rules(request.user, village, today) if not r.photo_required]
        data, name = deeds_book(village, homes, rules, today, holder), "points"
    note_download(
        actor=request.user,  # type: ignore[arg-type]
        village=village,
        what="签到表" if kind == SIGNIN.code else "积分登记表",
        households=len(homes),
    )
    response = HttpResponse(data, content_type=_XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}-{village.code}.xlsx"'
    response["Cache-Control"] = "no-store, private"
    return response
