"""Every question about a random world is answered as the folds answer it, over PostgreSQL too: as
of a random instant, and known at a random position."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from consumers.embedded_projector import keep_up
from domain.errors import Wrong
from domain.facts import Fact
from entrypoints.cli.facts_and_sql import _rows
from projections.duckdb.adhoc_sql import query
from projections.errors import QueryRefused
from projections.postgres.adhoc_sql import query as query_postgres
from projections.queries.months import join_months
from projections.session import Session
from tests.domain.given import chased, day, fact, honoured, made, retracts
from tests.projections import nowhere
from tests.projections.asked import asked_tables
from tests.projections.comparison import plain
from tests.projections.contract import STORY
from tests.projections.postgres.upkeep import PostgresTables
from tests.projections.questions import expected, questions
from tests.projections.rows import rows_of
from tests.projections.stores import MemoryHome, MemoryLedger
from tests.projections.test_answers import hold, hold_parts
from tests.projections.worlds import worlds


@pytest.fixture(scope="module")
def asked(tables: PostgresTables) -> Iterator[PostgresTables]:
    """The home that the command line asks in place of the one in the folder that it is given."""
    with asked_tables(tables) as asked:
        yield asked


@settings(max_examples=max(1, settings().max_examples // 3))
@given(world=worlds(), data=st.data())
def test_the_answers_are_those_of_the_folds(
    asked: PostgresTables, world: list[Fact], data: st.DataObject
) -> None:
    asked.empty()
    cut = data.draw(st.integers(0, len(world)))
    for part in (world[:cut], world[cut:]):
        if part:
            asked.apply_batch(part)
    asked.stand({0: len(world)})
    for _ in range(4):
        argv = data.draw(questions(world))
        note(f"./pledger {' '.join(argv)}")
        hold(world, argv)
        if expected(world, argv) is not None:
            hold_parts(argv, data.draw(st.integers(1, 3), label="limit"))


def test_what_is_nowhere_is_said(asked: PostgresTables) -> None:
    asked.empty()
    asked.apply_batch(nowhere.story())
    asked.stand({0: len(nowhere.story())})
    nowhere.hold_unknown()
    nowhere.hold_old()


def long(name: str) -> str:
    """5,000 bytes that can't be packed: twice as much as a B-tree takes of a text."""
    return name + "".join(random.Random(name).choices(string.ascii_letters, k=5_000))


def story_of_long_ids() -> list[Fact]:
    """Something of all that is looked up by an id."""
    one, other, third = "customer:1", "customer:2", "customer:3"
    promise, unseen = long("C1"), long("C2")
    said = [
        made(0, of=one, commitment_id=promise, about="repair", refs=(long("order:1"),)),
        chased(1, of=one, commitment_id=promise),
        fact("policy.published", 0, of="department:care", about="repair", due="P3D"),
        chased(2, of=other, commitment_id=unseen),
        fact("issue.acknowledged", 2, of=other, issue_id=long("I1")),
        fact("issue.opened", 3, of=one, issue_id=long("I1")),
        fact("policy.published", 0, of="department:care", about="issue.answered", due="P3D"),
        fact("discretion.sampled", 2, of=other, decision_id=long("D1")),
        fact("discretion.used", 3, of=one, decision_id=long("D1")),
        fact("entitlement.checked", 3, of=one, entitlement_id=long("E1"), outcome="refused"),
        fact("suspicion.cleared", 4, of=other, entitlement_id=long("E1")),
        fact("payment.captured", 3, of=one, payment_id=long("P1")),
        fact("identity.linked", 4, of=other, party_a=other, party_b=one),
        fact("touchpoint.occurred", 5, of=other, refs=(long("order:1"),)),
        honoured(6, of=other, commitment_id=promise),
        fact("identity.unlinked", 7, of=other, party_a=one, party_b=other),
        fact("identity.linked", 8, of=other, party_a=one, party_b=third),
        made(9, of=third, commitment_id=unseen, supports=promise),
        retracts(chased(1, of=one, commitment_id=promise), 9),
    ]
    return [replace(one, position=at, recorded_at=day(20)) for at, one in enumerate(said, 1)]


ABOUT_LONG_IDS = (
    ["commitment", long("C1")],
    ["commitment", long("C2")],
    ["commitment", long("C3")],
    ["commitments", "--customer", "customer:1"],
    ["customer", "customer:3"],
    ["journeys", "--customer", "customer:2"],
    ["promises", "--by", "about", "--by", "supports"],
    ["suspense"],
)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_id_may_be_as_long_as_it_likes(asked: PostgresTables, workers: int) -> None:
    """In one batch, in many, and where keys have to be claimed."""
    story = story_of_long_ids()
    for size in (1, len(story)):
        asked.empty(workers)
        for start in range(0, len(story), size):
            asked.apply_batch(story[start : start + size])
        asked.stand({0: len(story)})
        for view, rows in rows_of(story).items():
            assert plain(asked.rows(view)) == plain(rows), view
        for argv in ABOUT_LONG_IDS:
            hold(story, [*argv, "--as-of", "2026-01-20T00:00:00Z"])
        assert not asked.rows("claim")


#: Both databases take these, and their rows come in one order.
JOINED = """
SELECT c.kind, h.n, h.step_at
FROM commitment_history AS h JOIN commitment AS c ON c.commitment_id = h.commitment_id
ORDER BY h.commitment_id, h.n
"""
FREELY = (
    JOINED,
    "SELECT * FROM journey ORDER BY journey_id",
    "SELECT state, count(*) AS n, max(agreed_due_at) AS last FROM commitment GROUP BY 1 ORDER BY 1",
    "SELECT reason, about, until FROM suspense ORDER BY reason, about, fact_id",
    "SELECT type, subject, links FROM fact ORDER BY position",
)


@pytest.mark.parametrize("text", FREELY)
def test_queries_of_their_own_find_the_same(tables: PostgresTables, text: str) -> None:
    embedded = MemoryHome()
    keep_up(MemoryLedger(STORY), embedded)
    tables.empty()
    tables.apply_batch(STORY)
    with embedded.asking() as session:
        said = query(session, text)
    with tables.home.reading() as session:
        found = query_postgres(session, text)
    assert found.num_rows
    assert found.column_names == said.column_names
    assert found.to_pylist() == said.to_pylist()


@pytest.mark.parametrize(
    "text",
    [
        "DELETE FROM fact",
        "WITH gone AS (DELETE FROM fact RETURNING 1) SELECT * FROM gone",
        "CREATE TABLE theirs AS SELECT 1",
        "SET TRANSACTION READ WRITE",
        "SELECT 1; SELECT 2",
        "SELECT nothing FROM nowhere",
    ],
)
def test_a_query_only_reads(tables: PostgresTables, text: str) -> None:
    tables.empty()
    tables.apply_batch(STORY)
    with tables.home.reading() as session, pytest.raises(QueryRefused, match="expected"):
        query_postgres(session, text)
    assert len(tables.rows("fact")) == len(STORY)


@pytest.mark.parametrize(
    ("value", "other"),
    [
        ("TIMESTAMPTZ 'infinity'", "TIMESTAMPTZ 'infinity'"),
        ("TIMESTAMP '-infinity'", "TIMESTAMP '-infinity'"),
        ("DATE 'infinity'", "DATE 'infinity'"),
        ("DATE '12026-01-01'", "DATE '12026-01-01'"),
        ("TIMESTAMPTZ '0044-03-15 00:00:00+00 BC'", "TIMESTAMPTZ '0044-03-15 (BC) 00:00:00+00'"),
    ],
)
def test_instants_that_can_not_be_written_are_refused_alike(
    tables: PostgresTables, value: str, other: str
) -> None:
    tables.empty()
    said = "expected instants and dates of the years 1 to 9999"
    with tables.home.reading() as session, pytest.raises(QueryRefused, match=said) as refused:
        query_postgres(session, f"SELECT {value} AS t")
    assert "write CAST(… AS VARCHAR)" in str(refused.value)
    with tables.home.reading() as session:
        assert query_postgres(session, f"SELECT CAST({value} AS VARCHAR) AS t").num_rows == 1
    with MemoryHome().asking() as session, pytest.raises(Wrong, match=said):
        _rows(query(session, f"SELECT {other} AS t"))


def month_in(session: Session, zone: str, at: datetime) -> str:
    """In which month an instant lies, as answers about promises have it."""
    source = "(SELECT $at AS made_at) AS s"
    months = join_months(session, source, {"at": at}, {"made": "s.made_at"}, zone)
    query = f"SELECT {months.columns['made']} FROM {source}{months.joins}"
    ((month,),) = session.rows(query, {"at": at})
    return str(month)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati", "Asia/Tokyo"])
@pytest.mark.parametrize(
    ("at", "months"),
    [
        (datetime(1, 1, 1, tzinfo=UTC), {"0000-12", "0001-01"}),
        (datetime(1, 12, 31, 23, 59, tzinfo=UTC), {"0001-12", "0002-01"}),
        (datetime(2026, 1, 31, 23, 59, tzinfo=UTC), {"2026-01", "2026-02"}),
        (datetime(9999, 12, 31, 23, 59, tzinfo=UTC), {"9999-12", "10000-01"}),
    ],
)
def test_months_at_both_ends_of_time(
    tables: PostgresTables, at: datetime, months: set[str], zone: str
) -> None:
    tables.empty()
    with MemoryHome().asking() as session:
        here = month_in(session, zone, at)
    with tables.home.reading() as session:
        assert month_in(session, zone, at) == here
    assert here in months


@pytest.mark.parametrize(
    ("zone", "at", "month"),
    [
        # To PostgreSQL an abbreviation too, which knows no summer.
        ("CET", datetime(2026, 7, 31, 22, 30, tzinfo=UTC), "2026-08"),
        # Changed in 2026: what a server was installed with may not know it.
        ("Africa/Casablanca", datetime(2026, 9, 30, 23, 30, tzinfo=UTC), None),
    ],
)
def test_months_are_those_of_the_pinned_zones(
    tables: PostgresTables, zone: str, at: datetime, month: str | None
) -> None:
    tables.empty()
    shown = f"{at.astimezone(ZoneInfo(zone)):%Y-%m}"
    assert month in {None, shown}
    with MemoryHome().asking() as session:
        assert month_in(session, zone, at) == shown
    with tables.home.reading() as session:
        assert month_in(session, zone, at) == shown
