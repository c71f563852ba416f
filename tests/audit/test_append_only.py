from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from cogov.access.scope import SystemActor
from cogov.audit import guards
from cogov.audit.models import AuditEvent
from cogov.audit.services import AuditDraft, history_of, record, record_many

ACTOR = SystemActor("测试")


@pytest.fixture
def event(db: None) -> AuditEvent:
    return record(actor=ACTOR, action="test.do", summary="做了一件事", township_code="421223101")


def test_what_is_returned_is_what_stands(event: AuditEvent) -> None:
    stands = AuditEvent.objects.get(pk=event.pk)
    for field in AuditEvent._meta.concrete_fields:
        assert getattr(event, field.attname) == getattr(stands, field.attname), field.attname
    assert event.digest == event.computed_digest()


def attempt(sql: str) -> None:
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def test_rows_cannot_be_changed_or_removed(event: AuditEvent) -> None:
    attempt("UPDATE audit_auditevent SET summary = 'x'")
    attempt("DELETE FROM audit_auditevent")
    if connection.vendor == "postgresql":
        attempt("TRUNCATE audit_auditevent CASCADE")
    else:
        columns = ", ".join(field.column for field in AuditEvent._meta.concrete_fields)
        attempt(f"INSERT OR REPLACE INTO audit_auditevent ({columns}) SELECT {columns} FROM audit_auditevent")
    assert AuditEvent.objects.get(pk=event.pk).summary == "做了一件事"


def test_the_model_refuses_before_the_database_has_to(event: AuditEvent) -> None:
    event.summary = "改了"
    with pytest.raises(TypeError, match="append-only"):
        event.save()
    with pytest.raises(TypeError, match="append-only"):
        event.delete()
    assert AuditEvent.objects.get(pk=event.pk).summary == "做了一件事"


def test_the_guard_is_what_refuses(event: AuditEvent) -> None:
    """The control: with the guards lifted the same statement goes through."""
    with guards.suspended(connection):
        assert AuditEvent.objects.filter(pk=event.pk).update(summary="x") == 1
    attempt("UPDATE audit_auditevent SET summary = 'y'")


def test_a_missing_guard_is_noticed_at_start_up(db: None) -> None:
    assert guards.verify(connection) == []
    guards._drop(connection, "audit_auditevent")
    missing = guards.verify(connection)
    assert any("audit_auditevent_no_update" in text for text in missing)
    with pytest.raises(Exception, match="账本保护不完整"):
        guards.require_guards()
    guards.install_all(connection)
    assert guards.verify(connection) == []


def test_every_append_only_model_is_guarded(db: None) -> None:
    assert {model._meta.label for model in guards.guarded_models()} >= {"audit.AuditEvent", "audit.Seal"}


def test_many_events_are_written_at_once_and_found_by_object(event: AuditEvent) -> None:
    drafts = [AuditDraft(actor=ACTOR, action="test.many", summary=f"第{n}件", obj=event) for n in range(3)]
    assert record_many(drafts) == 3
    assert [found.summary for found in history_of(event)] == ["第2件", "第1件", "第0件"]
    assert all(found.digest == found.computed_digest() for found in AuditEvent.objects.all())
