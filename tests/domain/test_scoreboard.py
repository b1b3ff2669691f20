"""Counts, rates and balances over commitments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from math import isclose
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commitments import Commitment, fold, fold_all
from domain.facts import Fact
from domain.scoreboard import (
    balance,
    balance_by,
    counts,
    kept_rate,
    key_of,
    month,
    promises,
    promises_by,
    unprompted,
)
from domain.wilson import Z, wilson
from tests.domain.given import chased, day, fact, honoured, made, moved
from tests.domain.histories import histories

FLOWS = ("made", "reopened", "honoured", "released", "abandoned")


def one(*facts: Fact) -> Commitment:
    found = fold(facts)
    assert found is not None
    return found.commitment


def numbers(found: Mapping[str, object]) -> dict[str, int]:
    """The numbers of an answer, without its key."""
    return {name: value for name, value in found.items() if isinstance(value, int)}


# Wilson


def test_no_cohort_no_interval() -> None:
    assert wilson(0, 0) is None


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17, table I, method 3, to four digits.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_known_intervals(k: int, n: int, low: float, high: float) -> None:
    assert wilson(k, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("n", [1, 7, 10, 12, 13, 10**6])
def test_the_ends_of_all_and_of_none_are_exact(n: int) -> None:
    none, every = wilson(0, n), wilson(n, n)
    assert none is not None
    assert every is not None
    assert (none[0], every[1]) == (0, 1)


@given(st.integers(1, 10**9), st.data())
def test_an_interval_holds_its_share_and_is_its_own_mirror(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    found, mirror = wilson(k, n), wilson(n - k, n)
    assert found is not None
    assert mirror is not None
    low, high = found
    assert 0 <= low <= k / n <= high <= 1
    assert isclose(low, 1 - mirror[1], abs_tol=1e-12)


@given(st.integers(1, 10**4), st.data())
def test_the_ends_of_an_interval_are_z_deviations_away(n: int, data: st.DataObject) -> None:
    """The definition: p is an end where (share - p)^2 = z^2 p (1 - p) / n."""
    k = data.draw(st.integers(0, n))
    for p in wilson(k, n) or ():
        assert isclose((k / n - p) ** 2, Z * Z * p * (1 - p) / n, abs_tol=1e-12)


# Rates


def test_the_due_instant_weighs_on_no_rate_yet() -> None:
    kept = [one(made(due_at=day(5)), honoured(2))]
    assert kept_rate(kept, day(5), "agreed") == {
        "kept": 0, "due": 0, "rate": None, "low": None, "high": None,
    }  # fmt: skip
    assert kept_rate(kept, day(5.01), "agreed")["due"] == 1


@pytest.mark.parametrize(
    ("story", "kept", "due"),
    [
        ([made(due_at=day(5)), honoured(5)], 1, 1),
        ([made(due_at=day(5)), honoured(5.01)], 0, 1),
        ([made(due_at=day(5))], 0, 1),
        ([made(due_at=day(5)), fact("commitment.abandoned", 1)], 0, 1),
        ([made(due_at=day(5)), honoured(1), fact("commitment.disputed", 2)], 0, 1),
        ([made(due_at=day(5)), fact("commitment.released", 5)], 0, 0),
        ([made(due_at=day(5)), fact("commitment.released", 5.01)], 0, 1),
        # Released in time, and honoured after all: it is answered for again.
        ([made(due_at=day(5)), fact("commitment.released", 1), honoured(9)], 0, 1),
        ([made()], 0, 0),
        ([made(), honoured(2)], 0, 0),
    ],
)
def test_who_is_in_the_cohort(story: list[Fact], kept: int, due: int) -> None:
    found = kept_rate([one(*story)], day(10), "agreed")
    assert (found["kept"], found["due"]) == (kept, due)


def test_the_slip_gap_is_what_moving_dates_bought() -> None:
    slipped = one(made(due_at=day(5)), moved(3, 9), honoured(8))
    kept = one(made(due_at=day(5)), honoured(4))
    found = promises([slipped, kept], day(20))
    assert [found["kept_rate"][basis]["kept"] for basis in ("first", "agreed", "latest")] == [
        1, 1, 2,
    ]  # fmt: skip
    assert found["slip_gap"] == 0.5
    assert promises([slipped], day(7))["slip_gap"] is None


@pytest.mark.parametrize(
    ("story", "kept", "alone"),
    [
        ([made(due_at=day(5)), honoured(4)], 1, 1),
        ([made(due_at=day(5)), chased(3), honoured(4)], 1, 0),
        ([made(due_at=day(5)), chased(4), honoured(4)], 1, 1),
        ([made(due_at=day(5)), honoured(4), chased(4.5)], 1, 1),
        ([made(due_at=day(5)), honoured(6)], 0, 0),
        # It was kept alone at first; the hour that counts is the last one.
        ([made(), honoured(1), fact("commitment.reopened", 2), chased(3), honoured(4)], 1, 0),
        ([made(), honoured(4)], 1, 1),
    ],
)
def test_unprompted(story: list[Fact], kept: int, alone: int) -> None:
    found = unprompted([one(*story)], day(10))
    assert (found["kept"], found["unprompted"]) == (kept, alone)


@given(histories(of=("A", "B", "C", "D")), st.integers(0, 13))
def test_the_eight_statuses_add_up_to_made(facts: list[Fact], on: int) -> None:
    commitments = [folded.commitment for folded in fold_all(facts, day(on)).values()]
    found = numbers(counts(commitments, day(on)))
    assert found.pop("made") == len(commitments) == sum(found.values())


# Groups


def test_groups_by_key_null_last_and_none_empty() -> None:
    commitments = [
        one(made(owner="shop", entry_point="web")),
        one(made(owner="care")),
        one(made(owner="care"), fact("commitment.handed_over", 1)),
    ]
    found = promises_by(commitments, day(2), ["department"])
    assert [group["key"]["department"] for group in found] == ["care", "shop", None]
    found = promises_by(commitments, day(2), ["channel", "department"])
    assert [tuple(group["key"].values()) for group in found] == [
        ("web", "shop"), (None, "care"), (None, None),
    ]  # fmt: skip
    assert list(found[0]["key"]) == ["channel", "department"]
    assert promises_by([], day(2), ["about"]) == []


def test_months_are_those_of_a_zone() -> None:
    at = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    assert month(at, UTC) == "2026-01"
    assert month(at, ZoneInfo("Europe/Paris")) == "2026-02"
    assert month(datetime(9, 5, 1, tzinfo=UTC), UTC) == "0009-05"
    assert month(None, UTC) is None
    key = key_of(one(made(due_at=day(40))), ["month_due", "month_made", "supports"])
    assert key == {"month_due": "2026-02", "month_made": "2026-01", "supports": None}


def test_a_label_groups_by_its_value_the_first_by_text_of_several() -> None:
    labels = ("priority:P2", "priority:P10", "priority:P2", "pri:0", "link:http://a")
    promise = one(made(labels=labels), made(1, labels=("late:yes",)))
    keys = ["label:priority", "label:pri", "label:link", "label:late"]
    assert key_of(promise, keys) == {
        "label:priority": "P10",
        "label:pri": "0",
        "label:link": "http://a",
        "label:late": None,
    }


def test_a_verdict_stands_in_the_place_of_every_comparison() -> None:
    story = [made(due_at=day(5)), moved(1, 7)]
    kept = one(*story, honoured(9, in_time=True))
    late = one(*story, honoured(2, in_time=False))
    for basis in ("first", "agreed", "latest"):
        assert kept_rate([kept], day(20), basis)["kept"] == 1
        assert kept_rate([late], day(20), basis)["kept"] == 0
    assert unprompted([kept, late], day(20))["kept"] == 1


# Balance


def account(facts: list[Fact], after: float, to: float) -> dict[str, int]:
    entries = [folded.entries for folded in fold_all(facts).values()]
    return numbers(balance(entries, day(after), day(to)))


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ([], (0, 1, 0, 0, 0, 0, 1)),
        ([honoured(3)], (0, 1, 0, 1, 0, 0, 0)),
        ([fact("commitment.released", 3)], (0, 1, 0, 0, 1, 0, 0)),
        ([fact("commitment.abandoned", 3)], (0, 1, 0, 0, 0, 1, 0)),
        ([fact("commitment.abandoned", 3), fact("commitment.released", 4)], (0, 1, 1, 0, 1, 1, 0)),
        ([fact("commitment.released", 3), honoured(4)], (0, 1, 1, 1, 1, 0, 0)),
        ([honoured(3), honoured(4)], (0, 1, 0, 1, 0, 0, 0)),
        ([honoured(3), fact("commitment.reopened", 4)], (0, 1, 1, 1, 0, 0, 1)),
        ([honoured(3), fact("commitment.disputed", 4)], (0, 1, 1, 1, 0, 0, 1)),
        (
            [
                honoured(3),
                fact("commitment.disputed", 4),
                fact("commitment.dispute_settled", 5, outcome="rejected"),
            ],
            (0, 1, 1, 2, 0, 0, 0),
        ),
        (
            [
                honoured(3),
                fact("commitment.disputed", 4),
                fact("commitment.dispute_settled", 5, outcome="upheld"),
            ],
            (0, 1, 1, 1, 0, 0, 1),
        ),
        # Done before it was written down: it comes in and goes out at once.
        ([honoured(0)], (0, 1, 0, 1, 0, 0, 0)),
    ],
)
def test_an_account(story: list[Fact], expected: tuple[int, ...]) -> None:
    assert tuple(account([made(2), *story], 1, 9).values()) == expected


def test_a_window_takes_its_end_and_leaves_its_start() -> None:
    assert account([made(2)], 2, 3)["opening"] == 1
    assert account([made(2)], 2, 3)["made"] == 0
    assert account([made(2)], 1, 2)["made"] == 1
    assert account([made(2)], 0, 1) == dict.fromkeys(account([], 0, 1), 0)


def test_a_window_that_ends_before_it_starts_is_empty() -> None:
    found = account([made(2), honoured(4)], 9, 3)
    assert (found["opening"], found["closing"]) == (1, 1)
    assert sum(found[flow] for flow in FLOWS) == 0


def test_in_groups_the_owner_is_the_one_at_the_end() -> None:
    story = fold(
        [made(1), fact("commitment.handed_over", 3), fact("commitment.accepted", 5, by="network")]
    )
    assert story is not None

    def owners(to: float) -> list[str | None]:
        return [
            group["key"]["department"]
            for group in balance_by([story], day(0), day(to), ["department"])
        ]

    assert [owners(to) for to in (0, 2, 4, 6)] == [[], ["care"], [None], ["network"]]


def closing(found: dict[str, int]) -> int:
    gone = found["honoured"] + found["released"] + found["abandoned"]
    return found["opening"] + found["made"] + found["reopened"] - gone


@given(
    histories(of=("A", "B", "C", "D")),
    st.lists(st.integers(-2, 28).map(lambda half: half / 2), min_size=2, max_size=6),
)
def test_it_always_adds_up_and_windows_chain(facts: list[Fact], edges: list[float]) -> None:
    edges = sorted(edges)
    windows = [account(facts, after, to) for after, to in pairwise(edges)]
    for found in windows:
        assert found["closing"] == closing(found)
    for one, other in pairwise(windows):
        assert one["closing"] == other["opening"]
    whole = account(facts, edges[0], edges[-1])
    for flow in FLOWS:
        assert whole[flow] == sum(found[flow] for found in windows)


@given(histories(of=("A", "B", "C", "D")), st.integers(0, 13))
def test_an_account_does_not_see_what_comes_after(facts: list[Fact], to: int) -> None:
    then = [one for one in facts if one.time <= day(to)]
    assert account(facts, -1, to) == account(then, -1, to)


@pytest.mark.parametrize("by", [["about"], ["department"], ["department", "about"]])
@given(facts=histories(of=("A", "B", "C", "D")), to=st.integers(0, 13))
def test_groups_add_up_to_the_whole(
    facts: list[Fact], to: int, by: list[Literal["department", "about"]]
) -> None:
    commitments = list(fold_all(facts).values())
    whole = numbers(balance([folded.entries for folded in commitments], day(3), day(to)))
    groups = [numbers(group) for group in balance_by(commitments, day(3), day(to), by)]
    assert whole == {name: sum(group[name] for group in groups) for name in whole}
