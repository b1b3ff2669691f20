"""Identity: which parties are one customer."""

from __future__ import annotations

from random import Random
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.facts import Fact
from domain.identity import canonical, links
from domain.retractions import in_force
from tests.domain.given import day, fact, made, retracts


def linked(on: float, a: str, b: str, **said: Any) -> Fact:
    return fact("identity.linked", on, party_a=a, party_b=b, **said)


def unlinked(on: float, a: str, b: str, **said: Any) -> Fact:
    return fact("identity.unlinked", on, party_a=a, party_b=b, **said)


def test_nobody_is_linked() -> None:
    assert canonical([made(1)]) == {}


def test_the_smallest_name_counts_as_text() -> None:
    facts = [linked(1, "customer:9", "customer:10"), linked(2, "customer:9", "app:7")]
    assert canonical(facts) == dict.fromkeys(("app:7", "customer:10", "customer:9"), "app:7")


def test_a_pair_has_no_direction_and_its_last_word_holds() -> None:
    facts = [linked(1, "a", "b"), unlinked(2, "b", "a")]
    assert canonical(facts) == {}
    assert canonical(facts, day(1.5)) == {"a": "a", "b": "a"}
    assert canonical(facts, day(0.5)) == {}
    assert canonical([*facts, linked(3, "b", "a")]) == {"a": "a", "b": "a"}


def test_at_the_same_instant_the_order_decides() -> None:
    one = linked(1, "a", "b", id=UUID(int=3))
    two = unlinked(1, "a", "b", id=UUID(int=2))
    assert canonical([two, one]) == {}
    three = linked(1, "a", "b", id=UUID(int=1), sequence="1")
    assert canonical([three, two, one]) == {"a": "a", "b": "a"}


def test_unlinking_takes_away_that_link_only() -> None:
    facts = [linked(1, "a", "b"), linked(1, "b", "c"), linked(1, "a", "c"), unlinked(2, "a", "c")]
    assert canonical(facts) == {"a": "a", "b": "a", "c": "a"}
    assert links(facts) == [("a", "b"), ("b", "c")]
    assert canonical([*facts, unlinked(3, "a", "b")]) == {"b": "b", "c": "b"}


def test_unlinking_what_was_never_linked_is_nothing() -> None:
    assert canonical([unlinked(1, "a", "b")]) == {}


def test_a_party_linked_to_itself_is_nothing() -> None:
    assert canonical([linked(1, "a", "a")]) == {}


def test_retracting_the_unlinking_links_again() -> None:
    undone = unlinked(2, "a", "b")
    facts = [linked(1, "a", "b"), undone, retracts(undone, 3)]
    assert canonical(in_force(facts)) == {"a": "a", "b": "a"}


PARTIES = st.sampled_from(["customer:é", "customer:z", "customer:10", "customer:9", "app:1"])
SAYINGS = st.builds(
    lambda said, on, a, b, n: fact(f"identity.{said}", on, party_a=a, party_b=b, n=n),
    st.sampled_from(["linked", "unlinked"]),
    st.integers(0, 4),
    PARTIES,
    PARTIES,
    st.integers(0, 2),
)


@given(st.lists(SAYINGS, max_size=20), st.randoms(use_true_random=False))
def test_any_order_and_repetition_give_the_same_names(facts: list[Fact], chance: Random) -> None:
    expected = canonical(facts)
    shuffled = facts + facts
    chance.shuffle(shuffled)
    assert canonical(shuffled) == expected
    for party, name in expected.items():
        assert name <= party
        assert expected[name] == name
    assert len(expected) - len(set(expected.values())) <= len(links(facts))


@given(st.lists(SAYINGS, max_size=20), st.integers(0, 5))
def test_as_of_takes_what_had_happened(facts: list[Fact], on: int) -> None:
    then = [one for one in facts if one.time <= day(on)]
    assert canonical(facts, day(on)) == canonical(then)
