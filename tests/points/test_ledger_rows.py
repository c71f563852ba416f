"""Rows written past the ORM say what the model says: the same digest, the same text in the table, whatever the text."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cogov.common.periods import Period
from points.ledger_checks import verify_all
from points.models import PointsEntry
from points.rules import EntryKind
from points.services.ledger import Posting, post_entries, post_entry
from points.services.rows import EntryRow, copy_line, sealed
from tests.factories.points import Setting, setting
from tests.factories.villages import SYSTEM

# What JSON, COPY or Python's own line ends might mistake; PostgreSQL takes neither NUL nor half a surrogate pair.
NASTY = (
    "\\",
    "\\N",
    "\\.",
    "\t",
    "\n",
    "\r\n",
    "\x7f",
    "\u2028",
    "\u0085",
    '"',
    "'",
    "\x1f",
    "𠮷",
    "%s",
    "{}",
    "\ufeff",
)
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
    ),
    max_size=6,
).map("".join)
NUMBERS = st.none() | st.integers(0, 2**62)
MOMENTS = st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2040, 1, 1), timezones=st.just(dt.UTC))


def row(
    reason: str, source: str, name: str, number: int | None, moment: dt.datetime, points: int
) -> EntryRow:
    found = EntryRow(
        created_at=moment,
        digest="",
        account_id=7,
        village_id=3,
        kind="earn",
        points=points,
        score=-points,
        owed=0,
        balance_after=abs(points),
        period="2026-10",
        for_period="2026-09",
        occurred_on=moment.date(),
        source=source,
        rule_id=number,
        reversal_of_id=None,
        reason=reason,
        actor_id=number,
        actor_name=name,
        reviewer_id=None,
        reviewer_name=name[::-1],
    )
    return sealed(found)


@given(TEXTS, TEXTS, TEXTS, NUMBERS, MOMENTS, st.integers(-(2**31), 2**31 - 1))
@example("\\", "\\N", "\x7f", None, dt.datetime(2026, 10, 5, tzinfo=dt.UTC), 0)
@settings(max_examples=300, deadline=None)
def test_the_digest_is_that_of_the_model(
    reason: str, source: str, name: str, number: int | None, moment: dt.datetime, points: int
) -> None:
    made = row(reason, source, name, number, moment, points)
    assert made.digest == PointsEntry(**made._asdict()).computed_digest()


@given(TEXTS)
@example("\\.")
@settings(max_examples=200, deadline=None)
def test_a_line_of_copy_is_one_line_of_twenty_columns(text: str) -> None:
    line = copy_line(row(text, text, text, None, dt.datetime(2026, 10, 5, tzinfo=dt.UTC), 1))
    assert line.endswith("\n")
    assert line.count("\n") == 1
    assert "\r" not in line
    assert line.count("\t") == len(EntryRow._fields) - 1


@pytest.fixture
def place() -> Setting:
    return setting(households=1)


@pytest.mark.django_db
@given(st.lists(TEXTS.filter(lambda text: len(text) <= 60), min_size=1, max_size=12))
@example(list(NASTY))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_written_is_read_and_holds(place: Setting, texts: list[str]) -> None:
    """One by one, in a statement of few rows, and by COPY: the same text stands there, under a digest that holds."""
    home, count = place.households[0], PointsEntry.objects.count()
    post_entry(
        actor=SYSTEM, household=home, kind=EntryKind.EARN, points=1, source=f"one:{count}", reason=texts[0]
    )
    assert PointsEntry.objects.get(source=f"one:{count}").reason == texts[0]
    postings = [
        Posting(
            household_id=home.pk,
            kind=EntryKind.EARN,
            points=1,
            source=f"{count}:{n}:{text}"[:80],
            reason=text,
            occurred_on=dt.date(2026, 10, 5),
            actor_name=text,
        )
        for n, text in enumerate(texts)
    ]
    assert post_entries(
        village=place.village, period=Period.month(2026, 10), postings=postings
    ).posted == len(texts)
    written = PointsEntry.objects.order_by("pk")[count + 1 :]
    assert [(entry.source, entry.reason, entry.actor_name) for entry in written] == [
        (posting.source, posting.reason, posting.actor_name) for posting in postings
    ]
    assert verify_all() == []


@pytest.mark.django_db
def test_the_same_posting_costs_the_same_few_statements(
    place: Setting, django_assert_num_queries: object
) -> None:
    """One message, or read, entry, account, event; a savepoint around them, because the test holds a transaction."""
    home = place.households[0]
    post_entry(actor=SYSTEM, household=home, kind=EntryKind.EARN, points=1, source="one:1", reason="得分")
    wanted = 3 if connection.vendor == "postgresql" else 6
    with django_assert_num_queries(wanted):  # type: ignore[operator]
        post_entry(actor=SYSTEM, household=home, kind=EntryKind.EARN, points=1, source="one:2", reason="得分")


@pytest.mark.pg_only
@pytest.mark.django_db
def test_statements_that_were_dropped_are_prepared_again(place: Setting) -> None:
    """DISCARD ALL by a pool costs one refused posting, which left nothing, and no more."""
    home = place.households[0]
    post_entry(actor=SYSTEM, household=home, kind=EntryKind.EARN, points=1, source="one:1", reason="得分")
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    with pytest.raises(DatabaseError, match="does not exist"):
        post_entry(actor=SYSTEM, household=home, kind=EntryKind.EARN, points=1, source="one:2", reason="得分")
    assert PointsEntry.objects.count() == 1
    post_entry(actor=SYSTEM, household=home, kind=EntryKind.EARN, points=1, source="one:2", reason="得分")
    assert PointsEntry.objects.count() == 2
    assert verify_all() == []
