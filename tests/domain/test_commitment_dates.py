"""What moves the dates, the owner, the pause and the chases of one commitment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from domain.commitments import State, fold
from domain.facts import Fact
from tests.domain.given import INTO, STATES, applied, chased, day, fact, honoured, made, moved, then

# Dates


def dates(*facts: Fact) -> tuple[datetime | None, ...]:
    one = then(*facts)
    return (one.first_due_at, one.agreed_due_at, one.latest_due_at)


def test_a_policy_gives_the_date_that_made_does_not() -> None:
    promise = made(1)
    found = fold([promise], policy_dates={promise.id: day(4)})
    assert found is not None
    assert found.commitment.first_due_at == found.commitment.latest_due_at == day(4)
    dated = made(1, due_at=day(3))
    found = fold([dated], policy_dates={dated.id: day(4)})
    assert found is not None
    assert found.commitment.agreed_due_at == day(3)


def test_undated_until_a_date_is_given_by_anybody() -> None:
    assert dates(made()) == (None, None, None)
    assert dates(made(), moved(1, 5)) == (day(5), day(5), day(5))
    assert dates(made(), moved(1, 5), moved(2, 8)) == (day(5), day(5), day(8))
    assert then(made(), moved(1, 5), moved(2, 8)).reschedulings == 2


@pytest.mark.parametrize(
    ("event", "agreed"),
    [
        (moved(3, 9), 5),
        (moved(3, 9, agreed=True), 9),
        (moved(3, 9, initiated_by="customer"), 9),
        (moved(3, 9, initiated_by="unknown"), 5),
        (moved(5, 9, agreed=True), 9),  # at the due instant there is still something to agree on
        (moved(5.01, 9, agreed=True), 5),  # after it, that is forgiveness
    ],
)
def test_consent_moves_the_agreed_date(event: Fact, agreed: float) -> None:
    assert dates(made(due_at=day(5)), event) == (day(5), day(agreed), day(9))


def test_consent_looks_at_the_agreed_date_that_it_replaces() -> None:
    story = [made(due_at=day(5)), moved(3, 9), moved(6, 12, agreed=True)]
    assert dates(*story) == (day(5), day(5), day(12))
    story = [made(due_at=day(5)), moved(3, 9, agreed=True), moved(6, 12, agreed=True)]
    assert dates(*story) == (day(5), day(12), day(12))


def test_consent_before_the_promise_is_written_down_counts_at_its_own_time() -> None:
    story = [moved(1, 9, agreed=True), made(7, due_at=day(5))]
    assert dates(*story) == (day(5), day(9), day(9))


def test_consent_to_the_date_that_the_company_gave_alone() -> None:
    story = [made(due_at=day(5)), moved(2, 9), moved(3, 9, agreed=True)]
    assert dates(*story) == (day(5), day(9), day(9))
    assert applied(*story) == [True, True, True]


def test_moving_to_the_date_already_there_changes_nothing() -> None:
    story = [made(due_at=day(5)), moved(1, 5), moved(2, 5, agreed=True), moved(3, 7), moved(4, 7)]
    assert applied(*story) == [True, False, False, True, False]
    assert then(*story).reschedulings == 1


@pytest.mark.parametrize("state", STATES)
def test_dates_move_while_it_is_open_or_disputed(state: State) -> None:
    story = [made(due_at=day(5)), *INTO[state], moved(3, 9, agreed=True)]
    waits = state in ("open", "disputed")
    assert dates(*story)[1] == (day(9) if waits else day(5))
    assert applied(*story)[-1] is waits


def customers(*facts: Fact) -> datetime | None:
    return then(*facts).customer_due_at


def wished(on: float, to: float) -> Fact:
    """The customer moves the date."""
    return moved(on, to, initiated_by="customer")


def test_only_what_the_customer_started_moves_the_customers_date() -> None:
    assert customers(made()) is None
    assert customers(made(), moved(1, 5)) == day(5)
    promise = made(due_at=day(5))
    assert customers(promise, moved(3, 9)) == day(5)
    assert customers(promise, moved(3, 9, agreed=True)) == day(5)
    assert customers(promise, wished(3, 9)) == day(9)
    assert customers(promise, wished(5, 9)) == day(9)
    assert customers(promise, wished(5.01, 9)) == day(5)


def test_the_customers_date_is_the_one_that_a_wish_replaces() -> None:
    promise = made(due_at=day(5))
    # The agreed date is the ninth by then, and the customer's still the fifth.
    assert customers(promise, moved(3, 9, agreed=True), wished(6, 12)) == day(5)
    # The agreed date is over on the third, and the customer's is not.
    story = [promise, moved(1, 2, agreed=True), wished(3, 9)]
    assert dates(*story) == (day(5), day(2), day(9))
    assert customers(*story) == day(9)


def test_a_wish_for_the_date_already_agreed_moves_nothing() -> None:
    promise, nodded = made(due_at=day(5)), moved(1, 7, agreed=True)
    story = [promise, nodded, wished(2, 7)]
    assert (applied(*story)[-1], customers(*story)) == (False, day(5))
    # It takes back what the company had decided alone, and that is all that it does.
    story = [promise, nodded, moved(2, 9), wished(3, 7)]
    assert (applied(*story)[-1], customers(*story)) == (True, day(5))
    assert dates(*story) == (day(5), day(7), day(7))


def test_a_wish_that_is_not_applied_moves_nothing() -> None:
    promise = made(due_at=day(5))
    # The date that is wished is the latest already, and the agreed one is over.
    story = [promise, moved(1, 2, agreed=True), moved(1.5, 9), wished(3, 9)]
    assert (applied(*story)[-1], customers(*story)) == (False, day(5))
    assert customers(promise, honoured(1), wished(2, 9)) == day(5)


# Owner


def proposes(on: float, to: str, **said: Any) -> Fact:
    return fact("commitment.handed_over", on, to_department=to, **said)


def accepts(on: float, by: str) -> Fact:
    return fact("commitment.accepted", on, by=by)


@pytest.mark.parametrize(
    ("steps", "owner", "changed"),
    [
        ([], "care", []),
        ([proposes(1, "network")], None, [True]),
        ([proposes(1, "network"), proposes(2, "network")], None, [True, False]),
        ([proposes(1, "network", by="sales")], None, [True]),
        ([proposes(1, "network"), accepts(2, "network")], "network", [True, True]),
        ([proposes(1, "network"), accepts(2, "billing")], None, [True, False]),
        ([proposes(1, "network"), accepts(2, "care")], "care", [True, True]),
        ([proposes(1, "care")], "care", [False]),
        ([accepts(1, "care")], "care", [False]),
        ([accepts(1, "network")], "care", [False]),
        # A second proposal takes the place of the first; the owner before both may take it back.
        ([proposes(1, "network"), proposes(2, "billing")], None, [True, True]),
        (
            [proposes(1, "network"), proposes(2, "billing"), accepts(3, "network")],
            None,
            [True, True, False],
        ),
        (
            [proposes(1, "network"), proposes(2, "billing"), accepts(3, "care")],
            "care",
            [True, True, True],
        ),
        (
            [proposes(1, "network"), proposes(2, "care"), accepts(3, "network")],
            None,
            [True, True, False],
        ),
        (
            [proposes(1, "network"), proposes(2, "care"), accepts(3, "care")],
            "care",
            [True, True, True],
        ),
        # Once it is accepted, the one who gave it away has nothing to take back.
        (
            [proposes(1, "network"), accepts(2, "network"), accepts(3, "care")],
            "network",
            [True, True, False],
        ),
        (
            [
                proposes(1, "network"),
                accepts(2, "network"),
                proposes(3, "billing"),
                accepts(4, "care"),
                accepts(5, "network"),
            ],
            "network",
            [True, True, True, False, True],
        ),
    ],
)
def test_ownership(steps: list[Fact], owner: str | None, changed: list[bool]) -> None:
    story = [made(by="care"), *steps]
    assert then(*story).owner == owner
    assert applied(*story)[1:] == changed


def test_ownership_moves_also_when_it_is_settled() -> None:
    assert then(made(), honoured(1), proposes(2, "network"), accepts(3, "network")).owner == (
        "network"
    )


# Pause, chases, signs


def test_a_pause_is_applied_where_it_changes() -> None:
    pause, resume = "commitment.paused", "commitment.resumed"
    story = [made(), fact(resume, 1), fact(pause, 2), fact(pause, 3), honoured(4), fact(resume, 5)]
    assert applied(*story) == [True, False, True, False, True, True]
    assert [then(*story[:count]).paused for count in range(1, 7)] == [
        False, False, True, True, True, False,
    ]  # fmt: skip


def test_every_chase_counts_and_the_first_is_remembered() -> None:
    chases = [chased(on) for on in (3, 1, 2)]
    one = then(made(2), *chases)
    assert (one.chases, one.first_chased_at) == (3, day(1))
    assert applied(made(2), *chases) == [True] * 4


def test_the_last_sign_of_the_company_that_names_it() -> None:
    story = [
        made(1),
        fact("progress.shared", 3, commitment_id="C", shown_to_customer=True),
        fact("progress.shared", 4, commitment_id="C", shown_to_customer=False),
        fact("customer.chased", 5, commitment_id="C"),
        fact("touchpoint.occurred", 6, commitment_id="C", initiated_by="customer"),
    ]
    assert then(*story).last_sign_at == day(3)
    assert then(*story, as_of=2).last_sign_at == day(1)
