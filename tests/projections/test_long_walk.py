"""A commitment with a long history is walked on from the first change in it, not from its start."""

from __future__ import annotations

import pytest

from consumers.embedded_projector import keep_up
from domain.facts import Fact
from tests.domain.given import chased, fact, honoured, made, moved, retracts
from tests.projections.comparison import expect_rows, walked_on_from
from tests.projections.stores import MemoryHome, MemoryLedger, arrived

MOVED = [moved(n, 20 + n, n=n) for n in range(1, 7)]
STORY = [made(0, due_at=None), *MOVED]
POLICY = fact("policy.published", -1, about="answer", due="P5D", calendar_id=None, labels=())


@pytest.mark.parametrize(
    ("more", "kept"),
    [
        ([moved(9, 40)], 7),
        ([chased(9), honoured(10)], 7),
        ([moved(3.5, 40)], 4),
        ([honoured(0.5)], 1),
        ([retracts(MOVED[5], 9)], 6),
        ([retracts(MOVED[0], 9), moved(9, 40)], 1),
        ([made(-2, due_at=None, n=9)], 0),
        ([chased(-1)], 0),
        ([POLICY], 0),
    ],
    ids=["a move", "two facts", "one in the middle", "one in front", "the last one goes",
         "the first one goes", "an earlier promise", "one that waits for it", "a date"],
)  # fmt: skip
def test_it_is_walked_on_from_the_first_change(more: list[Fact], kept: int) -> None:
    home, facts = MemoryHome(), arrived([*STORY, *more])
    with walked_on_from(3):
        keep_up(MemoryLedger(facts[: len(STORY)]), home)
        keep_up(MemoryLedger(facts), home)
    expect_rows(home, facts, "walked on")
    with home.reading() as session:
        assert session.rows("SELECT count(*) FROM walked") == [(kept,)]


def test_a_short_history_is_walked_from_its_beginning() -> None:
    home, facts = MemoryHome(), arrived([*STORY, moved(9, 40)])
    keep_up(MemoryLedger(facts[: len(STORY)]), home)
    keep_up(MemoryLedger(facts), home)
    with home.reading() as session:
        assert session.rows("SELECT count(*) FROM walked") == [(0,)]
