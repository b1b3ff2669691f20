"""Policies: which one gives the date that nobody named."""

from __future__ import annotations

from datetime import date, datetime
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.facts import Fact
from domain.policies import Deadlines, Policies, issue_deadlines, policy_dates
from domain.retractions import in_force
from tests.domain.given import day, fact, made, retracts


def places(place: str, year: int) -> frozenset[date]:
    if place != "FR":
        raise LookupError(place)
    return frozenset({date(year, 1, 6)})


def policy(on: float, days: int, **said: Any) -> Fact:
    return fact("policy.published", on, **({"due": f"P{days}D"} | said))


def calendar(on: float, *weekly: str, timezone: str = "UTC", **said: Any) -> Fact:
    return fact("calendar.published", on, timezone=timezone, weekly=weekly, closed=(), **said)


def due(*facts: Fact, promise: Fact | None = None) -> datetime | None:
    """The date of a promise made on day 10."""
    promise = promise or made(10)
    return policy_dates([promise, *facts], places).get(promise.id)


def test_no_policy_no_date() -> None:
    assert due() is None
    assert due(policy(1, 3, about="callback")) is None


def test_a_policy_gives_the_date() -> None:
    assert due(policy(1, 3)) == day(13)


def test_a_date_in_made_is_not_asked_for() -> None:
    assert policy_dates([policy(1, 3), made(10, due_at=day(11))], places) == {}


def test_only_what_was_published_by_then() -> None:
    assert due(policy(10, 3)) == day(13)
    assert due(policy(10.01, 3)) is None
    # At the very same instant it counts, whatever the ids.
    one, two = policy(10, 3, id=UUID(int=1)), policy(10, 3, id=UUID(int=2**127))
    assert due(one) == due(two) == day(13)


def test_the_highest_version_then_the_latest() -> None:
    assert due(policy(1, 3, version=2), policy(2, 4, version=1)) == day(13)
    assert due(policy(1, 3), policy(2, 4)) == day(14)
    same = policy(1, 3, id=UUID(int=2)), policy(1, 4, id=UUID(int=1))
    assert due(*same) == day(13)
    assert due(policy(1, 3), policy(11, 4, version=9)) == day(13)


def test_two_policies_on_one_matter_are_ranked_together() -> None:
    one, two = policy(1, 3, policy_id="A", version=2), policy(2, 4, policy_id="B", version=1)
    assert due(one, two) == day(13)


def test_the_most_labels_then_the_highest_version_then_the_last() -> None:
    urgent, loan = ("priority:P1",), ("priority:P1", "product:loan")
    plain, first = policy(1, 3, version=9), policy(1, 4, labels=urgent)
    second, third = policy(1, 5, labels=loan), policy(1, 6, labels=("product:card",), version=8)
    everything = (plain, first, second, third)
    for labels, days in [
        ((), 3),
        (urgent, 4),
        (("priority:P1", "product:loan", "region:north"), 5),
        (("product:loan", "priority:P2"), 3),
        (("product:card", "priority:P1"), 6),  # as many labels: the higher version
    ]:
        assert due(*everything, promise=made(10, labels=labels)) == day(10 + days)
    assert due(first, promise=made(10)) is None
    # Doubles count once.
    twice = policy(1, 7, labels=("priority:P1", "priority:P1"))
    assert due(twice, second, promise=made(10, labels=loan * 2)) == day(15)


def test_a_policy_of_a_regime_is_like_any_other() -> None:
    assert due(policy(1, 3, regime="acpr")) == day(13)


def test_a_retracted_policy_gives_way_to_the_one_before() -> None:
    one, two = policy(1, 3), policy(2, 4)
    assert due(*in_force([one, two, retracts(two, 30)])) == day(13)


def test_a_policy_that_gives_no_date_is_not_replaced_by_an_older_one() -> None:
    assert due(policy(1, 3), fact("policy.published", 2, due="soon")) is None


# Day 0 is 1 January 2026, a Thursday; day 10 is a Sunday.


def test_working_days_of_the_calendar_that_the_policy_names() -> None:
    works = fact("policy.published", 1, due="2 working days", calendar_id="CAL")
    week = calendar(1, "mon 09:00-17:00", "wed 09:00-17:00")
    assert due(works, week) == datetime.fromisoformat("2026-01-14T17:00:00Z")
    assert due(works) is None
    assert due(works, calendar(11, "mon 09:00-17:00")) is None
    assert due(works, calendar(1, "mon 09:00-17:00", calendar_id="OTHER")) is None


def test_the_calendar_of_the_day() -> None:
    works = fact("policy.published", 1, due="1 working day", calendar_id="CAL")
    old, new = calendar(1, "tue 09:00-17:00"), calendar(2, "wed 09:00-17:00", version=2)
    later = calendar(11, "thu 09:00-17:00", version=3)
    assert due(works, old) == datetime.fromisoformat("2026-01-13T17:00:00Z")
    assert due(works, old, new, later) == datetime.fromisoformat("2026-01-14T17:00:00Z")


@pytest.mark.parametrize("said", [{"timezone": "Mars/Olympus"}, {"holidays": "XX"}])
def test_a_calendar_that_cannot_be_used_gives_no_date(said: dict[str, Any]) -> None:
    works = fact("policy.published", 1, due="1 working day", calendar_id="CAL")
    broken = calendar(2, "tue 09:00-17:00", **said)
    assert due(works, broken) is None
    assert Policies([broken], places).calendar("CAL", day(3)) is None


def test_holidays_are_asked_for() -> None:
    works = fact("policy.published", 1, due="1 working day", calendar_id="CAL")
    week = calendar(1, "tue 09:00-17:00", holidays="FR")
    promise = made(3)
    assert due(works, week, promise=promise) == datetime.fromisoformat("2026-01-13T17:00:00Z")


LABELS = st.lists(st.sampled_from(["a:1", "a:2", "b:1"]), max_size=3).map(tuple)
PUBLISHED = st.builds(
    lambda on, days, version, about, number, labels: policy(
        on, days, version=version, about=about, id=UUID(int=number), labels=labels
    ),
    st.integers(0, 9),
    st.integers(1, 5),
    st.integers(1, 3),
    st.sampled_from(["delivery", "callback"]),
    st.integers(1, 99),
    LABELS,
)


@given(
    st.lists(PUBLISHED, max_size=12, unique_by=lambda one: one.id),
    st.integers(0, 9),
    LABELS.map(frozenset),
    st.randoms(use_true_random=False),
)
def test_as_the_definition_has_it_in_any_order(
    facts: list[Fact], on: int, labels: frozenset[str], chance: Random
) -> None:
    then = [
        (len(wanted), vars(one.body)["version"], one.order, one)
        for one in facts
        if (wanted := set(vars(one.body)["labels"])) <= labels
        and one.time <= day(on)
        and vars(one.body)["about"] == "delivery"
    ]
    last = max(then)[-1] if then else None
    shuffled = facts + facts
    chance.shuffle(shuffled)
    assert Policies(shuffled, places).policy("delivery", day(on), labels) == last


def deadlines(*facts: Fact, **said: Any) -> Deadlines | None:
    """Those of an issue opened on day 10."""
    issue = fact("issue.opened", 10, **said)
    return issue_deadlines([issue, *facts], places).get(issue.id)


def answered(on: float, days: int, **said: Any) -> Fact:
    return policy(on, days, about="issue.answered", **said)


def test_an_issue_has_the_deadlines_of_the_policies_of_its_day() -> None:
    acknowledged = policy(1, 2, about="issue.acknowledged")
    assert deadlines() is None
    assert deadlines(policy(1, 3)) is None
    assert deadlines(answered(1, 5)) == (None, day(15))
    assert deadlines(acknowledged, answered(1, 5)) == (day(12), day(15))
    assert deadlines(answered(1, 5), answered(10, 6), answered(11, 7)) == (None, day(16))


def test_an_issue_goes_by_policies_of_its_regime_alone() -> None:
    """None is a regime too: that of policies and issues that name none."""
    bank, none = answered(1, 5, regime="bank"), answered(1, 6, version=9)
    assert deadlines(bank, none, regime="bank") == (None, day(15))
    assert deadlines(bank, none) == (None, day(16))
    assert deadlines(bank, none, regime="insurance") is None


def test_an_issue_goes_by_the_policy_with_the_most_of_its_labels() -> None:
    plain, urgent = answered(1, 9, version=9), answered(1, 3, labels=("urgency:high",))
    other_regime = answered(1, 1, labels=("urgency:high", "product:card"), regime="bank")
    everything = (plain, urgent, other_regime)
    assert deadlines(*everything) == (None, day(19))
    assert deadlines(*everything, labels=("product:card", "urgency:high")) == (None, day(13))


@pytest.mark.parametrize(
    ("clock_starts", "sent_at", "due"),
    [
        ("sent", day(7), day(12)),
        ("sent", None, day(15)),
        ("received", day(7), day(15)),
        ("opened", day(7), day(15)),
    ],
)
def test_the_clock_of_an_issue_starts_when_it_was_sent_where_the_policy_says_so(
    clock_starts: str, sent_at: datetime | None, due: datetime
) -> None:
    published = answered(1, 5, clock_starts=clock_starts)
    assert deadlines(published, sent_at=sent_at) == (None, due)


def test_the_calendar_of_an_issue_is_that_of_its_opening() -> None:
    """Also where the clock starts before that calendar was published."""
    published = answered(1, 5, clock_starts="sent", calendar_id="CAL", due="1 working days")
    office = calendar(9, "thu 09:00-17:00")
    assert deadlines(published) is None
    assert deadlines(published, office, sent_at=day(2)) == (None, day(7.0 + 17 / 24))
    assert deadlines(published, calendar(11, "thu 09:00-17:00")) is None
