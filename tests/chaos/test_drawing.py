"""The dice of a chaos run: the same seed gives the same run, as far as it is ours to say."""

from __future__ import annotations

import random
from collections import Counter

from tests.chaos.facts import GARBAGE, parcels
from tests.chaos.faults import FAULTS, drawn


def test_a_seed_says_what_is_emitted_and_what_goes_wrong() -> None:
    one, same, other = random.Random(1), random.Random(1), random.Random(2)
    assert parcels(one) == parcels(same) != parcels(other)
    assert drawn(one, 20) == drawn(same, 20) != drawn(other, 20)


def test_every_message_comes_twice() -> None:
    counts = Counter((key, value) for key, value, _ in parcels(random.Random(3)))
    # Contradictions come once, under keys of their own.
    assert sum(count == 1 for count in counts.values()) <= 12
    assert sum(count >= 2 for count in counts.values()) > 1000
    assert sum(len(value) == 20 for _, value in counts) >= GARBAGE


def test_each_fault_comes_as_often_as_the_others() -> None:
    assert Counter(drawn(random.Random(4), 5 * len(FAULTS))) == Counter(5 * FAULTS)
    assert len(drawn(random.Random(5), 7)) == len(set(drawn(random.Random(5), 7))) == 7
