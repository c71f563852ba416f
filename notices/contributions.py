"""What this room adds to the rooms below it: permissions, menu, to-do list, seals."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from cogov.access.permissions import grant, grant_all
from cogov.access.roles import Role
from cogov.audit.seals import register_source
from cogov.desk.registry import (
    NOTICES,
    MenuItem,
    NavItem,
    TodoItem,
    TodoSource,
    register_menu,
    register_nav,
    register_todo,
)
from notices import disclosures, states
from notices.models import (
    DisclosureItem,
    IssuerProfile,
    KindTerms,
    Notice,
    NoticeSnapshot,
    NoticeTransition,
    Objection,
    PostingEvidence,
)
from villages.models import Township, Village

_VIEW = (
    "notices.view_notice",
    "notices.view_objection",
    "notices.view_issuerprofile",
    "notices.view_postingevidence",
    "notices.view_disclosureitem",
    "notices.view_disclosureduty",
    "notices.view_kindterms",
)


def register() -> None:
    """Called once, from AppConfig.ready()."""
    everybody = (
        Role.COUNTY_ADMIN,
        Role.TOWNSHIP_ADMIN,
        Role.DEPARTMENT,
        Role.TOWNSHIP_LEADER,
        Role.VILLAGE_CADRE,
        Role.VILLAGE_SECRETARY,
        Role.AUDITOR,
    )
    grant_all(everybody, *_VIEW)
    writers = (Role.TOWNSHIP_ADMIN, Role.DEPARTMENT, Role.VILLAGE_CADRE, Role.VILLAGE_SECRETARY)
    grant_all(writers, "notices.draft_notice", "notices.check_notice")
    publishers = (Role.TOWNSHIP_ADMIN, Role.TOWNSHIP_LEADER, Role.VILLAGE_SECRETARY)
    grant_all(publishers, "notices.publish_notice", "notices.answer_objection")
    village = (Role.TOWNSHIP_ADMIN, Role.VILLAGE_CADRE, Role.VILLAGE_SECRETARY)
    grant_all(village, "notices.post_notice", "notices.register_objection")
    grant_all((Role.VILLAGE_CADRE, Role.VILLAGE_SECRETARY), "notices.use_village_work")
    grant(Role.TOWNSHIP_ADMIN, "notices.change_issuerprofile")
    grant(Role.TOWNSHIP_ADMIN, "notices.manage_disclosure")
    grant(Role.TOWNSHIP_ADMIN, "notices.manage_terms")
    grant_all((Role.TOWNSHIP_ADMIN, Role.TOWNSHIP_LEADER), "notices.supervise_objection")
    _register_menu()
    _register_todos()
    _register_seal()


def _register_menu() -> None:
    register_menu(
        NOTICES,
        [
            MenuItem("公示与通报", Notice, order=10, icon="megaphone"),
            MenuItem(
                "起草公示", "admin:notices_notice_compose", "notices.draft_notice", order=15, icon="edit"
            ),
            MenuItem("异议答复", Objection, order=20, icon="scale"),
            MenuItem(
                "到期公开",
                "admin:notices_disclosure_due",
                "notices.view_disclosureitem",
                order=30,
                icon="calendar",
            ),
            MenuItem("三务公开目录", DisclosureItem, order=80, icon="book"),
            MenuItem("公示期限", KindTerms, order=85, icon="clock"),
            MenuItem("发文机关", IssuerProfile, order=90, icon="seal"),
        ],
    )

    # Village people have their own head of pages; whoever works for a whole township has the desk.
    register_nav(NavItem("notices.work", "公示", "notices:village_work", "notices.use_village_work", 55))


def _register_todos() -> None:
    register_todo(
        TodoSource("notices_to_publish", "待发布的公示", "notices.publish_notice", _to_publish, order=30)
    )
    register_todo(
        TodoSource("objections_to_answer", "待答复的异议", "notices.answer_objection", _to_answer, order=20)
    )
    register_todo(
        TodoSource(
            "objections_overdue", "逾期未答复的异议", "notices.supervise_objection", _overdue, order=10
        )
    )
    register_todo(
        TodoSource("notices_to_post", "待登记张贴的公示", "notices.post_notice", _to_post, order=40)
    )
    register_todo(
        TodoSource(
            "issuers_without_telephone",
            "公示上缺少异议电话",
            "notices.change_issuerprofile",
            _without_telephone,
            order=5,
        )
    )
    register_todo(
        TodoSource("disclosures_due", "到期的三务公开", "notices.draft_notice", _disclosures, order=35)
    )


def _disclosures(user: Any) -> list[TodoItem]:
    """The user's villages: how many items are overdue, and how many are due. One line each, with the next date."""
    villages = Village.objects.for_user(user, "notices.draft_notice").select_related("township")
    rows = [row for row in disclosures.due_rows(villages) if row.state != disclosures.DONE]
    late = [row for row in rows if row.overdue]
    soon = [row for row in rows if not row.overdue]
    url = reverse("admin:notices_disclosure_due")
    out = []
    for title, found, show, tone in (
        ("三务公开逾期", late, "overdue", "bad"),
        ("三务公开到期", soon, "open", "warn"),
    ):
        if found:
            first = found[0]
            detail = f"{first.village.name} {first.item.name} {first.when}"
            out.append(
                TodoItem(
                    title,
                    f"{url}?show={show}",
                    count=sum(row.count for row in found),
                    detail=detail,
                    due=first.due_on,
                    tone=tone,
                )
            )
    return out


def _without_telephone(user: Any) -> list[TodoItem]:
    """Townships that cannot be called: nothing that can be objected to may be published there, or in their villages
    without a telephone of their own (documents.md). There from the day a township is set up."""
    places = Township.objects.for_user(user, "notices.change_issuerprofile")
    reached = IssuerProfile.objects.filter(village__isnull=True).exclude(objection_telephone="")
    bare = list(
        places.exclude(pk__in=reached.values("township")).order_by("code").values_list("name", flat=True)
    )
    if not bare:
        return []
    url = f"{reverse('admin:notices_issuerprofile_changelist')}?telephone=township"
    detail = f"{'、'.join(bare[:3])}{'等' if len(bare) > 3 else ''}：没有电话，有异议期的公示都发不出去；请填办公电话"
    return [TodoItem("乡镇没有填异议受理电话", url, count=len(bare), detail=detail, tone="bad")]


def _overdue(user: Any) -> list[TodoItem]:
    """What the township supervises: objections of its villages that nobody answered within ten days."""
    scoped = Objection.objects.for_user(user, "notices.supervise_objection")
    today = timezone.localdate()
    late = scoped.filter(state=states.OPEN, answer_due__lt=today).select_related(
        "notice__village", "notice__township"
    )
    return [
        TodoItem(
            f"督办：{row.notice.issuer_name}的异议逾期{(today - row.answer_due).days}天未答复",
            reverse("admin:notices_objection_change", args=[row.pk]),
            detail=f"{row.notice.number} {row.notice.title}",
            due=row.answer_due,
            tone="bad",
        )
        for row in late.order_by("answer_due", "pk")[:20]
    ]


def _to_post(user: Any) -> list[TodoItem]:
    """Published notices that need a photo of the board and have none: their period does not run out."""
    bare = Notice.objects.for_user(user, "notices.post_notice").filter(
        needs_evidence=True, state=states.PUBLISHED, evidence__isnull=True
    )
    return [
        TodoItem(
            f"请张贴并登记照片：{row.number}",
            reverse("admin:notices_notice_change", args=[row.pk]),
            detail=row.title,
            due=row.publicity_start,
            tone="warn",
        )
        for row in bare.order_by("published_at", "pk")[:20]
    ]


def _to_publish(user: Any) -> list[TodoItem]:
    """Drafts that this person may publish: not his own."""
    waiting = Notice.objects.for_user(user, "notices.publish_notice").filter(state__in=states.PENDING)
    count = waiting.exclude(drafted_by_id=user.pk).count()
    url = f"{reverse('admin:notices_notice_changelist')}?state__in={','.join(states.PENDING)}"
    return [TodoItem("公示待核对发布", url, count=count)] if count else []


def _to_answer(user: Any) -> list[TodoItem]:
    """Open objections, the most urgent first; overdue ones are red."""
    rows = Objection.objects.for_user(user, "notices.answer_objection").filter(state=states.OPEN)
    today = timezone.localdate()
    return [
        TodoItem(
            f"异议待答复：{row.notice.number}",
            reverse("admin:notices_objection_change", args=[row.pk]),
            detail=row.notice.title,
            due=row.answer_due,
            tone="bad" if row.answer_due < today else "warn",
        )
        for row in rows.select_related("notice").order_by("answer_due", "pk")[:20]
    ]


def _register_seal() -> None:
    """What is published, that it hung, and who moved it: sealed with the township's other rows."""
    register_source(
        "notices.snapshots",
        "公示存档",
        lambda code: (
            NoticeSnapshot.objects.filter(chain_code__startswith=code)
            if code
            else NoticeSnapshot.objects.none()
        ),
        model=NoticeSnapshot,
    )
    register_source(
        "notices.evidence",
        "张贴留痕",
        lambda code: (
            PostingEvidence.objects.filter(notice__township__code=code)
            if code
            else PostingEvidence.objects.none()
        ),
        model=PostingEvidence,
    )
    register_source(
        "notices.moves",
        "公示办理记录",
        lambda code: (
            NoticeTransition.objects.filter(notice__township__code=code)
            if code
            else NoticeTransition.objects.none()
        ),
        model=NoticeTransition,
    )
