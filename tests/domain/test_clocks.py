"""The two clocks of a commitment, and whom it waited for."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.clocks import AWAITED, Clocks, Pause, clocks, pauses
from domain.facts import Fact
from tests.domain.given import day, fact, folded, honoured, made
from tests.domain.histories import histories


def pause(on: float, waiting_for: str = "customer") -> Fact:
    return fact("commitment.paused", on, waiting_for=waiting_for)


def resume(on: float) -> Fact:
    return fact("commitment.resumed", on)


def days(*facts: Fact, as_of: float) -> tuple[float, float, dict[str, float]]:
    """The customer's clock, the company's, and what waited for whom, in days."""
    story = folded(*facts, as_of=as_of)
    one = story.commitment
    end = one.honoured_at or one.released_at or one.abandoned_at or day(as_of)
    found = clocks(one.made_at, end, pauses(story.entries))
    return (
        found.customer / timedelta(days=1),
        found.company / timedelta(days=1),
        {name: waited / timedelta(days=1) for name, waited in found.paused.items() if waited},
    )


def test_the_companys_clock_stands_still_while_it_waits_for_others() -> None:
    story = [made(0)]
    for at, whom in enumerate(AWAITED):
        story += [pause(2 * at + 1, whom), resume(2 * at + 2)]
    assert days(*story, honoured(9), as_of=20) == (
        9,
        7,
        {"customer": 1, "third_party": 1, "company": 1, "other": 1},
    )


def test_during_a_pause_another_changes_nothing() -> None:
    story = [made(0), pause(1, "customer"), pause(2, "third_party"), resume(4), resume(5)]
    assert days(*story, as_of=6) == (6, 3, {"customer": 3})
    assert pauses(folded(*story).entries) == [Pause("customer", day(1), day(4))]


def test_a_pause_that_nobody_ends_runs_on_and_one_that_outlives_the_deed_ends_with_it() -> None:
    assert days(made(0), pause(1), as_of=6) == (6, 1, {"customer": 5})
    story = [made(0), pause(1), honoured(3), resume(5)]
    assert days(*story, as_of=6) == (3, 1, {"customer": 2})
    assert days(*story, as_of=2) == (2, 1, {"customer": 1})
    # Open again, it is as if it had never been honoured.
    assert days(*story, fact("commitment.reopened", 6), as_of=8) == (8, 4, {"customer": 4})


def test_what_was_done_before_it_was_written_down_kept_nobody_waiting() -> None:
    assert days(honoured(1), made(2), as_of=9) == (0, 0, {})
    assert days(pause(1), honoured(1.5), made(2), as_of=9) == (0, 0, {})
    # The step that such a pause makes counts from the promise.
    assert days(pause(1), made(2), resume(5), as_of=9) == (7, 4, {"customer": 3})


@given(histories(), st.integers(0, 13))
def test_a_fold_of_long_ago_has_the_pauses_of_today_cut_short(facts: list[Fact], on: int) -> None:
    story = folded(*facts, as_of=13)
    if story.commitment.made_at > day(on):
        return
    then = folded(*facts, as_of=on)
    begun = [one for one in pauses(story.entries) if one.since <= day(on)]
    found: Clocks = clocks(story.commitment.made_at, day(on), begun)
    assert clocks(then.commitment.made_at, day(on), pauses(then.entries)) == found
    assert timedelta(0) <= found.company <= found.customer
    assert sum(found.paused.values(), timedelta(0)) <= found.customer
