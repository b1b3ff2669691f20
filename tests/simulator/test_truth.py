"""The truth doesn't contradict itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from simulator.company import DEPARTMENTS
from simulator.local_time import micros
from tests.simulator.notes import STATUS
from tests.simulator.reckoning import STATUSES
from tests.simulator.simulated import TOGETHER, told

pytestmark = TOGETHER


def _instants() -> list[datetime]:
    end = told().truth.end
    return [end, end - timedelta(days=365), end - timedelta(days=100, hours=5)]


def test_counts_add_up_and_groups_make_the_whole() -> None:
    for as_of in _instants():
        for by in ("department", "about", "channel"):
            answer: dict[str, Any] = told().truth.scoreboard(as_of, by)
            boards = [answer, *answer["groups"]]
            for board in boards:
                assert sum(board["counts"][name] for name in STATUSES) == board["counts"]["made"]
            for name in ("made", *STATUSES):
                parts = sum(group["counts"][name] for group in answer["groups"])
                assert parts == answer["counts"][name]
            for basis in ("first", "agreed", "latest"):
                for name in ("kept", "due"):
                    parts = sum(group["kept_rate"][basis][name] for group in answer["groups"])
                    assert parts == answer["kept_rate"][basis][name]


def test_every_department_owns_promises_and_they_differ() -> None:
    answer: dict[str, Any] = told(11, 3000).truth.scoreboard(by="department")
    owners = [group["key"]["department"] for group in answer["groups"]]
    assert [name for name in owners if name is not None] == list(DEPARTMENTS)
    rates = [group["kept_rate"]["agreed"]["rate"] for group in answer["groups"]]
    assert max(rates) - min(rates) > 0.15
    assert 0.8 < answer["kept_rate"]["agreed"]["rate"] < 0.92
    assert answer["slip_gap"] > 0.03
    assert answer["counts"]["pending"] > 0


def test_the_balance_adds_up_month_after_month() -> None:
    truth = told().truth
    after, closing = truth.start - timedelta(days=60), 0
    while after < truth.end:
        to = min(after + timedelta(days=30), truth.end)
        month: dict[str, Any] = truth.balance(after, to, "about")
        for account in (month, *month["groups"]):
            arrived = account["opening"] + account["made"] + account["reopened"]
            settled = account["honoured"] + account["released"] + account["abandoned"]
            assert arrived - settled == account["closing"]
        assert month["opening"] == closing
        after, closing = to, month["closing"]
    counts: Any = truth.scoreboard()["counts"]
    assert closing == sum(counts[name] for name in ("pending", "overdue", "undated", "disputed"))


def test_turns_are_in_the_order_of_time() -> None:
    for promise in told().truth.promises.values():
        assert promise.turns[0].at == promise.made_at
        assert all(one.at <= other.at for one, other in pairwise(promise.turns))
        assert all(one[0] <= other[0] for one, other in pairwise(promise.steps))


def test_every_fate_ends_as_it_was_meant_to() -> None:
    truth = told(11, 3000).truth
    end, seen = micros(truth.end), set()
    for promise in truth.promises.values():
        due = promise.turns[-1].agreed_due
        over = promise.settled_at <= end and (due is None or due < end)
        if promise.fate and over:
            seen.add(promise.fate)
            assert truth.status(promise.commitment_id) == STATUS[promise.fate], promise
    assert len(seen) > len(STATUS) - 4


def test_who_waits_is_overdue_first_and_then_by_date() -> None:
    truth = told().truth
    due: Any = truth.due(timedelta(days=7))["due"]
    counts: Any = truth.scoreboard()["counts"]
    statuses = [line["status"] for line in due]
    assert statuses == sorted(statuses)
    assert statuses.count("overdue") == counts["overdue"]
    assert 0 < statuses.count("pending") <= counts["pending"]
    assert all(line["silence"] >= 0 for line in due)


def test_the_rosebush_is_kept_in_november_and_nobody_asked() -> None:
    truth = told().truth
    story = truth.stories["rosebush"]
    rose: Any = truth.commitment("ROSEBUSH")
    assert (rose["status"], rose["owner"], rose["chases"]) == ("kept", "care", 0)
    assert rose["first_due_at"] == "2025-11-30T17:00:00Z"
    assert rose["agreed_due_at"] == "2025-11-20T17:00:00Z"
    assert rose["honoured_at"] == "2025-11-18T13:30:00Z"
    assert truth.status("ROSEBUSH", truth.end - timedelta(days=100)) == "pending"
    (journey,) = _journeys(story.customer)
    assert journey["journey_id"] == story.journey_id
    assert journey["facts"] == story.facts
    assert journey["departments"] == list(story.departments)
    assert journey["handovers"] == story.handovers
    assert journey["kept_whole"] is story.kept_whole
    assert story.longest_silence > 200 * 86_400


def test_the_customer_at_the_counter_paid_twice_and_the_payment_was_found() -> None:
    truth = told().truth
    story = truth.stories["counter"]
    (journey,) = _journeys(story.customer)
    assert journey["facts"] == story.facts
    assert journey["departments"] == list(story.departments)
    assert journey["handovers"] == story.handovers
    lost = [
        _about(truth.suspense(truth.end - timedelta(days=days)), "PAYMENT-LOST")
        for days in (201, 194, 180)
    ]
    assert lost == [False, True, False]


def test_a_handful_of_payments_stays_unlinked() -> None:
    items: Any = told(11, 3000).truth.suspense()["items"]
    assert 1 <= sum(item["reason"] == "unlinked_payment" for item in items) < 12
    assert {item["reason"] for item in items} >= {
        "unknown_commitment",
        "unknown_issue",
        "unknown_decision",
        "unknown_payment",
        "unknown_fact",
        "made_twice",
    }


def test_some_parties_are_one_customer_and_some_links_are_undone() -> None:
    truth = told(11, 3000).truth
    undone = [link for link in truth.links if link.unlinked_at is not None]
    assert len(truth.links) > len(undone) > 0
    assert truth.parties(undone[0].party_a) == (undone[0].party_a,)
    held = next(link for link in truth.links if link.unlinked_at is None)
    assert truth.parties(held.party_b) == tuple(sorted((held.party_a, held.party_b)))
    assert truth.parties(held.party_b, truth.start) == (held.party_b,)


def test_a_question_without_an_answer_is_told_so() -> None:
    truth = told().truth
    with pytest.raises(ValueError, match="was not promised yet"):
        truth.commitment("ROSEBUSH", truth.start)
    with pytest.raises(KeyError, match="watched parties"):
        truth.customer("customer:nobody")
    assert truth.status("ROSEBUSH", truth.start) is None


def _journeys(customer: str) -> list[dict[str, Any]]:
    answer: Any = told().truth.customer(customer)
    assert answer["loose"] == []
    found: list[dict[str, Any]] = answer["journeys"]
    return found


def _about(answer: Any, about: str) -> bool:
    return any(item["about"] == about for item in answer["items"])
