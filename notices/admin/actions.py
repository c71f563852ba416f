"""What clerks do with a notice: guided actions on one, batch actions on many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from cogov.common.errors import CogovError
from cogov.desk.actions import BatchAction, BatchResult, GuidedAction, GuidedForm
from notices import kinds, services, states
from notices.models import Notice, ObjectionChannel
from notices.printing.content import ChartBlock, Paragraph, from_json, texts
from notices.printing.faces import check_glyphs
from notices.services.drafting import pending_content
from notices.services.publishing import WITHDRAW
from notices.typed_names import look_up


class CommentForm(GuidedForm):
    """An optional remark."""

    comment = forms.CharField(
        label="说明", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class ReasonForm(GuidedForm):
    """A reason that must be given."""

    comment = forms.CharField(label="原因", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


def _facts(notice: Notice) -> list[tuple[str, Any]]:
    facts: list[tuple[str, Any]] = [
        ("标题", notice.title),
        ("种类", notice.get_kind_display()),
        ("发文机关", notice.issuer_name),
        ("起草人", notice.drafted_by or "系统"),
    ]
    if notice.draft:
        content, poster = pending_content(notice)
        facts.append(("依据", "；".join(content.basis) or "（未填）"))
        facts.append(("版式", "A4 公文、A3 公示榜" if poster else "A4 公文"))
        report = check_glyphs(texts(content))
        if report.fallbacks:
            facts.append(("生僻字", "、".join(f"{char}（{label}）" for char, label in report.fallbacks)))
        if notice.village is not None and kinds.written_by_hand(notice.kind):
            typed = look_up(content, notice.village, timezone.localdate())
            facts += [("姓名", told) for told in (typed.note, str(typed.problem or "")) if told]
    return facts


class CheckNotice(GuidedAction):
    """核对."""

    code, label, icon = "check", "核对通过", "check"
    permission = "notices.check_notice"
    form_class = CommentForm
    intro = "请先看打印预览，确认内容、依据、计算办法和异议受理地点都对。"

    @classmethod
    def is_available(cls, obj: Notice) -> bool:
        return obj.state == states.DRAFT

    def details(self) -> Sequence[tuple[str, Any]]:
        return _facts(self.obj)

    def run(self) -> str:
        services.check_notice(actor=self.user, notice=self.obj, comment=self.data["comment"])
        return "已核对，可以由另一位同志发布"


class ReturnNotice(GuidedAction):
    """退回修改."""

    code, label, icon = "return", "退回修改", "left"
    permission = "notices.check_notice"
    form_class = ReasonForm

    @classmethod
    def is_available(cls, obj: Notice) -> bool:
        return obj.state == states.CHECKED

    def run(self) -> str:
        services.return_notice(actor=self.user, notice=self.obj, comment=self.data["comment"])
        return "已退回"


class PublishNotice(GuidedAction):
    """发布."""

    code, label, icon = "publish", "发布", "megaphone"
    permission = "notices.publish_notice"
    form_class = CommentForm
    submit_label = "编号并发布"
    intro = "发布后内容冻结，自动编号；要改只能发更正公示。起草人不能自己发布。"

    @classmethod
    def is_available(cls, obj: Notice) -> bool:
        return obj.state in states.PENDING

    def details(self) -> Sequence[tuple[str, Any]]:
        return _facts(self.obj)

    def run(self) -> str:
        notice = services.publish_notice(actor=self.user, notice=self.obj, comment=self.data["comment"])
        return f"已发布：{notice.number}"


def _has_charts(notice: Notice) -> bool:
    """Reports are corrected from their figures, on the page of the report, not by hand."""
    blocks = pending_content(notice)[0].blocks
    return any(isinstance(block, ChartBlock) for block in blocks)


class EditDraft(GuidedAction):
    """修改草稿: on the page with the preview."""

    code, label, icon = "rewrite", "修改草稿", "edit"
    permission = "notices.draft_notice"
    page = "admin:notices_notice_rewrite_text"

    @classmethod
    def is_available(cls, obj: Notice) -> bool:
        if obj.corrects_id is not None:
            return obj.state in states.PENDING and "own" in (obj.draft or {}) and not _has_charts(obj)
        return obj.state in states.PENDING and bool(kinds.get(obj.kind).template)

    def respond(self) -> HttpResponse:
        if not self.is_available(self.obj):
            return super().respond()
        return HttpResponseRedirect(reverse(self.page, args=[self.obj.pk]))


class DraftCorrection(EditDraft):
    """起草更正: the published text is edited; the paper prints old against new."""

    code, label, icon = "correct", "起草更正", "edit"
    page = "admin:notices_notice_correction"

    @classmethod
    def is_available(cls, obj: Notice) -> bool:
        return obj.state == states.PUBLISHED


class WithdrawForm(ReasonForm):
    """Why it is taken back, and what holds instead."""

    text = forms.CharField(
        label="说明", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}), help_text="印在更正公示上"
    )


class WithdrawNotice(GuidedAction):
    """撤回: only by a correcting notice, which somebody else publishes."""

    code, label, icon, danger = "withdraw", "起草撤回", "alert", True
    permission = "notices.draft_notice"
    form_class = WithdrawForm
    intro = "撤回要发一份更正公示：这里起草，由另一位同志发布后原公示才撤回。"
    draft: Notice | None = None

    @classmethod
    def is_available(cls, obj: Notice) -> bool:
        return obj.state == states.PUBLISHED

    def run(self) -> str:
        old = from_json(self.obj.snapshot.document["content"])
        content = replace(old, blocks=(Paragraph(self.data["text"]),), attachments=())
        self.draft = services.draft_correction(
            actor=self.user,
            notice=self.obj,
            content=content,
            reason=self.data["comment"],
            effect=WITHDRAW,
        )
        return f"撤回公示已起草：{self.draft.title}，请核对后由另一位同志发布"

    def done_url(self) -> str:
        """The draft, which is what has to be read and published now."""
        return reverse("admin:notices_notice_change", args=[(self.draft or self.obj).pk])


class PostingForm(GuidedForm):
    """A photo of the board."""

    posted_on = forms.DateField(
        label="张贴日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    board = forms.CharField(label="张贴地点", max_length=80, help_text="如：村委会公示栏、三组湾头")
    photo = forms.FileField(label="现场照片", help_text="JPG 或 PNG，不超过10MB，要看得见公示和日期")


class RecordPosting(GuidedAction):
    """登记张贴."""

    code, label, icon = "post", "登记张贴", "camera"
    permission = "notices.post_notice"
    form_class = PostingForm

    @classmethod
    def is_available(cls, obj: Notice) -> bool:
        return obj.state == states.PUBLISHED

    def initial(self) -> dict[str, Any]:
        return {"posted_on": timezone.localdate()}

    def run(self) -> str:
        services.record_posting(actor=self.user, notice=self.obj, **self.data)
        return "张贴照片已登记"


class ObjectionForm(GuidedForm):
    """An objection somebody brought in person or by telephone."""

    channel = forms.ChoiceField(
        label="途径", choices=[(c.value, c.label) for c in ObjectionChannel if c is not ObjectionChannel.WEB]
    )
    person = forms.CharField(label="异议人", max_length=50, required=False)
    phone = forms.CharField(label="联系电话", max_length=20, required=False)
    text = forms.CharField(label="异议内容", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))


class FileObjection(GuidedAction):
    """登记异议."""

    code, label, icon = "object", "登记异议", "alert"
    permission = "notices.register_objection"
    form_class = ObjectionForm

    @classmethod
    def is_available(cls, obj: Notice) -> bool:
        return obj.state == states.PUBLISHED and obj.publicity_end is not None

    def run(self) -> str:
        row = services.file_objection(actor=self.user, notice=self.obj, **self.data)
        return f"异议已登记，请在{row.answer_due:%Y-%m-%d}前答复"


class _Many(BatchAction):
    form_class = CommentForm

    def call(self, notice: Notice) -> None:
        raise NotImplementedError

    def run(self) -> BatchResult:
        result = BatchResult()
        for notice in self.queryset.select_related("township", "village").order_by("pk"):
            try:
                self.call(notice)
            except CogovError as refusal:
                result.refused.append((notice.title, refusal.message))
            else:
                result.done += 1
        return result


class CheckMany(_Many):
    """Several drafts found right."""

    code, label = "check_many", "核对通过选中的公示"
    permission = "notices.check_notice"

    def call(self, notice: Notice) -> None:
        services.check_notice(actor=self.user, notice=notice, comment=self.data["comment"])


class PublishMany(_Many):
    """Several checked notices published, each by itself: one refusal does not stop the others."""

    code, label = "publish_many", "发布选中的公示"
    permission = "notices.publish_notice"
    intro = "每份公示自动编号并冻结内容。起草人不能发布自己起草的公示。"

    def call(self, notice: Notice) -> None:
        services.publish_notice(actor=self.user, notice=notice, comment=self.data["comment"])
