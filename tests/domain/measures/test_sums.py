"""Ratios, amounts and counts."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from domain.measures.sums import amount, count, ratio

ROWS = st.lists(
    st.tuples(
        st.none() | st.sampled_from(("EUR", "CHF", "JPY")),
        st.none() | st.integers(-500, 500),
        st.just(1),
    )
)


def test_a_ratio_is_a_part_of_a_whole() -> None:
    found = ratio(172_800, 1_728_000)
    assert list(found.items()) == [
        ("kind", "ratio"),
        ("part", 172_800),
        ("whole", 1_728_000),
        ("rate", 0.1),
    ]


def test_without_a_whole_there_is_no_rate() -> None:
    assert ratio(0, 0) == {"kind": "ratio", "part": 0, "whole": 0, "rate": None}


def test_a_count_counts() -> None:
    assert list(count(3).items()) == [("kind", "count"), ("count", 3)]


def test_amounts_are_added_up_by_currency_and_never_across() -> None:
    found = amount([("EUR", 3000, 1), ("CHF", 12000, 1), ("EUR", 500, 2)])
    assert list(found) == ["kind", "count", "amounts"]
    assert found["count"] == 4
    assert [list(one.items()) for one in found["amounts"]] == [
        [("currency", "CHF"), ("amount_minor", 12000)],
        [("currency", "EUR"), ("amount_minor", 3500)],
    ]


def test_without_a_unit_there_is_no_amount() -> None:
    assert amount([]) == {"kind": "amount", "count": 0, "amounts": []}


def test_what_has_no_amount_counts_and_adds_nothing() -> None:
    found = amount([(None, None, 2), ("EUR", None, 1), (None, 700, 1)])
    assert found == {"kind": "amount", "count": 4, "amounts": []}


def test_nothing_given_is_an_amount_too() -> None:
    assert amount([("EUR", 0, 1)])["amounts"] == [{"currency": "EUR", "amount_minor": 0}]


def test_an_amount_says_how_many_units_mature() -> None:
    assert list(amount([], maturing=0).items())[-1] == ("maturing", 0)


@given(ROWS)
def test_what_is_added_up_before_is_the_same_amount(
    rows: list[tuple[str | None, int | None, int]],
) -> None:
    sums: Counter[str | None] = Counter()
    units: Counter[tuple[str | None, bool]] = Counter()
    for currency, minor, _ in rows:
        sums[currency] += minor or 0
        units[currency, minor is not None] += 1
    summed = [(name, sums[name] if known else None, n) for (name, known), n in units.items()]
    assert amount(rows) == amount(summed)
