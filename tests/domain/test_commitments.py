"""The rules of one commitment: given its facts, when they are folded, then it stands so."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any, get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime

from domain.commitments import (
    State,
    fold,
    fold_all,
    folded_on,
    open_stretches,
    status,
)
from domain.events import BODIES
from domain.facts import Fact
from domain.statuses import Status
from tests.domain.given import (
    DEFAULTS,
    INTO,
    STATES,
    applied,
    chased,
    day,
    fact,
    folded,
    honoured,
    made,
    then,
)
from tests.domain.histories import histories

#: What becomes of each state, in the order of ``STATES``; a dot: it stays.
TABLE = """
commitment.honoured         honoured   .          honoured   honoured   honoured
commitment.released         released   .          .          released   .
commitment.abandoned        abandoned  .          .          .          .
commitment.disputed         .          disputed   .          .          .
commitment.dispute_settled  .          .          .          .          open
commitment.reopened         .          open       open       open       .
"""
MOVES = {
    (row.split()[0], state): to
    for row in TABLE.strip().splitlines()
    for state, to in zip(STATES, row.split()[1:], strict=True)
    if to != "."
}

#: What changes something other than the state, whatever the state is.
BESIDES = {"commitment.paused", "customer.chased", "commitment.handed_over"}
DATED = {("commitment.rescheduled", "open"), ("commitment.rescheduled", "disputed")}


def any_fact(type: str, on: float) -> Fact:
    """A fact of any type that can name a commitment, its other fields made up."""
    made_up: dict[str, Any] = {"commitment_id": "C"}
    for name, field in BODIES[type].model_fields.items():
        if field.is_required() and name not in DEFAULTS:
            kind = field.annotation
            made_up[name] = day(9) if kind in (AwareDatetime, datetime) else "x"
    if type == "commitment.rescheduled":
        made_up["due_at"] = day(9)
    return fact(type, on, **made_up)


NAMING = sorted(type for type, body in BODIES.items() if "commitment_id" in body.model_fields)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("type", NAMING)
def test_every_state_on_every_type(state: State, type: str) -> None:
    before = [made(0, due_at=day(5)), *INTO[state]]
    assert then(*before).state == state
    event = any_fact(type, 3)
    after = folded(*before, event)
    expected = MOVES.get((type, state), state)
    assert after.commitment.state == expected
    changes = expected != state or type in BESIDES or (type, state) in DATED
    assert after.entries[-1].applied is changes
    assert (after.entries[-1].before, after.entries[-1].state) == (state, expected)


@pytest.mark.parametrize(
    ("outcome", "state", "hour"),
    [("upheld", "open", None), ("rejected", "honoured", day(1)), ("unknown", "disputed", day(1))],
)
def test_a_settled_dispute(outcome: str, state: State, hour: datetime | None) -> None:
    facts = [made(), *INTO["disputed"], fact("commitment.dispute_settled", 3, outcome=outcome)]
    assert (then(*facts).state, then(*facts).honoured_at) == (state, hour)
    assert applied(*facts)[-1] is (outcome != "unknown")


def test_nothing_opens_it() -> None:
    assert fold([]) is None
    assert fold([honoured(1), chased(2)]) is None
    assert fold([made(2)], day(1)) is None
    assert fold([made(2)], day(2)) is not None


def test_facts_of_two_commitments_are_refused() -> None:
    with pytest.raises(ValueError, match="fold_all"):
        fold([made(), made(commitment_id="D")])
    with pytest.raises(ValueError, match="fold_all"):
        fold([made(), fact("information.reasked", 1)])


def test_fold_all_takes_what_is_named_and_opened() -> None:
    facts = [made(commitment_id="B"), honoured(1, commitment_id="A"), fact("issue.opened", 1)]
    assert list(fold_all(facts)) == ["B"]
    assert list(fold_all([*facts, made(commitment_id="A")])) == ["A", "B"]


def test_what_made_says() -> None:
    one = then(made(1, of="customer:7", by="care", earliest_at=day(2), supports="S"))
    assert (one.customer, one.made_to, one.owner) == ("customer:7", "customer:7", "care")
    assert (one.made_at, one.earliest_at, one.supports) == (day(1), day(2), "S")
    two = then(made(1, made_to="department:shop", owner="field", entry_point="web"))
    assert (two.made_to, two.owner, two.entry_point) == ("department:shop", "field", "web")


def test_what_was_done_before_it_was_written_down_counts_at_its_own_hour() -> None:
    done, written = honoured(1), made(2, due_at=day(3))
    story = folded(done, written)
    assert story.commitment.honoured_at == day(1)
    assert [(entry.fact, entry.at) for entry in story.entries] == [
        (written, day(2)),
        (done, day(2)),
    ]
    assert [entry.fact for entry in story.history] == [done, written]
    assert applied(done, written) == [True, True]


def test_instants_go_with_their_state() -> None:
    released, given_up = fact("commitment.released", 1), fact("commitment.abandoned", 1)
    assert then(made(), released).released_at == day(1)
    one = then(made(), released, honoured(2))
    assert (one.released_at, one.honoured_at) == (None, day(2))
    two = then(made(), given_up, fact("commitment.released", 2))
    assert (two.abandoned_at, two.released_at) == (None, day(2))
    three = then(made(), given_up, fact("commitment.reopened", 2))
    assert (three.abandoned_at, three.state) == (None, "open")
    four = then(made(), *INTO["disputed"], honoured(5))
    assert (four.honoured_at, four.state) == (day(5), "honoured")


def test_a_verdict_goes_with_the_deed_that_it_judges() -> None:
    story = [made(due_at=day(5)), honoured(8, in_time=True)]
    disputed = [*story, fact("commitment.disputed", 9)]
    assert then(*story).in_time is True
    assert then(*disputed).in_time is True
    rejected = fact("commitment.dispute_settled", 10, outcome="rejected")
    assert then(*disputed, rejected).in_time is True
    upheld = fact("commitment.dispute_settled", 10, outcome="upheld")
    assert then(*disputed, upheld).in_time is None
    assert then(*disputed, upheld, honoured(11)).in_time is None
    assert then(*disputed, honoured(11, in_time=False)).in_time is False
    # Said once more, it is not done once more.
    assert then(*story, honoured(9, in_time=False)).in_time is True


def test_only_the_first_made_counts() -> None:
    one, two = made(1, due_at=day(5)), made(2, due_at=day(9), owner="x")
    assert then(two, one).latest_due_at == day(5)
    assert applied(one, two) == [True, False]
    early, late = made(1, id=UUID(int=1), about="a"), made(1, id=UUID(int=2), about="b")
    assert then(late, early).about == "a"


# Status


@pytest.mark.parametrize(
    ("story", "at", "expected"),
    [
        ([made()], 1, "undated"),
        ([made(due_at=day(5))], 5, "pending"),
        ([made(due_at=day(5))], 5.0001, "overdue"),
        ([made(due_at=day(5)), honoured(5)], 9, "kept"),
        ([made(due_at=day(5)), honoured(5.0001)], 9, "late"),
        ([made(), honoured(5)], 9, "kept"),
        ([made(due_at=day(5)), honoured(8, in_time=True)], 9, "kept"),
        ([made(due_at=day(5)), honoured(3, in_time=False)], 4, "late"),
        ([made(), honoured(5, in_time=False)], 9, "late"),
        ([made(), honoured(5, in_time=True)], 9, "kept"),
        ([made(due_at=day(5)), *INTO["released"]], 9, "released"),
        ([made(due_at=day(5)), *INTO["abandoned"]], 2, "broken"),
        ([made(due_at=day(5)), *INTO["disputed"]], 9, "disputed"),
    ],
)
def test_status(story: list[Fact], at: float, expected: Status) -> None:
    assert status(then(*story, as_of=at), day(at)) == expected


def test_open_stretches() -> None:
    story = [made(1), honoured(3), fact("commitment.reopened", 5)]
    entries = folded(*story).entries
    assert open_stretches(entries, day(9)) == ((day(1), day(3)), (day(5), day(9)))
    disputed = folded(made(0), *INTO["disputed"]).entries
    assert open_stretches(disputed, day(9)) == ((day(0), day(1)),)
    at_once = folded(honoured(1), made(2)).entries
    assert open_stretches(at_once, day(9)) == ((day(2), day(2)),)


# Properties


@given(histories(), st.randoms(use_true_random=False))
def test_any_order_and_repetition_fold_to_the_same(facts: list[Fact], chance: Random) -> None:
    expected = fold(facts)
    shuffled = facts + facts
    chance.shuffle(shuffled)
    assert fold(shuffled) == expected


@given(histories(), st.integers(-1, 13))
def test_as_of_is_what_had_happened(facts: list[Fact], on: int) -> None:
    assert fold(facts, day(on)) == fold([one for one in facts if one.time <= day(on)])


@given(histories())
def test_an_earlier_fold_is_the_later_one_cut_short(facts: list[Fact]) -> None:
    whole = fold(facts)
    assert whole is not None
    for on in range(-1, 14):
        cut = tuple(entry for entry in whole.entries if entry.at <= day(on))
        then = fold(facts, day(on))
        if then is None:
            assert cut == ()
        else:
            assert then.entries == cut
            last = cut[-1]
            assert (then.commitment.state, then.commitment.owner) == (last.state, last.owner)


@given(histories())
def test_a_fold_goes_on_with_what_sorts_behind(facts: list[Fact]) -> None:
    ordered = sorted(facts, key=lambda fact: fact.order)
    for number, one in enumerate(ordered):
        before = fold(ordered[:number])
        if before is not None:
            assert folded_on(before, one) == fold(ordered[: number + 1])
            assert folded_on(before, ordered[number - 1]) is None


def test_a_fold_goes_on_with_its_own_commitment_alone() -> None:
    assert folded_on(folded(made(1)), honoured(2, commitment_id="D")) is None


@given(histories())
def test_what_always_holds(facts: list[Fact]) -> None:
    story = folded(*facts)
    one = story.commitment
    assert (one.honoured_at is not None) is (one.state in ("honoured", "disputed"))
    assert one.in_time is None or one.honoured_at is not None
    assert (one.released_at is not None) is (one.state == "released")
    assert (one.abandoned_at is not None) is (one.state == "abandoned")
    dates = (one.first_due_at, one.agreed_due_at, one.latest_due_at, one.customer_due_at)
    assert len({date is None for date in dates}) == 1
    assert (one.owner is None) is (one.proposed_owner is not None)
    assert (one.owner is None) is (one.previous_owner is not None)
    assert [entry.at for entry in story.entries] == sorted(entry.at for entry in story.entries)
    assert [entry.before for entry in story.entries[1:]] == [
        entry.state for entry in story.entries[:-1]
    ]
    assert len(story.history) == len(facts)
    assert one.chases == sum(entry.fact.type == "customer.chased" for entry in story.entries)
    assert status(one, day(13)) in get_args(Status)


@given(histories())
def test_what_is_not_applied_can_be_left_out(facts: list[Fact]) -> None:
    story = folded(*facts)
    kept = [entry.fact for entry in story.entries if entry.applied]
    again = folded(*kept).commitment
    assert replace(again, last_sign_at=None) == replace(story.commitment, last_sign_at=None)


@given(histories(of=("A", "B", "C")), st.integers(0, 13))
def test_all_at_once_is_one_by_one(facts: list[Fact], on: int) -> None:
    together = fold_all(facts, day(on))
    for name in ("A", "B", "C"):
        own = [one for one in facts if vars(one.body)["commitment_id"] == name]
        assert together.get(name) == fold(own, day(on))
