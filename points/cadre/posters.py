"""Notices of points in the cadre pages: which there are, what they look like, and drafting one for the second person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Div, Layout, Row, Submit
from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from cogov.common.errors import CogovError
from cogov.common.periods import Period
from notices import kinds, states
from notices.models import Notice
from notices.printing import browser
from notices.render import LAYOUTS, printout
from points.cadre import selectors
from points.cadre.access import cadre_page
from points.cadre.forms import refuse
from points.models import PointsMonth
from points.services.posting import covering
from points.services.rankings import draft_honour_roll, draft_ranking
from points.services.redlist import draft_red_list
from points.states import CLOSED
from villages.models import Village

PER_PAGE = 20
_PERIODS = 24
_LAYOUT_LABELS = {"a4": "A4 公示", "poster": "A3 竖榜", "landscape": "A3 横榜"}

Drafter = Callable[..., Notice]


KINDS: dict[str, tuple[str, Drafter]] = {
    "ranking": ("积分榜（按月、季、年排名）", draft_ranking),
    "red": ("红榜（前列各户）", draft_red_list),
    "honour": ("光荣榜（评选表彰）", draft_honour_roll),
}


def closed_periods(village: Village) -> list[Period]:
    """The closed months with the quarters and years that end with one of them, newest first."""
    keys = PointsMonth.objects.filter(village=village, state=CLOSED).values_list("period", flat=True)
    months = [Period.parse(key) for key in keys]
    found = {own for month in months for own in covering(month) if own.months()[-1] == month}
    return sorted(found, key=lambda p: (p.end, len(p.months())), reverse=True)[:_PERIODS]


class DraftForm(forms.Form):
    """Which list, of which period."""

    kind = forms.ChoiceField(label="榜单", choices=[(code, label) for code, (label, _) in KINDS.items()])
    period = forms.ChoiceField(label="期间")

    def __init__(self, *args: Any, periods: list[Period], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["period"]
        field.choices = [(period.key, period.label) for period in periods]
        if not periods:
            field.help_text = "还没有结账的月份。月结以后才能出榜。"
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout(
            Row(Column("kind", css_class="col-12 col-md-7"), Column("period", css_class="col-12 col-md-5")),
            Div(Submit("draft", "起草并预览", css_class="btn-large"), css_class="form-actions"),
        )


@require_http_methods(["GET", "POST"])
@cadre_page
def notices(request: HttpRequest, village: Village) -> HttpResponse:
    """The village's notices; posting drafts one and shows it."""
    form = DraftForm(request.POST or None, periods=closed_periods(village))
    if request.method == "POST" and form.is_valid():
        drafter = KINDS[form.cleaned_data["kind"]][1]
        try:
            drafted = drafter(
                actor=request.user, village=village, period=Period.parse(form.cleaned_data["period"])
            )
        except CogovError as error:
            refuse(form, error)
        else:
            told = "已经发布，内容相同" if drafted.is_public else "已起草，请核对；由另一位同志发布"
            messages.success(request, f"{drafted.title}：{told}")
            return redirect("village:notice", pk=drafted.pk)
    page = Paginator(selectors.village_notices(request.user, village), PER_PAGE).get_page(
        request.GET.get("p")
    )
    context = {
        "title": "公示打印",
        "subtitle": village.name,
        "page": page,
        "form": form,
        "notices": selectors.printable(page.object_list),
    }
    return render(request, "village/notices.html", context, status=400 if form.errors else 200)


@require_GET
@cadre_page
def notice(request: HttpRequest, village: Village, pk: int) -> HttpResponse:
    """One notice as it will hang: its pages on the screen, the files to print, who has to do what next."""
    row: Notice | None = selectors.village_notices(request.user, village).filter(pk=pk).first()
    if row is None:
        raise Http404
    offered = selectors.layouts_of(row)
    layout = request.GET.get("layout", "a4")
    if layout not in offered:
        raise Http404
    shown = printout(row, layout)
    user: Any = request.user
    context = {
        "title": row.title,
        "subtitle": f"{kinds.label_of(row.kind)} · {row.number or '草稿，还没有编号'}",
        "notice": row,
        "layout": layout,
        "layouts": [(code, _LAYOUT_LABELS[code]) for code in LAYOUTS if code in offered],
        "pdf_url": reverse("admin:notices_notice_pdf", args=[row.pk, layout]),
        "print_url": reverse("admin:notices_notice_print", args=[row.pk, layout]),
        "desk_url": reverse("admin:notices_notice_change", args=[row.pk]),
        "pages": len(shown.pages),
        "preview": {
            "body": shown.body(),
            "css": browser.shadow_stylesheet(shown),
            "faces": browser.face_rules(static),
        },
        "may_publish": row.state in states.PENDING
        and row.drafted_by_id != user.pk
        and user.has_perm("notices.publish_notice", row),
        "pending": row.state in states.PENDING,
    }
    return render(request, "village/notice.html", context)
