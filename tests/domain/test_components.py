"""Connected components: against a naive search, and on the shapes that trouble union-find."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from domain.components import components

Pairs = list[tuple[int, int]]


def searched(pairs: Pairs) -> dict[int, int]:
    """The same answer by walking from each node as far as one gets."""
    neighbours: dict[int, set[int]] = {}
    for left, right in pairs:
        neighbours.setdefault(left, set()).add(right)
        neighbours.setdefault(right, set()).add(left)
    found = {}
    for start in neighbours:
        reached, ahead = {start}, [start]
        while ahead:
            more = neighbours[ahead.pop()] - reached
            reached |= more
            ahead.extend(more)
        found[start] = min(reached)
    return found


def test_nothing() -> None:
    assert components([]) == {}


def test_a_pair_with_itself_is_a_node_alone() -> None:
    assert components([(7, 7)]) == {7: 7}


def test_two_components_and_the_smallest_of_each() -> None:
    assert components([(5, 3), (9, 8), (3, 4)]) == {5: 3, 3: 3, 4: 3, 9: 8, 8: 8}


def test_a_chain_of_fifty_thousand_from_both_ends_and_a_star() -> None:
    nodes = range(50_000)
    chain = list(pairwise(nodes))
    alone = dict.fromkeys(nodes, 0)
    assert components(chain) == alone
    assert components(reversed(chain)) == alone
    assert components((node, 49_999) for node in nodes) == alone


@given(
    st.lists(st.tuples(st.integers(-20, 20), st.integers(-20, 20)), max_size=60),
    st.randoms(use_true_random=False),
)
def test_as_a_search_finds_them_in_any_order(pairs: Pairs, chance: Random) -> None:
    expected = searched(pairs)
    assert components(pairs) == expected
    turned = [(right, left) for left, right in pairs] + pairs
    chance.shuffle(turned)
    assert components(turned) == expected
