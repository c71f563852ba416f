"""The outbox and the message box: told with the business row, delivered once, read by its owner alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from cogov.desk import inbox, notifiers
from cogov.desk.models import Message, Outbox
from cogov.desk.notifiers import NotDelivered
from cogov.jobs import states
from cogov.jobs.models import Job
from cogov.jobs.services import run_job
from tests.desk.conftest import TOWNSHIP, VILLAGE

pytestmark = pytest.mark.django_db


class Flaky:
    """A channel that fails as long as it is told to, and counts what it sent."""

    code, label = "flaky", "样例"

    def __init__(self) -> None:
        self.broken = True
        self.fault: Exception = NotDelivered("短信平台没有应答")
        self.sent: list[int] = []

    def accepts(self, user: Any) -> bool:
        return bool(user.username == "cadre")

    def send(self, row: Outbox) -> None:
        if self.broken:
            raise self.fault
        self.sent.append(row.pk)


def _tell(*users: Any, key: str = "k1", **values: Any) -> int:
    return inbox.notify(users=users, title="月结完成", key=key, **values)


def test_a_message_arrives_once_however_often_it_is_told_or_delivered(admin_user: Any, cadre: Any) -> None:
    assert _tell(admin_user, cadre, admin_user) == 2
    assert _tell(admin_user, cadre) == 0
    assert Message.objects.count() == 0, "only the job delivers"
    job = Job.objects.get(kind=inbox.DELIVER)
    assert inbox.deliver_waiting() == 1
    run_job(job.pk)
    Job.objects.filter(pk=job.pk).update(state=states.QUEUED)
    run_job(job.pk)
    assert [(m.user, m.title) for m in Message.objects.order_by("pk")] == [
        (admin_user, "月结完成"),
        (cadre, "月结完成"),
    ]
    assert Outbox.objects.filter(delivered_at__isnull=True).count() == 0


def test_it_is_told_with_the_business_row_or_not_at_all(admin_user: Any) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        _tell(admin_user)
        raise RuntimeError
    assert not Outbox.objects.exists()
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (NotDelivered("短信平台没有应答"), "短信平台没有应答"),
        (TimeoutError("timed out"), "渠道出错（TimeoutError），稍后再试"),
    ],
)
def test_a_channel_that_fails_is_tried_again_and_stops_nobody(
    admin_user: Any, cadre: Any, monkeypatch: pytest.MonkeyPatch, fault: Exception, told: str
) -> None:
    channel = Flaky()
    channel.fault = fault
    monkeypatch.setattr(notifiers, "_notifiers", {**notifiers._notifiers, "flaky": channel})
    assert _tell(admin_user, cadre) == 3
    job = Job.objects.get(kind=inbox.DELIVER)
    run_job(job.pk)
    job.refresh_from_db()
    assert job.state == states.QUEUED, "it waits for another try"
    assert Message.objects.count() == 2
    assert Outbox.objects.get(channel="flaky").error == told
    channel.broken = False
    Job.objects.filter(pk=job.pk).update(available_at=job.created_at)
    run_job(job.pk)
    job.refresh_from_db()
    assert job.state == states.DONE
    assert len(channel.sent) == 1
    assert Message.objects.count() == 2


def test_an_unknown_channel_is_named() -> None:
    with pytest.raises(NotDelivered, match="没有“fax”"):
        notifiers.notifier_of("fax")
    with pytest.raises(ValueError, match="registered twice"):
        notifiers.register_notifier(type("Other", (), {"code": "in_app", "label": "x"})())


def test_people_at_a_place_are_those_of_that_place(admin_user: Any, cadre: Any, stranger: Any) -> None:
    assert inbox.people_at("reports.view_monthclose", TOWNSHIP) == [admin_user]
    assert inbox.people_at("reports.view_monthclose", VILLAGE) == [cadre]


def test_the_bell_counts_and_the_box_shows_only_own_messages(desk: Any, admin_user: Any, cadre: Any) -> None:
    _tell(admin_user, link="/admin/todo/", body="12个村都已完成")
    _tell(cadre, key="k2", body="只给村干部")
    inbox.deliver_waiting()
    page = desk.get("/admin/messages/").content.decode()
    assert "消息，1 条未读" in page
    assert "12个村都已完成" in page
    assert "只给村干部" not in page
    foreign = Message.objects.get(user=cadre)
    assert desk.post(f"/admin/messages/{foreign.pk}/open/").status_code == 404
    own = Message.objects.get(user=admin_user)
    assert desk.get(f"/admin/messages/{own.pk}/open/").status_code == 405
    assert desk.post(f"/admin/messages/{own.pk}/open/").headers["Location"] == "/admin/todo/"
    assert "条未读" not in desk.get("/admin/").content.decode()
    foreign.refresh_from_db()
    assert foreign.read_at is None


def test_all_can_be_marked_as_read_and_a_foreign_link_is_not_followed(desk: Any, admin_user: Any) -> None:
    _tell(admin_user, key="a", link="https://evil.example/")
    _tell(admin_user, key="b")
    inbox.deliver_waiting()
    first = Message.objects.filter(outbox__key="a").get()
    assert desk.post(f"/admin/messages/{first.pk}/open/").headers["Location"] == "/admin/messages/"
    assert inbox.unread_count(admin_user) == 1
    assert desk.post("/admin/messages/read/").status_code == 302
    assert inbox.unread_count(admin_user) == 0
    assert "没有消息" not in desk.get("/admin/messages/").content.decode()


def test_strangers_do_not_get_in(client: Any) -> None:
    assert "/login/" in client.get("/admin/messages/").headers["Location"]
