"""Every question about a random world is answered as the folds answer it, over PostgreSQL too: as
of a random instant, and known at a random position."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from consumers.projector import keep_up
from domain.facts import Fact
from entrypoints import asking
from entrypoints.calls import Context
from projections.asks.freely import QueryRefused, query
from projections.asks.moment import Moment
from projections.postgres.freely import query as query_postgres
from projections.postgres.session import PostgresSession
from tests.projections.contract import STORY
from tests.projections.postgres.keeping import PostgresTables
from tests.projections.questions import questions
from tests.projections.stores import MemoryHome, MemoryLedger
from tests.projections.test_answers import hold, hold_pages
from tests.projections.worlds import worlds


@pytest.fixture(scope="module")
def asked(tables: PostgresTables) -> Iterator[PostgresTables]:
    """The home that the command line asks in place of the one in the folder that it is given."""

    @contextmanager
    def asking_tables(
        args: argparse.Namespace, context: Context
    ) -> Iterator[tuple[PostgresSession, Moment]]:
        with tables.home.reading() as session:
            head = session.horizon.get(0, 0)
            known = head if args.known_at is None else args.known_at
            assert not isinstance(known, datetime)
            yield session, Moment(args.as_of, known, head)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asking, "asking", asking_tables)
        yield tables


@settings(max_examples=max(1, settings().max_examples // 3))
@given(world=worlds(), data=st.data())
def test_the_answers_are_those_of_the_folds(
    asked: PostgresTables, world: list[Fact], data: st.DataObject
) -> None:
    asked.empty()
    cut = data.draw(st.integers(0, len(world)))
    for part in (world[:cut], world[cut:]):
        if part:
            asked.take_in(part)
    asked.stand({0: len(world)})
    for _ in range(4):
        argv = data.draw(questions(world))
        note(f"./pledger {' '.join(argv)}")
        hold(world, argv)
        if argv[0] in ("commitments", "journeys"):
            hold_pages(argv, data.draw(st.integers(1, 3), label="limit"))


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
    tables.take_in(STORY)
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
    tables.take_in(STORY)
    with tables.home.reading() as session, pytest.raises(QueryRefused, match="expected"):
        query_postgres(session, text)
    assert len(tables.rows("fact")) == len(STORY)
