"""Facts with one id that contradict each other: the one that was recorded first counts, whichever
was read first, and the views are as if the others had never been."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.facts import Fact
from domain.positions import position_of
from projections.postgres.duplicates import Conflict
from tests.domain.given import chased, day, fact, honoured, made, retracts
from tests.projections.comparison import plain
from tests.projections.postgres.upkeep import PostgresTables
from tests.projections.rows import rows_of
from tests.projections.worlds import worlds

ID = UUID(int=77)


def at(one: Fact, partition: int, offset: int, recorded: float) -> Fact:
    return replace(one, position=position_of(partition, offset), recorded_at=day(recorded))


def expect_rows(tables: PostgresTables, facts: Sequence[Fact]) -> None:
    for view, rows in rows_of(facts).items():
        assert plain(tables.rows(view)) == plain(rows), view


BESIDE = [
    at(made(0), 9, 0, 1),
    at(made(0, of="customer:5", commitment_id="C5", due_at=None), 9, 1, 1),
    at(fact("touchpoint.occurred", 1, refs=("order:1",)), 9, 2, 1),
    at(fact("payment.captured", 1), 9, 3, 1),
]

#: Two facts of an id, of which the later one bears on something.
OUTDONE = {
    "a step of a commitment": honoured(2, id=ID),
    "a step of another commitment": honoured(2, id=ID, commitment_id="C5", of="customer:5"),
    "what made a commitment": made(1, id=ID, commitment_id="NEW"),
    "a link of two parties": fact(
        "identity.linked", 2, id=ID, party_a="customer:1", party_b="customer:5"
    ),
    "a retraction": retracts(BESIDE[0], 3, id=ID),
    "a policy": fact("policy.published", 0, id=ID, of="department:care", due="P3D"),
    "what a payment waited for": fact("payment.linked", 2, id=ID),
    "a fact of a journey": fact("touchpoint.occurred", 2, id=ID, refs=("order:1", "order:2")),
}


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("name", OUTDONE)
def test_a_fact_that_was_read_first_and_recorded_later_goes(
    tables: PostgresTables, name: str, workers: int
) -> None:
    later = at(OUTDONE[name], 1, 0, 12)
    earlier = at(chased(4, id=ID, of="customer:9"), 2, 0, 11)
    tables.empty(workers)
    tables.apply_batch(BESIDE)
    tables.apply_batch([later])
    expect_rows(tables, [*BESIDE, later])
    landed = tables.apply_batch([earlier])
    assert landed == ([earlier.position], [], [Conflict(later.position, ID, earlier.position)])
    expect_rows(tables, [*BESIDE, earlier])
    # And it stays so: the other one does not count when it comes again.
    landed = tables.apply_batch([at(later, 1, 1, 13)])
    assert landed == ([], [], [Conflict(position_of(1, 1), ID, earlier.position)])
    expect_rows(tables, [*BESIDE, earlier])


def test_what_was_read_first_and_says_the_same_makes_room_for_what_was_recorded_first(
    tables: PostgresTables,
) -> None:
    first, later = at(chased(1, id=ID), 3, 0, 1), at(chased(1, id=ID), 2, 0, 2)
    tables.empty()
    tables.apply_batch([*BESIDE, later])
    assert tables.apply_batch([first]) == ([first.position], [later.position], [])
    expect_rows(tables, [*BESIDE, first])


#: A fact that is retracted, and the retraction of that retraction.
RETRACTED = at(retracts(BESIDE[0], 3, id=UUID(int=78)), 9, 4, 2)
BACK = at(retracts(RETRACTED, 4, id=ID), 1, 0, 12)


def test_a_retraction_comes_back_when_its_own_retraction_goes(tables: PostgresTables) -> None:
    """What has to be folded again is a retraction too, which is known already."""
    earlier = at(chased(4, id=ID, of="customer:9"), 2, 0, 11)
    tables.empty()
    tables.apply_batch([*BESIDE, RETRACTED])
    tables.apply_batch([BACK])
    expect_rows(tables, [*BESIDE, RETRACTED, BACK])
    tables.apply_batch([earlier])
    expect_rows(tables, [*BESIDE, RETRACTED, earlier])
    assert len(tables.rows("retraction")) == 1


def test_a_retraction_comes_back_when_its_own_retraction_is_taken_out(
    tables: PostgresTables,
) -> None:
    tables.empty()
    tables.apply_batch([*BESIDE, RETRACTED, BACK])
    tables.remove_facts([BACK])
    expect_rows(tables, [*BESIDE, RETRACTED])
    assert len(tables.rows("retraction")) == 1


@given(data=st.data())
def test_chains_of_retractions_of_which_one_makes_room(
    tables: PostgresTables, data: st.DataObject
) -> None:
    """One of the ids was used before, by a fact that is read later."""
    depth = data.draw(st.integers(1, 4), label="depth")
    chain = [fact("touchpoint.occurred", 1, id=UUID(int=100), refs=("order:1",))]
    for number in range(1, depth + 1):
        of = data.draw(st.sampled_from(["customer:1", "customer:2"]))
        chain.append(retracts(chain[-1], number, id=UUID(int=100 + number), of=of))
    target = data.draw(st.sampled_from(chain), label="makes room")
    instead = data.draw(st.sampled_from([chased(2), made(0), *chain[1:]]), label="for")
    world = [at(one, 1, n, 12) for n, one in enumerate(data.draw(st.permutations(chain)))]
    early = at(replace(instead, id=target.id), 2, 0, 11)
    tables.empty(workers=data.draw(st.integers(1, 2)))
    cut = data.draw(st.integers(0, len(world)))
    for part in (BESIDE, world[:cut], world[cut:], [early]):
        if part:
            tables.apply_batch(part)
    expect_rows(tables, [*BESIDE, early, *(one for one in world if one.id != target.id)])


THREE = [
    at(chased(1, id=ID), 0, 5, 12),
    at(honoured(2, id=ID, of="customer:2"), 1, 1, 11),
    at(chased(3, id=ID, of="customer:3"), 2, 1, 11),
]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
@pytest.mark.parametrize("together", [True, False])
def test_the_first_one_counts_in_any_order(
    tables: PostgresTables, order: tuple[int, ...], together: bool
) -> None:
    facts = [THREE[index] for index in order]
    tables.empty()
    tables.apply_batch(BESIDE)
    told = [
        tables.apply_batch(part) for part in ([facts] if together else [[one] for one in facts])
    ]
    # Recorded at one instant: the lower partition counts.
    expect_rows(tables, [*BESIDE, THREE[1]])
    losers = {conflict.position for one in told for conflict in one.conflicts}
    assert losers == {THREE[0].position, THREE[2].position}


@pytest.mark.parametrize(
    "change",
    [
        {"source": "/care/other"},
        {"subject": "customer:2"},
        {"time": day(7)},
        {"correlationid": "c"},
        {"causationid": "c"},
        {"sequence": "1"},
        {"extensions": {"tenant": "a"}},
        {"body": chased(1, channel="web").body},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_differs_is_a_contradiction(
    tables: PostgresTables, change: dict[str, object]
) -> None:
    one = at(chased(1, id=ID), 0, 0, 1)
    other = replace(at(one, 0, 1, 2), **change)  # type: ignore[arg-type]
    tables.empty()
    tables.apply_batch([one])
    assert tables.apply_batch([other]).conflicts == [Conflict(other.position, ID, one.position)]
    assert tables.apply_batch([at(one, 0, 2, 3)]).duplicates == [position_of(0, 2)]


@settings(max_examples=max(1, settings().max_examples // 3))
@given(world=worlds(max_size=15), data=st.data())
def test_worlds_in_which_ids_are_used_again(
    tables: PostgresTables, world: list[Fact], data: st.DataObject
) -> None:
    again = data.draw(
        st.lists(st.tuples(st.sampled_from(world), st.sampled_from(world)), max_size=8)
    )
    stolen = [replace(body, id=owner.id) for owner, body in again]
    coming = [
        at(one, data.draw(st.integers(0, 2)), number, data.draw(st.integers(20, 22)))
        for number, one in enumerate(data.draw(st.permutations(world + stolen)))
    ]
    tables.empty(workers=data.draw(st.integers(1, 2)))
    cut = data.draw(st.integers(0, len(coming)))
    for part in (coming[:cut], coming[cut:]):
        if part:
            tables.apply_batch(part)
    counting = list({one.id: one for one in sorted(coming, key=recorded, reverse=True)}.values())
    assert sorted(row["position"] for row in tables.rows("fact")) == sorted(
        one.position for one in counting
    )
    expect_rows(tables, counting)


def recorded(one: Fact) -> tuple[datetime, int]:
    return one.recorded_at, one.position
