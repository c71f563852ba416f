"""Policy is data: versions that are drafted by one person, published by another, and never changed afterwards."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from cogov.access.scope import Actor
from cogov.audit.services import record
from cogov.common.canonical import digest
from cogov.common.errors import RuleError, TransitionError
from cogov.common.workflow import Transition, TransitionTable

DRAFT, PUBLISHED, SUPERSEDED = "draft", "published", "superseded"

VERSION_STATES = TransitionTable(
    {DRAFT: "草案", PUBLISHED: "已发布", SUPERSEDED: "已被新版代替"},
    (
        Transition("publish", "发布", (DRAFT,), PUBLISHED),
        Transition("supersede", "由新版代替", (PUBLISHED,), SUPERSEDED),
    ),
)


class PolicyVersion(models.Model):
    """One version of a policy. Subclasses say what belongs together and what the content is.

    ``effective_from``..``effective_to`` are inclusive dates; what was computed under a version names it.
    """

    version = models.PositiveIntegerField("版本")
    state = models.CharField(
        "状态", max_length=12, choices=VERSION_STATES.choices, default=DRAFT, editable=False
    )
    effective_from = models.DateField("生效日期")
    effective_to = models.DateField("失效日期", null=True, blank=True, editable=False)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="起草人", editable=False
    )
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name="发布人",
        null=True,
        editable=False,
    )
    published_at = models.DateTimeField("发布时间", null=True, editable=False)
    digest = models.CharField("内容摘要", max_length=64, blank=True, editable=False)

    publish_permission: ClassVar[str] = ""

    class Meta:
        abstract = True
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(state=SUPERSEDED),
                name="%(class)s_end_when_superseded",
                violation_error_message="只有被代替的版本才有失效日期",
            ),
            models.CheckConstraint(
                condition=Q(published_by__isnull=True) | ~Q(published_by=F("drafted_by")),
                name="%(class)s_two_people",
                violation_error_message="起草人不能自己发布",
            ),
        )

    def siblings(self) -> models.QuerySet[Self]:
        """Every version of the same policy, this one included."""
        raise NotImplementedError

    def content(self) -> dict[str, Any]:
        """What the version says, for the digest."""
        raise NotImplementedError

    def is_intact(self) -> bool:
        """Whether a published version still says what was published."""
        return self.state == DRAFT or self.digest == digest(self.content())

    def require_draft(self) -> None:
        """Raises TransitionError unless the version may still be edited."""
        if self.state != DRAFT:
            raise TransitionError("已发布的版本不能修改，请另起草新版本")


V = TypeVar("V", bound=PolicyVersion)


def version_on(versions: models.QuerySet[V], day: date) -> V | None:
    """The version in force on ``day``."""
    in_force = Q(effective_from__lte=day) & (Q(effective_to__isnull=True) | Q(effective_to__gte=day))
    return versions.filter(in_force).exclude(state=DRAFT).order_by("-version").first()


def publish_version(*, actor: Actor, version: PolicyVersion) -> PolicyVersion:
    """Publish a draft: by somebody else than its drafter; it supersedes the version before from its first day.

    Raises TransitionError when it is no draft, RuleError when the same person drafted it or the dates run backwards.
    The caller checks permission and scope.
    """
    with transaction.atomic():
        model = type(version)
        locked = {row.pk: row for row in version.siblings().select_for_update().order_by("pk")}
        fresh = locked[version.pk]
        move = VERSION_STATES.move(fresh.state, "publish")
        if actor.pk is None or fresh.drafted_by_id == actor.pk:
            raise RuleError("起草人不能发布自己的草案，请另一位有权限的同志发布")
        for other in locked.values():
            if other.state != PUBLISHED:
                continue
            if other.effective_from > fresh.effective_from:
                raise RuleError(
                    f"第{other.version}版已从{other.effective_from:%Y-%m-%d}起生效，新版的生效日期不能更早"
                )
            other.state = VERSION_STATES.move(other.state, "supersede").target
            other.effective_to = fresh.effective_from - timedelta(days=1)
            other.save(update_fields=["state", "effective_to"])
        fresh.state, fresh.published_by_id, fresh.published_at = move.target, actor.pk, timezone.now()
        fresh.digest = digest(fresh.content())
        fresh.save(update_fields=["state", "published_by", "published_at", "digest"])
        record(
            actor=actor,
            action=f"{model._meta.app_label}.publish_{model._meta.model_name}",
            summary=f"发布{model._meta.verbose_name}：{fresh}",
            obj=fresh,
            after={"版本": fresh.version, "生效日期": fresh.effective_from.isoformat(), "摘要": fresh.digest},
        )
    return fresh
