"""The chain of a commitment: how far its links are, and which broke first."""

from __future__ import annotations

from domain.chains import depths, first_break
from domain.commitments import Commitment
from tests.domain.given import day, fact, honoured, made, then


def promise(name: str, due: float | None, done: float | None = None) -> Commitment:
    due_at = None if due is None else day(due)
    story = [made(commitment_id=name, due_at=due_at)]
    if done is not None:
        story.append(honoured(done, commitment_id=name))
    return then(*story)


def test_each_link_once_by_the_shortest_way() -> None:
    assert depths("TOP", {}) == {"TOP": 0}
    supports = {"A": "TOP", "B": "TOP", "A1": "A", "A2": "A1", "ELSEWHERE": "OTHER"}
    assert depths("TOP", supports) == {"TOP": 0, "A": 1, "B": 1, "A1": 2, "A2": 3}
    assert depths("A1", supports) == {"A1": 0, "A2": 1}


def test_circles_end() -> None:
    assert depths("A", {"A": "A"}) == {"A": 0}
    assert depths("A", {"A": "B", "B": "A", "C": "B"}) == {"A": 0, "B": 1, "C": 2}
    assert depths("C", {"A": "B", "B": "A"}) == {"C": 0}


def test_a_long_chain_is_no_trouble() -> None:
    supports = {str(number + 1): str(number) for number in range(50_000)}
    assert depths("0", supports)["50000"] == 50_000


def test_the_first_break_is_the_one_that_was_due_first() -> None:
    late, open_, kept = promise("LATE", 5, 6), promise("OPEN", 4), promise("KEPT", 1, 1)
    assert first_break([late, open_, kept], day(9)) == "OPEN"
    assert first_break([late, kept], day(9)) == "LATE"
    assert first_break([kept, promise("UNDATED", None)], day(9)) is None
    # Due at this instant, nothing is broken yet.
    assert first_break([open_], day(4)) is None
    assert first_break([promise("B", 4), promise("A", 4)], day(9)) == "A"


def test_what_was_let_off_in_time_is_no_break() -> None:
    def let_off(on: float) -> Commitment:
        released = fact("commitment.released", on)
        return then(made(due_at=day(4)), released)

    assert first_break([let_off(4)], day(9)) is None
    assert first_break([let_off(5)], day(9)) == "C"
