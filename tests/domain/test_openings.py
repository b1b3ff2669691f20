"""What is opened by one fact: when its facts count, and what they come to."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given

from domain.decisions import decisions
from domain.entitlements import clearing, entitlements
from domain.facts import Fact
from domain.issues import is_resolved, issues, resolved_at
from domain.openings import Opened
from domain.payments import payments, settling
from domain.retractions import in_force
from tests.domain.given import day, fact
from tests.projections.worlds import INSTANTS, worlds


def the_issue(*facts: Fact, as_of: float | None = None) -> Opened:
    return issues(facts, None if as_of is None else day(as_of))["I"]


def steps(one: Opened) -> list[tuple[str, datetime]]:
    return [(step.fact.type, step.at) for step in one.steps]


def test_the_first_opening_counts_and_what_is_earlier_counts_as_at_it() -> None:
    said = (
        fact("issue.opened", 5, topic="later"),
        fact("issue.answered", 4),
        fact("issue.opened", 3, topic="first"),
        fact("customer.chased", 2, issue_id="I"),
        fact("issue.acknowledged", 1),
    )
    issue = the_issue(*said)
    assert issue.opening is said[2]
    assert issue.opened_at == day(3)
    assert steps(issue) == [
        ("issue.opened", day(3)),
        ("issue.acknowledged", day(3)),
        ("customer.chased", day(3)),
        ("issue.answered", day(4)),
        ("issue.opened", day(5)),
    ]


def test_nothing_is_opened_by_what_only_names_it() -> None:
    assert not issues([fact("issue.answered", 1), fact("customer.chased", 2, issue_id="I")])
    assert not payments([fact("payment.refunded", 1)])
    assert not decisions([fact("discretion.sampled", 1)])
    assert not entitlements([fact("entitlement.checked", 1, outcome="confirmed")])


def test_a_fact_that_names_nothing_is_about_nothing() -> None:
    assert not issues([fact("customer.chased", 1, commitment_id="C")])


def test_an_issue_is_resolved_by_the_last_word_about_it() -> None:
    said = [fact("issue.opened", 0), fact("issue.resolved", 1), fact("issue.reopened", 3)]
    assert not is_resolved(the_issue(said[0]))
    assert is_resolved(the_issue(*said, as_of=2))
    assert not is_resolved(the_issue(*said))
    assert is_resolved(the_issue(*said, fact("issue.resolved", 4)))
    assert resolved_at(the_issue(*said, fact("issue.resolved", 4))) == day(1)
    assert resolved_at(the_issue(*said, as_of=0.5)) is None


def test_an_issue_resolved_before_it_was_opened_is_resolved_at_its_opening() -> None:
    issue = the_issue(fact("issue.resolved", 1), fact("issue.opened", 2))
    assert resolved_at(issue) == day(2)
    assert is_resolved(issue)


CAPTURED = fact("payment.captured", 1, amount_minor=100, currency="EUR")


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ([], None),
        ([fact("payment.linked", 3), fact("payment.linked", 2)], 2),
        ([fact("payment.linked", 0)], 1),
        ([fact("payment.refunded", 2, amount_minor=99)], None),
        ([fact("payment.refunded", 2, amount_minor=99), fact("payment.linked", 3)], 3),
        ([fact("payment.refunded", n, amount_minor=50) for n in (2, 4, 5)], 4),
        ([fact("payment.refunded", 0, amount_minor=100)], 1),
        ([fact("payment.refunded", 2, amount_minor=100, currency="USD")], None),
        ([fact("payment.captured", 2, amount_minor=500), fact("payment.refunded", 3)], 3),
    ],
)
def test_a_payment_is_settled_by_a_link_or_when_all_of_it_went_back(
    said: list[Fact], at: int | None
) -> None:
    step = settling(payments([*said, CAPTURED])["P"])
    assert (step and step.at) == (None if at is None else day(at))


CHECKED = fact("entitlement.checked", 2, outcome="refused")


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ([], None),
        ([fact("proof.presented", 3)], None),
        ([fact("suspicion.cleared", 4), fact("suspicion.cleared", 3)], 3),
        ([fact("suspicion.cleared", 2)], 2),
        ([fact("suspicion.cleared", 1)], None),
        ([fact("suspicion.cleared", 1), fact("suspicion.cleared", 5)], 5),
    ],
)
def test_a_suspicion_is_cleared_once_there_is_one(said: list[Fact], at: int | None) -> None:
    step = clearing(entitlements([*said, CHECKED])["E"])
    assert (step and step.at) == (None if at is None else day(at))


def test_the_first_adverse_check_opens_an_entitlement() -> None:
    checks = [
        fact("entitlement.checked", on, outcome=outcome)
        for on, outcome in enumerate(("confirmed", "other", "not_found", "refused"))
    ]
    assert entitlements(checks)["E"].opening is checks[2]


@given(world=worlds(), as_of=INSTANTS)
def test_what_was_so_at_an_instant_is_a_beginning_of_what_is_so_now(
    world: list[Fact], as_of: datetime
) -> None:
    """So that one view answers as of any past instant."""
    facts = in_force(world)
    for kind in (issues, payments, decisions, entitlements):
        now, then = kind(facts), kind(facts, as_of)
        assert then == {
            name: Opened(name, tuple(step for step in one.steps if step.at <= as_of))
            for name, one in now.items()
            if one.opened_at <= as_of
        }
    for name, one in payments(facts, as_of).items():
        settled = settling(payments(facts)[name])
        assert settling(one) == (settled if settled and settled.at <= as_of else None)
    for name, one in entitlements(facts, as_of).items():
        cleared = clearing(entitlements(facts)[name])
        assert clearing(one) == (cleared if cleared and cleared.at <= as_of else None)
