"""Positions and vectors: one number a fact, one order a partition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.positions import (
    PARTITIONS,
    PLACES,
    Vector,
    holds,
    offset_of,
    partition_of,
    position_of,
    vector_from_text,
)

PARTITION = st.integers(0, PARTITIONS - 1)
ENDS = st.dictionaries(PARTITION, st.integers(0, PLACES - 1), max_size=5)


@given(PARTITION, st.integers(0, PLACES - 2))
def test_a_position_says_its_partition_and_offset(partition: int, offset: int) -> None:
    position = position_of(partition, offset)
    assert (partition_of(position), offset_of(position)) == (partition, offset)
    assert 0 < position < 2**63


def test_one_partition_counts_from_1() -> None:
    assert [position_of(0, offset) for offset in range(3)] == [1, 2, 3]


@given(PARTITION, PARTITION, st.integers(0, 99), st.integers(0, 99))
def test_positions_sort_by_partition_then_offset(a: int, b: int, i: int, j: int) -> None:
    assert (position_of(a, i) < position_of(b, j)) == ((a, i) < (b, j))


@given(ENDS)
def test_a_vector_is_read_as_it_is_written(ends: dict[int, int]) -> None:
    vector = Vector(ends)
    assert dict(vector) == {partition: end for partition, end in ends.items() if end}
    assert (vector_from_text(str(vector)) if vector else Vector({})) == vector
    assert hash(vector) == hash(Vector(dict(reversed(ends.items()))))


@given(ENDS, ENDS)
def test_one_vector_is_within_another_that_knows_as_much(
    some: dict[int, int], more: dict[int, int]
) -> None:
    joined = {p: max(some.get(p, 0), more.get(p, 0)) for p in {*some, *more}}
    assert Vector(some).within(Vector(joined))
    assert Vector(joined).within(Vector(some)) == (Vector(joined) == Vector(some))


def test_what_is_known_is_held() -> None:
    vector = Vector({0: 2, 3: 1})
    known = [(0, 0), (0, 1), (3, 0)]
    assert [
        (partition, offset)
        for partition in range(5)
        for offset in range(4)
        if holds(vector, position_of(partition, offset))
    ] == known
    assert holds(2, 2)
    assert not holds(2, 3)


@pytest.mark.parametrize(
    "text", ["", "1", "0:", ":3", "0:1,", "0:1,0:2", "0:-1", "a:b", "0:1:2", "٣:1"]
)
def test_other_texts_are_no_vectors(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        vector_from_text(text)


def test_a_vector_keeps_within_what_a_position_can_say() -> None:
    for ends in ({PARTITIONS: 1}, {-1: 1}, {0: PLACES}, {0: -1}):
        with pytest.raises(ValueError, match="expected partitions below"):
            Vector(ends)
