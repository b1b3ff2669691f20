"""What if other policies were published, over PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.embedded_projector import catalogue_of_types
from domain.facts import Fact
from projections.postgres.store import PostgresStore
from projections.queries.as_of import Moment
from projections.queries.replay import replay_commitments
from projections.queries.scoreboard import Selection
from projections.queries.what_if import what_if
from tests.domain.given import day
from tests.projections.asked import asked_tables
from tests.projections.postgres.upkeep import PostgresTables
from tests.projections.what_if import STORY, hold_story, hold_what_if, policy, tried

#: Which connection it is, and how many tables of its own hide those of the home.
TEMPORARY = """
    SELECT pg_backend_pid(), count(*)
    FROM pg_class
    WHERE relnamespace = pg_my_temp_schema() AND relname IN ('policy_date', 'commitment_history')
"""


@pytest.fixture(scope="module")
def asked(tables: PostgresTables) -> Iterator[PostgresTables]:
    with asked_tables(tables) as asked:
        yield asked


@settings(max_examples=max(1, settings().max_examples // 3))
@given(tried=tried(), data=st.data())
def test_the_answer_is_that_of_a_ledger_with_these_rules(
    asked: PostgresTables, tried: tuple[list[Fact], list[Fact]], data: st.DataObject
) -> None:
    world, rules = tried
    asked.empty()
    asked.apply_batch(world)
    asked.stand({0: len(world)})
    hold_what_if(world, rules, data)


def test_at_every_knowledge(asked: PostgresTables) -> None:
    asked.empty()
    asked.apply_batch(STORY)
    asked.stand({0: len(STORY)})
    hold_story()


@pytest.mark.parametrize("known", [len(STORY), 4], ids=["now", "before"])
def test_it_leaves_no_trace_on_a_connection_that_is_used_again(
    asked: PostgresTables, known: int
) -> None:
    asked.empty()
    asked.apply_batch(STORY)
    asked.stand({0: len(STORY)})
    before = {table: asked.rows(table) for table in asked.tables}
    moment = Moment(day(14), known, len(STORY))
    store, seen = PostgresStore(asked.home.dsn, catalogue_of_types(), readers=1), []
    for due in ("P1D", "P2D", "P1D"):
        with store.reading() as session:
            ((pid, left),) = session.connection.execute(TEMPORARY).fetchall()
            if moment.replays:
                replay_commitments(session, moment)
            found = what_if(session, moment, [policy(0, due)], Selection(), [], 10)
            seen.append((pid, found["changes"]))
            assert left == 0
    store.close()
    (pid, first), _, (other, last) = seen
    assert (pid, first) == (other, last)
    assert len(first) > 0
    assert {table: asked.rows(table) for table in asked.tables} == before
