"""Facts of every type land in their tables and are read back as they were said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.embedded_projector import keep_up
from domain.events import BODIES
from domain.facts import Fact
from projections.stored_facts import read_facts
from schemas import catalogue
from tests.domain.given import day
from tests.projections.comparison import row_by_row
from tests.projections.stores import MemoryHome, MemoryLedger
from tests.projections.worlds import SEQUENCES
from tests.schemas.strategies import TEXT, bodies

WORDS = st.none() | TEXT.filter(bool)
TIMES = st.datetimes(timezones=st.just(UTC))
EXTENSIONS = st.dictionaries(st.sampled_from(["traceparent", "tenant", "x"]), TEXT, max_size=2)


@pytest.fixture(scope="module")
def home() -> MemoryHome:
    return MemoryHome()


#: More types at once would be more chance than hypothesis likes to take for one example.
AT_ONCE = 8
SOME = [
    catalogue.TYPES[start : start + AT_ONCE] for start in range(0, len(catalogue.TYPES), AT_ONCE)
]


@st.composite
def one_of_each(draw: st.DrawFn, types: Sequence[str]) -> list[Fact]:
    """A fact of each type, its body and its envelope anything that the contract takes."""
    return [
        Fact(
            id=UUID(int=draw(st.integers(0, 2**64 - 1)) << 64 | number),
            type=type,
            source="/" + draw(st.sampled_from(["care", "care/desk", "réseau/télé/2"])),
            subject=draw(TEXT),
            time=draw(TIMES),
            body=BODIES[type].model_validate(draw(bodies(type))),
            position=number,
            recorded_at=day(number),
            correlationid=draw(WORDS),
            causationid=draw(WORDS),
            sequence=draw(SEQUENCES | WORDS),
            extensions=draw(EXTENSIONS),
        )
        for number, type in enumerate(types, 1)
    ]


@pytest.mark.parametrize("types", SOME, ids=lambda types: f"{types[0]} to {types[-1]}")
@pytest.mark.parametrize("few", [0, 100], ids=["in columns", "row by row"])
@settings(max_examples=4)
@given(data=st.data())
def test_every_type_is_read_back_as_it_was_said(
    home: MemoryHome, types: Sequence[str], few: int, data: st.DataObject
) -> None:
    facts = data.draw(one_of_each(types))
    home.empty()
    with row_by_row(few):
        keep_up(MemoryLedger(facts), home)
    with home.asking() as session:
        seen = [
            replace(fact, extensions=dict(fact.extensions)) for fact in read_facts(session, "TRUE")
        ]
    assert seen == facts
    links = {row["position"]: tuple(dict.fromkeys(row["links"])) for row in home.rows("fact")}
    assert links == {fact.position: fact.links for fact in facts}
    for row in home.rows("fact"):
        fact = facts[row["position"] - 1]
        assert row["department"] == fact.department
        assert (row["sequence_number"], row["place"]) == fact.order[1:3]


@pytest.mark.parametrize("few", [0, 100], ids=["in columns", "row by row"])
@pytest.mark.parametrize("at", [datetime.min, datetime.max], ids=["the year 1", "the year 9999"])
def test_the_first_and_the_last_instant(home: MemoryHome, at: datetime, few: int) -> None:
    time = at.replace(tzinfo=UTC)
    body = BODIES["commitment.made"].model_validate(
        {"commitment_id": "C", "about": "delivery", "due_at": time}
    )
    fact = Fact(UUID(int=1), "commitment.made", "/care/desk", "customer:1", time, body, 1, day(0))
    home.empty()
    with row_by_row(few):
        keep_up(MemoryLedger([fact]), home)
    with home.asking() as session:
        assert read_facts(session, "TRUE") == [fact]
        ((due_at,),) = session.rows("SELECT CAST(agreed_due_at AS VARCHAR) FROM commitment")
    assert due_at.startswith(f"{at.year:04d}-")
