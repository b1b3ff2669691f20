"""The order in which folds take facts."""

from __future__ import annotations

from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.facts import sequence_number
from domain.places import place_of
from tests.domain.given import chased, fact, honoured, made


@pytest.mark.parametrize(
    ("sequence", "number"),
    [
        (None, 0),
        ("", 0),
        ("0", 0),
        ("7", 7),
        ("007", 7),
        ("10", 10),
        ("9" * 18, 10**18 - 1),
        ("0" * 17 + "1", 1),
        ("0" * 18 + "1", 0),
        ("1" + "0" * 18, 0),
        ("-1", 0),
        ("+1", 0),
        (" 1", 0),
        ("1 ", 0),
        ("1\n", 0),
        ("1e3", 0),
        ("1.0", 0),
        ("1_000", 0),
        ("A-1", 0),
        ("٣", 0),
        ("１", 0),
    ],
)
def test_a_sequence_counts_as_the_number_that_its_digits_say(
    sequence: str | None, number: int
) -> None:
    assert sequence_number(sequence) == number


@given(st.integers(0, 10**18 - 1))
def test_any_number_of_up_to_eighteen_digits_counts(number: int) -> None:
    assert sequence_number(str(number)) == sequence_number(f"{number:018}") == number


def test_time_decides_then_the_sequence_then_the_place_and_last_the_id() -> None:
    low, high = UUID(int=1), UUID(int=2**127)
    in_order = [
        honoured(1, id=high, sequence="99"),
        chased(2, id=high),
        made(2, id=low, sequence="x"),
        made(2, id=high),
        honoured(2, id=low),
        honoured(2, id=high, sequence="9"),
        chased(2, id=low, sequence="10"),
        made(3, id=low),
    ]
    assert all(one.order < other.order for one, other in pairwise(in_order))


def _places(*types: str) -> list[int]:
    return [place_of(type) for type in types]


def test_at_one_instant_a_promise_is_made_passed_on_taken_and_kept() -> None:
    places = _places(
        "commitment.made", "commitment.handed_over", "commitment.accepted", "commitment.honoured"
    )
    assert places == sorted(places)


def test_the_integer_of_an_id_sorts_as_the_id_and_as_its_text() -> None:
    facts = [fact("rule.invoked", 1, rule_id="R", next_step_offered=False, n=n) for n in range(99)]
    in_order = sorted(facts, key=lambda one: one.order)
    assert in_order == sorted(facts, key=lambda one: one.id)
    assert in_order == sorted(facts, key=lambda one: str(one.id))
