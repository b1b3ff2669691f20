"""What may be decided about an issue, in the sentences of the contract."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example
from hypothesis import given as examples
from hypothesis import strategies as st

from domain.desk.decider import Command, Known
from domain.desk.issues import decide, standing
from domain.desk.verbs import ISSUE_VERBS
from domain.facts import Fact
from tests.domain.desk.desk import given_issue
from tests.domain.given import day, fact, retracts

OPENED = fact("issue.opened", 0)


def said(act: str, on: float, **fields: Any) -> Fact:
    return fact(f"issue.{act}", on, **fields)


def test_open_needs_an_id_that_is_not_taken() -> None:
    given_issue().when("open", 0).then_decided()
    given_issue(said("acknowledged", 1)).when("open", 2).then_decided()
    given_issue(OPENED).when("open", 2).then_refused(
        "an issue of that id was opened on 1 January 2026", "open", 0
    )
    given_issue(OPENED, said("resolved", 3)).when("open", 4).then_refused(
        "an issue of that id was opened on 1 January 2026", "resolved", 3
    )
    with pytest.raises(ValueError, match="customer"):
        given_issue().when("open", 0, customer=None)


@pytest.mark.parametrize("verb", sorted(ISSUE_VERBS.keys() - {"open"}))
def test_what_is_not_opened_can_not_be_decided_about(verb: str) -> None:
    remedy = given_issue().when(verb, 1).then_refused("no issue of that id is opened", None, None)
    assert "{issue open}" in remedy


def test_acknowledge_once_until_it_is_reopened() -> None:
    acknowledged = given_issue(OPENED).and_decided("acknowledge", 1)
    why = "acknowledged on 2 January 2026 already"
    acknowledged.when("acknowledge", 2).then_refused(why, "open", 1)
    acknowledged.when("acknowledge", 0.5).then_refused(why, "open", 1)
    reopened = acknowledged.and_decided("resolve", 3).and_decided("reopen", 4)
    reopened.when("acknowledge", 3.5).then_refused(why, "resolved", 1)
    reopened.when("acknowledge", 5).then_decided()


def test_answer_for_good_once_until_it_is_reopened_and_otherwise_always() -> None:
    answered = given_issue(OPENED).and_decided("answer", 1, final=False)
    answered = answered.and_decided("answer", 2, final=False).and_decided("answer", 3, final=True)
    remedy = answered.when("answer", 4, final=True).then_refused(
        "answered for good on 4 January 2026 already", "open", 3
    )
    assert "{issue reopen}" in remedy
    answered.when("answer", 4, final=False).then_decided()
    reopened = answered.and_decided("resolve", 5).and_decided("reopen", 6)
    reopened.when("answer", 7, final=True).then_decided()


def test_resolve_confirm_and_reopen_by_whether_it_is_resolved() -> None:
    still_open = given_issue(OPENED)
    for verb in ("confirm", "reopen"):
        remedy = still_open.when(verb, 1).then_refused("open since 1 January 2026", "open", 0)
        assert "{issue resolve}" in remedy
    resolved = still_open.and_decided("resolve", 2)
    remedy = resolved.when("resolve", 3).then_refused("resolved on 3 January 2026", "resolved", 2)
    assert "{issue reopen}" in remedy
    confirmed = resolved.and_decided("confirm", 3)
    confirmed.when("confirm", 4).then_refused("confirmed on 4 January 2026 already", "resolved", 3)
    again = confirmed.and_decided("reopen", 5)
    again.when("reopen", 6).then_refused("open since 6 January 2026", "open", 5)
    again.and_decided("resolve", 6).when("confirm", 7).then_decided()


def test_escalate_once_a_level() -> None:
    escalated = given_issue(OPENED).and_decided("escalate", 1, level="mediator")
    escalated.when("escalate", 2, level="mediator").then_refused(
        "escalated to that level on 2 January 2026 already", "open", 1
    )
    escalated.when("escalate", 2, level="court").then_decided()
    later = escalated.and_decided("resolve", 3).and_decided("reopen", 4)
    later.when("escalate", 5, level="mediator").then_refused(
        "escalated to that level on 2 January 2026 already", "open", 1
    )


def test_back_dated_a_command_is_weighed_at_its_place() -> None:
    settled = given_issue(OPENED, said("resolved", 3), said("reopened", 6))
    settled.when("resolve", 2).then_decided()
    settled.when("resolve", 4).then_refused("resolved on 4 January 2026", "resolved", 3)
    settled.when("confirm", 4).then_decided()
    settled.when("reopen", 2).then_refused("open since 1 January 2026", "open", 0)


def test_retracted_facts_do_not_count() -> None:
    resolved = said("resolved", 2)
    given_issue(OPENED, resolved, retracts(resolved)).when("resolve", 3).then_decided()


def test_the_customer_is_that_of_the_issue() -> None:
    opened = fact("issue.opened", 0, of="customer:9")
    decided = given_issue(opened).when("resolve", 1, customer=None).then_decided()
    assert decided.subject == "customer:9"


def test_state_as_of_an_instant() -> None:
    known = given_issue(OPENED, said("resolved", 3)).known
    assert standing(known, day(1)) == ("open", "open")
    assert standing(known, day(4)) == ("resolved", "resolved")
    assert standing(known, day(-1)) == (None, None)


ACTS = st.sampled_from(sorted(ISSUE_VERBS))
LEVELS = st.sampled_from(["manager", "court"])


@st.composite
def histories(draw: st.DrawFn) -> list[Fact]:
    """Facts of one issue, which fall together and come in any order."""
    told = draw(st.lists(st.tuples(ACTS, st.integers(0, 6), st.booleans(), LEVELS), max_size=8))
    return [OPENED, *(_act(*each) for each in told)]


def _act(verb: str, on: float, final: bool, level: str) -> Fact:
    type = ISSUE_VERBS[verb]
    fields: dict[str, dict[str, Any]] = {"answer": {"final": final}, "escalate": {"level": level}}
    return fact(type, on, **fields.get(verb, {}))


@examples(histories(), ACTS, st.integers(-1, 7), st.booleans(), LEVELS)
@example([OPENED], "escalate", 0, False, "manager")  # its id is among the last there are
def test_what_is_decided_is_refused_the_second_time_but_for_answers_and_reopenings(
    history: list[Fact], verb: str, on: int, final: bool, level: str
) -> None:
    meant = _act(verb, on, final, level)
    command = Command(
        type=meant.type, body=meant.body, source="/care/x", time=meant.time, customer="customer:1"
    )
    verdict = decide(Known(tuple(history)), command)
    if not isinstance(verdict, Fact):
        assert verdict.why
        assert verdict.remedy
        return
    again = decide(Known((*history, verdict)), command)
    assert isinstance(again, Fact) is (verb == "answer" and not final)
