"""The notice, its frozen content, and the log of its moves."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q

from cogov.access.scope import Scope, ScopedManager
from cogov.audit.models import AppendOnlyModel
from notices import kinds, states


class Notice(models.Model):
    """One document. While pending its content stands in ``draft``; once published in its NoticeSnapshot alone."""

    kind = models.CharField("种类", max_length=40, db_index=True)
    township = models.ForeignKey(
        "villages.Township", models.PROTECT, related_name="notices", verbose_name="乡镇"
    )
    village = models.ForeignKey(
        "villages.Village", models.PROTECT, related_name="notices", verbose_name="村", null=True, blank=True
    )
    period = models.CharField("所属期间", max_length=10, blank=True)
    subject_key = models.CharField("事项", max_length=120)
    title = models.CharField("标题", max_length=200)
    state = models.CharField(
        "状态", max_length=12, choices=states.NOTICE_STATES.choices, default=states.DRAFT, editable=False
    )
    draft = models.JSONField("草稿内容", null=True, editable=False)

    number = models.CharField("文号", max_length=80, blank=True, editable=False)
    year = models.PositiveSmallIntegerField("年份", null=True, editable=False)
    series = models.CharField("序列", max_length=20, blank=True, editable=False)
    serial = models.PositiveIntegerField("顺序号", null=True, editable=False)
    check_code = models.CharField("校验码", max_length=12, blank=True, editable=False)
    verify_token = models.CharField("核验标记", max_length=26, blank=True, editable=False)
    published_at = models.DateTimeField("发布时间", null=True, editable=False)
    publicity_start = models.DateField("公示期开始", null=True, editable=False)
    publicity_end = models.DateField("公示期截止", null=True, editable=False)
    posting_until = models.DateField("张贴至", null=True, editable=False)
    # Set with the first photo of a paper that went up late: its days on the board and for objections count from then.
    hangs_until = models.DateField("实际张贴至", null=True, editable=False)
    # The terms in force when it was drafted; None in notices older than townships' own terms.
    objection_workdays = models.PositiveSmallIntegerField("异议期（工作日）", null=True, editable=False)
    posting_days = models.PositiveSmallIntegerField("张贴天数", null=True, editable=False)
    needs_evidence = models.BooleanField("要张贴照片", null=True, editable=False)

    corrects = models.ForeignKey(
        "self", models.PROTECT, related_name="corrections", verbose_name="更正对象", null=True, editable=False
    )
    effect = models.CharField("更正方式", max_length=12, blank=True, editable=False)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name="起草人",
        null=True,
        editable=False,
    )
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name="发布人",
        null=True,
        editable=False,
    )
    created_at = models.DateTimeField("起草时间", auto_now_add=True)

    # The day of the first photo of the board; of rows of selectors.current_notices alone.
    posted: date | None

    scope = Scope(township="township__code", village="village__code")
    objects = ScopedManager()

    class Meta:
        verbose_name = verbose_name_plural = "公示与通报"
        ordering = ("-id",)
        indexes = (
            models.Index(fields=["village", "state", "-id"], name="notice_village_idx"),
            models.Index(fields=["township", "state", "-id"], name="notice_township_idx"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "subject_key"],
                condition=Q(state__in=states.PENDING),
                name="notice_one_draft",
                violation_error_message="这个事项已有一份草稿",
            ),
            models.UniqueConstraint(
                fields=["kind", "subject_key"],
                condition=Q(state=states.PUBLISHED),
                name="notice_one_published",
                violation_error_message="这个事项已经公示，更正请发更正公示",
            ),
            models.UniqueConstraint(
                fields=["township", "number"],
                condition=~Q(number=""),
                name="notice_number_once",
                violation_error_message="文号重复",
            ),
            models.UniqueConstraint(
                fields=["check_code"], condition=~Q(check_code=""), name="notice_code_once"
            ),
            models.UniqueConstraint(
                fields=["verify_token"], condition=~Q(verify_token=""), name="notice_token_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=states.PENDING, number="")
                | (Q(state__in=states.PUBLIC) & ~Q(number="")),
                name="notice_number_when_public",
                violation_error_message="只有发布的文书才有文号",
            ),
            models.CheckConstraint(
                condition=Q(published_by__isnull=True)
                | Q(drafted_by__isnull=True)
                | ~Q(published_by=models.F("drafted_by")),
                name="notice_two_people",
                violation_error_message="起草人不能自己发布",
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.title}" if self.number else self.title

    def audit_codes(self) -> tuple[str, str]:
        return self.township.code, self.village.code if self.village else ""

    @property
    def issuer_code(self) -> str:
        """12 digits for a village's notice, 9 for the township's: the chain and the series it belongs to."""
        return self.village.code if self.village else self.township.code

    @property
    def issuer_name(self) -> str:
        return str(self.village or self.township)

    def get_kind_display(self) -> str:
        return kinds.label_of(self.kind)

    @property
    def terms(self) -> kinds.Terms:
        """The periods and the evidence that hold for this notice."""
        if self.objection_workdays is None or self.posting_days is None:
            return kinds.get(self.kind).terms
        return kinds.Terms(self.objection_workdays, self.posting_days, bool(self.needs_evidence))

    def set_terms(self, terms: kinds.Terms) -> None:
        """Remember what holds; the caller saves."""
        self.objection_workdays, self.posting_days = terms.objection_workdays, terms.posting_days
        self.needs_evidence = terms.needs_evidence

    @property
    def is_public(self) -> bool:
        return self.state in states.PUBLIC


class NoticeSnapshot(AppendOnlyModel):
    """What was published, for ever. The PDF is rendered from ``document``; the chain makes later changes show."""

    notice = models.OneToOneField(Notice, models.PROTECT, related_name="snapshot", verbose_name="公示")
    chain_code = models.CharField("链", max_length=12)
    position = models.PositiveIntegerField("链上序号")
    document = models.JSONField("内容")
    content_digest = models.CharField("内容摘要", max_length=64)
    previous_chain = models.CharField("上一链首", max_length=64, blank=True)
    chain_digest = models.CharField("链首", max_length=64)
    verify_url = models.CharField("核验地址", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "公示存档"
        ordering = ("chain_code", "position")
        constraints = (
            models.UniqueConstraint(fields=["chain_code", "position"], name="snapshot_position_once"),
        )

    def __str__(self) -> str:
        return f"{self.chain_code} #{self.position}"


class NoticeTransition(AppendOnlyModel):
    """One move of one notice: who, from, to, why."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="transitions", verbose_name="公示")
    name = models.CharField("动作", max_length=20)
    source = models.CharField("原状态", max_length=12)
    target = models.CharField("新状态", max_length=12)
    actor_id = models.BigIntegerField("办理人编号", null=True)
    actor_name = models.CharField("办理人", max_length=150)
    comment = models.CharField("说明", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "公示办理记录"
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.notice_id} {self.source}→{self.target}"
