"""Suspense: what waits, for what, since when, and until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import suspense as fold
from domain.facts import Fact
from domain.retractions import in_force
from domain.suspense import OPENINGS, Item
from tests.domain.answers import no_places
from tests.domain.given import chased, day, fact, honoured, made, retracts

suspense = partial(fold.suspense, holidays=no_places)
waits = partial(fold.waits, holidays=no_places)


def reasons(facts: list[Fact], on: float | None = None) -> list[tuple[str, str]]:
    items = suspense(facts, None if on is None else day(on))
    return [(item.reason, item.about) for item in items]


OPENERS = {
    "unknown_commitment": (made(3), honoured(1), "C"),
    "unknown_issue": (fact("issue.opened", 3), fact("issue.answered", 1), "I"),
    "unknown_decision": (fact("discretion.used", 3), fact("discretion.sampled", 1), "D"),
}


@pytest.mark.parametrize("reason", OPENERS)
def test_a_fact_waits_until_its_opening_happens(reason: str) -> None:
    opening, early, about = OPENERS[reason]
    assert reasons([early]) == [(reason, about)]
    assert reasons([early, opening]) == []
    assert reasons([early, opening], 0) == []
    assert reasons([early, opening], 1) == [(reason, about)]
    assert reasons([early, opening], 2.99) == [(reason, about)]
    assert reasons([early, opening], 3) == []
    (wait,) = waits([early, opening])
    assert (wait.since, wait.until, wait.fact) == (day(1), day(3), early.id)


def test_a_fact_that_comes_later_or_at_the_same_time_never_waits() -> None:
    assert waits([made(1), honoured(1), chased(2)]) == []


def test_a_payment_that_is_spoken_of_before_it_is_captured() -> None:
    refund = fact("payment.refunded", 1, amount_minor=10)
    assert reasons([refund]) == [("unknown_payment", "P")]
    assert reasons([refund, fact("payment.captured", 3)], 2) == [("unknown_payment", "P")]
    assert reasons([refund, fact("payment.captured", 3)], 3) == [("unlinked_payment", "P")]


def test_one_fact_may_wait_for_two_things() -> None:
    both = chased(1, issue_id="I")
    assert reasons([both]) == [("unknown_commitment", "C"), ("unknown_issue", "I")]


def test_what_only_refers_to_a_commitment_does_not_wait() -> None:
    facts = [
        fact("issue.opened", 1, about_commitment_id="X"),
        made(1, supports="Y"),
        fact("charge.repeated", 1, first_payment_id="Z"),
        fact("payment.captured", 1),
        fact("payment.linked", 1),
    ]
    assert reasons(facts) == []


def test_a_retracted_opening_leaves_its_facts_waiting() -> None:
    opening, done = made(1), honoured(2)
    slip = retracts(opening, 9)
    assert reasons([opening, done, slip], 3) == [("unknown_commitment", "C")]
    assert reasons([opening, done, slip, retracts(slip, 10)], 3) == []
    assert reasons([opening, done, slip, retracts(done, 10)], 3) == []


def test_a_retraction_of_an_unknown_fact_waits_for_good() -> None:
    promise = made(1)
    slip = retracts(promise, 2)
    assert reasons([slip], 1) == []
    assert reasons([slip], 2) == [("unknown_fact", str(promise.id))]
    # Once the fact is known, it never waited: its own time does not matter.
    assert reasons([slip, promise], 2) == []
    assert reasons([slip, replace(promise, time=day(5))], 2) == []
    assert reasons([retracts("order:12", 2)]) == [("unknown_fact", "order:12")]


def test_a_retraction_that_is_taken_back_waits_no_more() -> None:
    slip = retracts(UUID(int=9), 2)
    assert reasons([slip, retracts(slip, 3)]) == []


def test_a_retracted_fact_is_known_all_the_same() -> None:
    promise = made(1)
    one, two = retracts(promise, 2), retracts(promise, 3)
    assert reasons([promise, one, two]) == []


# Payments


def captured(on: float, **said: Any) -> Fact:
    return fact("payment.captured", on, **said)


def refunded(on: float, amount: int, **said: Any) -> Fact:
    return fact("payment.refunded", on, amount_minor=amount, **said)


def linked(on: float, **said: Any) -> Fact:
    return fact("payment.linked", on, **said)


@pytest.mark.parametrize(
    ("others", "until"),
    [
        ([], None),
        ([linked(4)], day(4)),
        ([linked(9), linked(4)], day(4)),
        ([linked(4, payment_id="Q")], None),
        ([refunded(4, 100)], day(4)),
        ([refunded(4, 99)], None),
        ([refunded(4, 40), refunded(5, 60)], day(5)),
        ([refunded(4, 40), refunded(5, 80)], day(5)),
        ([refunded(4, 100, currency="USD")], None),
        ([refunded(4, 100, currency="USD"), refunded(5, 60), refunded(6, 40)], day(6)),
        ([refunded(4, 100), linked(5)], day(4)),
        ([linked(3), refunded(4, 100)], day(3)),
        # It was whole once; what is taken back afterwards does not make it wait again.
        ([refunded(4, 100), refunded(5, -50)], day(4)),
        # A part before the capture counts too.
        ([refunded(0, 40), refunded(5, 60)], day(5)),
    ],
)
def test_a_captured_payment_waits_for_a_link_or_its_return(
    others: list[Fact], until: datetime | None
) -> None:
    facts = [captured(1), *others]
    (wait,) = [wait for wait in waits(facts) if wait.reason == "unlinked_payment"]
    assert (wait.about, wait.since, wait.until) == ("P", day(1), until)


def test_a_payment_that_was_linked_before_it_was_captured_never_waits() -> None:
    assert reasons([linked(1), captured(2)], 2) == []
    assert reasons([linked(2), captured(2)], 2) == []


def test_two_captures_of_one_id_are_one_item_by_the_first_amount() -> None:
    one, two = captured(1, amount_minor=50), captured(3, amount_minor=900)
    (item,) = suspense([two, one])
    assert (item.since, item.facts) == (day(1), (one.id, two.id))
    assert reasons([one, two, refunded(2, 50)]) == []
    assert reasons([one, two, refunded(4, 50)], 3) == [("unlinked_payment", "P")]
    assert reasons([one, two, refunded(4, 50)], 4) == []


# Made twice


def test_a_second_made_that_says_something_else() -> None:
    one, two, three = made(1, due_at=day(5)), made(2, due_at=day(6)), made(3, due_at=day(5))
    (item,) = suspense([three, two, one])
    assert item == Item("made_twice", "C", day(2), (two.id,))
    assert reasons([one, two], 1.5) == []


def test_bodies_are_compared_by_meaning() -> None:
    local = day(5).astimezone(timezone(timedelta(hours=9)))
    assert reasons([made(1, due_at=day(5)), made(2, due_at=local)]) == []
    assert reasons([made(1, kind="explicit"), made(2)]) == []
    assert reasons([made(1), made(2, by="sales", of="customer:2")]) == []
    assert reasons([made(1), made(2, refs=("order:1",))]) == [("made_twice", "C")]


def test_the_second_is_compared_with_the_first_in_force() -> None:
    one, two, three = made(1, wording="a"), made(2, wording="b"), made(3, wording="b")
    assert suspense([one, two, three])[0].facts == (two.id, three.id)
    assert reasons([one, two, three, retracts(one, 4)]) == []


def test_labels_are_compared_as_a_set() -> None:
    one, two = made(1, labels=("a:1", "b:2")), made(2, labels=("b:2", "a:1", "a:1"))
    assert reasons([one, two]) == []
    assert reasons([one, made(3, labels=("a:1",))]) == [("made_twice", "C")]


# Calendars and policies

WEEK = {"timezone": "UTC", "weekly": ("mon 09:00-17:00",)}


def calendar(on: float, **said: Any) -> Fact:
    return fact("calendar.published", on, **{**WEEK, **said})


def policy(on: float, due: str = "P2D", calendar_id: str | None = "CAL", **said: Any) -> Fact:
    return fact("policy.published", on, due=due, calendar_id=calendar_id, **said)


@pytest.mark.parametrize(
    "said", [{"timezone": "Mars/Olympus"}, {"weekly": ("mon",)}, {"holidays": "FR"}]
)
def test_a_calendar_that_cannot_be_read(said: dict[str, Any]) -> None:
    broken = calendar(1, **said)
    later = calendar(3, version=2)
    assert reasons([broken], 0) == []
    assert reasons([broken, later]) == [("unreadable_calendar", "CAL")]
    assert reasons([broken, later, retracts(broken, 4)], 2) == []
    # It is published all the same.
    assert reasons([broken, policy(2)]) == [("unreadable_calendar", "CAL")]


def test_a_policy_that_cannot_be_read() -> None:
    one, two = policy(1, "soon", calendar_id=None), policy(2, "later", calendar_id=None)
    (item,) = suspense([two, one, policy(3, calendar_id=None)])
    assert item == Item("unreadable_policy", "POL", day(1), (one.id, two.id))


def test_a_policy_waits_for_its_calendar() -> None:
    waiting = policy(1)
    assert reasons([waiting]) == [("unknown_calendar", "POL")]
    assert reasons([waiting, calendar(1, calendar_id="OTHER")]) == [("unknown_calendar", "POL")]
    assert reasons([waiting, calendar(3)], 2) == [("unknown_calendar", "POL")]
    assert reasons([waiting, calendar(3)], 3) == []
    assert reasons([waiting, calendar(1)], 1) == []
    gone = calendar(1)
    assert reasons([waiting, gone, retracts(gone, 2)]) == [("unknown_calendar", "POL")]


def test_items_are_grouped_and_ordered() -> None:
    facts = [
        honoured(2, commitment_id="B"),
        chased(1, commitment_id="B"),
        honoured(1, commitment_id="A"),
        fact("issue.resolved", 1, issue_id="A"),
    ]
    assert [(item.since, item.about, item.reason) for item in suspense(facts)] == [
        (day(1), "A", "unknown_commitment"),
        (day(1), "A", "unknown_issue"),
        (day(1), "B", "unknown_commitment"),
    ]
    assert suspense(facts)[2].facts == (facts[1].id, facts[0].id)


# Properties

THINGS = ["A", "B"]


@st.composite
def anything(draw: st.DrawFn) -> Fact:
    """A fact of those that can wait, or that something can wait for."""
    type = draw(st.sampled_from(sorted(
        {opening for opening, _ in OPENINGS.values()}
        | {"commitment.honoured", "issue.resolved", "discretion.sampled", "customer.chased"}
        | {"payment.linked", "payment.refunded", "remedy.given"}
    )))  # fmt: skip
    names = fact(type, 0).body.model_dump().keys() & OPENINGS.keys()
    said: dict[str, Any] = {name: draw(st.sampled_from(THINGS)) for name in sorted(names)}
    if type in ("payment.captured", "payment.refunded"):
        said["amount_minor"] = draw(st.sampled_from([0, 50, 100]))
        said["currency"] = draw(st.sampled_from(["EUR", "USD"]))
    if type == "commitment.made":
        said["due_at"] = draw(st.sampled_from([None, day(7)]))
    id = UUID(int=draw(st.integers(1, 40)))
    return fact(type, draw(st.integers(0, 8)), id=id, **said)


@st.composite
def ledgers(draw: st.DrawFn) -> list[Fact]:
    """Facts, and retractions of some of them, of each other and of facts that are not there."""
    facts = draw(st.lists(anything(), max_size=20))
    targets = draw(st.lists(st.integers(1, 50), max_size=6))
    facts += [
        retracts(UUID(int=target), draw(st.integers(0, 8)), id=UUID(int=41 + number))
        for number, target in enumerate(targets)
    ]
    return list({one.id: one for one in facts}.values())


def plainly(known: list[Fact], at: datetime) -> set[tuple[str, str, UUID]]:
    """The definition, word for word: look at what had happened, and ask of each fact."""
    seen = sorted((one for one in in_force(known) if one.time <= at), key=lambda one: one.order)
    found: set[tuple[str, str, UUID]] = set()
    for one in seen:
        said = one.body.model_dump()
        for name, (opening, reason) in OPENINGS.items():
            if said.get(name) is not None and one.type != opening:
                same = [o for o in seen if o.type == opening and vars(o.body)[name] == said[name]]
                if not same:
                    found.add((reason, said[name], one.id))
        if one.type == "payment.captured" and not _linked_or_returned(seen, said["payment_id"]):
            found.add(("unlinked_payment", said["payment_id"], one.id))
        if one.type == "commitment.made":
            name = said["commitment_id"]
            first = next(
                o for o in seen if o.type == one.type and vars(o.body)["commitment_id"] == name
            )
            if first.body != one.body:
                found.add(("made_twice", name, one.id))
        if one.type == "fact.retracted" and said["fact_id"] not in {str(o.id) for o in known}:
            found.add(("unknown_fact", said["fact_id"], one.id))
    return found


def _linked_or_returned(seen: list[Fact], payment_id: str) -> bool:
    own = [one for one in seen if vars(one.body).get("payment_id") == payment_id]
    if any(one.type == "payment.linked" for one in own):
        return True
    capture = next(vars(one.body) for one in own if one.type == "payment.captured")
    back = [
        one.body.model_dump()["amount_minor"]
        for one in own
        if one.type == "payment.refunded" and vars(one.body)["currency"] == capture["currency"]
    ]
    return bool(back) and sum(back) >= capture["amount_minor"]


@given(ledgers(), st.integers(-1, 9), st.randoms(use_true_random=False))
def test_as_the_definition_has_it_in_any_order(known: list[Fact], on: int, chance: Random) -> None:
    expected = suspense(known, day(on))
    rows = {(item.reason, item.about, id) for item in expected for id in item.facts}
    assert rows == plainly(known, day(on))
    assert expected == sorted(expected, key=lambda item: (item.since, item.about, item.reason))
    shuffled = known + known
    chance.shuffle(shuffled)
    assert suspense(shuffled, day(on)) == expected


@given(ledgers())
def test_without_an_instant_it_is_the_end_of_time(known: list[Fact]) -> None:
    assert suspense(known) == suspense(known, day(10**4))
