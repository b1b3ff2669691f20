"""Retractions: what is in force, in chains, circles and trees, in any order."""

from __future__ import annotations

from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.facts import Fact
from domain.retractions import in_force, in_order, named_fact, retracted_ids
from tests.domain.given import day, made, retracts


def graph(*targets: int) -> list[Fact]:
    """Retraction number i retracts retraction number ``targets[i]`` (which may not exist)."""
    return [retracts(UUID(int=to), id=UUID(int=at)) for at, to in enumerate(targets)]


def numbers(facts: list[Fact]) -> list[int]:
    return [fact.id.int for fact in facts]


def test_a_retracted_fact_is_gone_and_the_retraction_stays() -> None:
    promise, other = made(1), made(1, commitment_id="D")
    slip = retracts(promise, 2)
    assert in_force([promise, other, slip]) == [other, slip]


def test_the_time_of_a_retraction_does_not_matter() -> None:
    promise = made(5)
    assert in_force([promise, retracts(promise, 1)]) == [retracts(promise, 1)]


def test_nothing_is_lost_without_retractions() -> None:
    facts = [made(3), made(1), made(2)]
    assert in_force(facts) == facts


def test_repeated_facts_are_one() -> None:
    promise = made(1)
    assert in_force([promise, promise]) == [promise]
    slip = retracts(promise, 2)
    back = retracts(slip, 3)
    assert in_force([promise, slip, slip, back, back, promise]) == [promise, back]


def test_retracting_the_retraction_brings_the_fact_back() -> None:
    promise = made(1)
    slip = retracts(promise, 2)
    back = retracts(slip, 3)
    assert in_force([promise, slip, back]) == [promise, back]
    again = retracts(back, 4)
    assert in_force([promise, slip, back, again]) == [slip, again]


def test_a_fact_retracted_twice_needs_both_taken_back() -> None:
    promise = made(1)
    one, two = retracts(promise, 2), retracts(promise, 3)
    assert promise not in in_force([promise, one, two, retracts(one, 4)])
    assert promise in in_force([promise, one, two, retracts(one, 4), retracts(two, 5)])


@pytest.mark.parametrize(
    ("targets", "standing"),
    [
        ((0,), []),  # one that retracts itself
        ((1, 0), []),
        ((1, 2, 0), []),
        ((1, 0, 1), [2]),  # from outside, an arrow into the circle: the circle is void anyway
        ((1, 0, 1, 2), [3]),
        ((9,), [0]),  # of an unknown fact
        ((1, 2, 9), [0, 2]),
        ((1, 2, 3, 9), [0, 2]),
    ],
)
def test_chains_and_circles(targets: tuple[int, ...], standing: list[int]) -> None:
    assert numbers(in_force(graph(*targets))) == standing


def test_a_circle_retracts_nothing_outside_of_it() -> None:
    promise = made(1)
    me = UUID(int=77)
    assert in_force([promise, retracts(me, id=me)]) == [promise]


def test_a_long_chain() -> None:
    length = 50_000
    chain = graph(*range(1, length + 1))
    assert numbers(in_force(reversed(chain))) == list(range(length - 2, -1, -2))


def test_an_id_can_be_retracted_before_the_fact_is_known() -> None:
    promise = made(1)
    assert retracted_ids([retracts(promise)]) == {promise.id}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("00000000-0000-0000-0000-0000000000ab", True),
        ("00000000-0000-0000-0000-0000000000AB", True),
        ("{00000000-0000-0000-0000-0000000000ab}", False),
        ("000000000000000000000000000000ab", False),
        ("urn:uuid:00000000-0000-0000-0000-0000000000ab", False),
        (" 00000000-0000-0000-0000-0000000000ab", False),
        ("order:12", False),
        ("", False),
    ],
)
def test_what_names_a_fact(text: str, found: bool) -> None:
    assert named_fact(text) == (UUID(int=0xAB) if found else None)
    promise = made(1, id=UUID(int=0xAB))
    assert (promise in in_force([promise, retracts(text, 2)])) is not found


@given(st.lists(st.integers(0, 12), max_size=12), st.randoms(use_true_random=False))
def test_a_retraction_stands_unless_a_standing_one_targets_it(
    targets: list[int], chance: Random
) -> None:
    facts = graph(*targets)
    standing = set(numbers(in_force(facts)))
    for number in range(len(targets)):
        circle, at = set(), number
        while at < len(targets) and at not in circle:
            circle.add(at)
            at = targets[at]
        if at == number:
            assert number not in standing
        else:
            hit = any(to == number and at in standing for at, to in enumerate(targets))
            assert (number in standing) is not hit
    shuffled = facts + facts
    chance.shuffle(shuffled)
    assert set(numbers(in_force(shuffled))) == standing


def test_facts_are_taken_in_their_order_each_once() -> None:
    late, low, high = (
        made(2, id=UUID(int=1)),
        made(1, id=UUID(int=2)),
        made(1, id=UUID("f0000000-0000-0000-0000-000000000000")),
    )
    assert in_order([high, late, low, low]) == [low, high, late]
    assert in_order([high, late, low], day(1)) == [low, high]
    assert in_order([late], day(1.9)) == []
