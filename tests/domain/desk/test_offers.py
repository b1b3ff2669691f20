"""What is offered is what the decider then takes, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as examples

from domain.commitments import State
from domain.desk.decider import KNOWN_NOTHING, Known
from domain.desk.offers import Offer, offers
from domain.facts import Fact
from tests.domain.desk.desk import given
from tests.domain.given import INTO, STATES, day, fact, made
from tests.domain.histories import histories

OFFERED: dict[State, list[str]] = {
    "open": ["honour", "reschedule", "hand-over"],
    "honoured": ["hand-over", "dispute", "reopen"],
    "released": ["honour", "hand-over", "reopen"],
    "abandoned": ["honour", "hand-over", "reopen"],
    "disputed": ["honour", "reschedule", "hand-over", "settle"],
}


@pytest.mark.parametrize("state", STATES)
def test_a_promise_offers_what_its_state_allows(state: State) -> None:
    known = given(made(), *INTO[state]).known
    assert [offer.verb for offer in offers(known, day(5))] == OFFERED[state]


def test_what_is_not_made_offers_nothing() -> None:
    assert offers(KNOWN_NOTHING, day(1)) == []


def test_a_hand_over_can_be_accepted_or_taken_back_and_by_nobody_else() -> None:
    known = given(made(), fact("commitment.handed_over", 1, to_department="field")).known
    found = {offer.verb: offer for offer in offers(known, day(2))}
    assert found["accept"] == Offer("accept", ("field", "care"))
    for department in found["accept"].departments:
        given(*known.facts).when("accept", 2, by=department).then_decided()


@examples(histories())
def test_the_desk_takes_what_is_offered(facts: list[Fact]) -> None:
    known = Known(tuple(facts))
    said: dict[str, dict[str, Any]] = {
        "reschedule": {"due_at": day(400), "initiated_by": "company"},
        "hand-over": {"to_department": "elsewhere"},
        "settle": {"outcome": "rejected"},
    }
    for offer in offers(known, day(50)):
        for by in offer.departments or ("care",):
            given(*facts).when(offer.verb, 50, by=by, **said.get(offer.verb, {})).then_decided()
