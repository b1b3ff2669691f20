"""What may be decided about a promise, in the sentences of the contract."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from domain.commitments import State, fold
from domain.desk.decider import KNOWN_NOTHING, Command, Known, evolve
from domain.desk.promises import decide, standing
from domain.desk.verbs import DECLINED, PROMISE_VERBS
from domain.facts import Fact
from tests.domain.desk.desk import given
from tests.domain.given import INTO, STATES, chased, day, fact, honoured, made, moved, retracts
from tests.domain.histories import SAID, histories

#: In which states each verb is accepted, where it depends on nothing else.
ACCEPTED: dict[str, set[State]] = {
    "reschedule": {"open", "disputed"},
    "pause": set(STATES),
    "hand-over": set(STATES),
    "honour": {"open", "disputed", "released", "abandoned"},
    "part-honour": {"open", "disputed"},
    "confirm": {"honoured"},
    "release": {"open", "abandoned"},
    "abandon": {"open"},
    "dispute": {"honoured"},
    "settle": {"disputed"},
    "reopen": {"honoured", "released", "abandoned"},
}
SAYING: dict[str, dict[str, Any]] = {"reschedule": {"due_at": day(30)}}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", ACCEPTED)
def test_a_verb_is_accepted_where_its_fact_would_be_applied(verb: str, state: State) -> None:
    when = given(made(), *INTO[state]).when(verb, 5, **SAYING.get(verb, {}))
    if state in ACCEPTED[verb]:
        decided = when.then_decided()
        assert (decided.type, decided.time) == (PROMISE_VERBS[verb], day(5))
    else:
        why = {
            "open": "open since 1 January 2026",
            "honoured": "honoured on 2 January 2026",
            "released": "released on 2 January 2026",
            "abandoned": "abandoned on 2 January 2026",
            "disputed": "disputed on 3 January 2026",
        }[state]
        since = {"open": 0, "disputed": 2}.get(state, 1)
        assert when.then_refused(why, state, since)


def test_what_was_honoured_is_to_be_reopened_first() -> None:
    remedy = (
        given(made(), honoured(2))
        .when("abandon", 3)
        .then_refused("honoured on 3 January 2026", "honoured", 2)
    )
    assert remedy == "reopen it first, with {promise reopen}"
    given(made(), honoured(2)).and_decided("reopen", 3).when("abandon", 4).then_decided()


def test_make_needs_an_id_that_is_not_taken() -> None:
    given().when("make", 0).then_decided()
    given(honoured(1)).when("make", 0).then_decided()  # it waited for that
    given(made(3)).when("make", 1).then_refused(
        "a promise of that id was made on 4 January 2026", "open", 3
    )


def test_make_and_decline_need_a_customer() -> None:
    for verb in ("make", "decline"):
        with pytest.raises(ValueError, match="customer"):
            given().when(verb, 0, customer=None)


def test_decline_is_always_accepted_and_about_no_promise() -> None:
    declined = given().when("decline", 0).then_decided()
    assert declined.type == DECLINED
    assert standing(evolve(KNOWN_NOTHING, declined), day(1)) == (None, None)


@pytest.mark.parametrize("verb", sorted(PROMISE_VERBS.keys() - {"make", "decline"}))
def test_what_is_not_made_can_not_be_decided_about(verb: str) -> None:
    when = given(chased(1)).when(verb, 2, **SAYING.get(verb, {}))
    remedy = when.then_refused("no promise of that id is made", None, None)
    assert "{promise make}" in remedy


def test_the_customer_is_that_of_the_promise() -> None:
    decided = given(made(of="customer:7")).when("honour", 1, customer=None).then_decided()
    assert decided.subject == "customer:7"


def test_a_rescheduling_to_the_date_already_there_is_refused() -> None:
    dated = given(made(due_at=day(10)))
    dated.when("reschedule", 2, due_at=day(10)).then_refused(
        "due on that date already, as was said on 1 January 2026", "open", 0
    )
    dated.and_decided("reschedule", 2, due_at=day(12)).when(
        "reschedule", 3, due_at=day(12)
    ).then_refused("due on that date already, as was said on 3 January 2026", "open", 2)


def test_a_policy_gives_the_date_that_a_rescheduling_is_weighed_against() -> None:
    promise = made()
    by_policy = given(promise, policy_dates={promise.id: day(10)})
    by_policy.when("reschedule", 2, due_at=day(10)).then_refused(
        "due on that date already, as was said on 1 January 2026", "open", 0
    )
    given(promise).when("reschedule", 2, due_at=day(10)).then_decided()


def test_a_pause_begins_once_and_ends_once() -> None:
    running = given(made())
    running.when("resume", 1).then_refused("not paused since 1 January 2026", "open", 0)
    paused = running.and_decided("pause", 2)
    remedy = paused.when("pause", 3).then_refused("paused on 3 January 2026 already", "open", 2)
    assert "{promise resume}" in remedy
    resumed = paused.and_decided("resume", 4)
    resumed.when("resume", 5).then_refused("not paused since 5 January 2026", "open", 4)
    resumed.when("pause", 5).then_decided()


def test_a_hand_over_is_accepted_by_who_it_is_for_or_taken_back() -> None:
    owned = given(made())
    owned.when("accept", 1, by="network").then_refused(
        "owned by care since 1 January 2026, and no hand-over waits", "open", 0
    )
    owned.when("hand-over", 1, to_department="care").then_refused(
        "owned by care since 1 January 2026, and no hand-over waits", "open", 0
    )
    proposed = owned.and_decided("hand-over", 1, to_department="network")
    why = "handed over to network on 2 January 2026, which has not accepted yet"
    proposed.when("hand-over", 2, to_department="network").then_refused(why, "open", 1)
    remedy = proposed.when("accept", 2, by="billing").then_refused(why, "open", 1)
    assert "for network" in remedy
    assert remedy.endswith("care")
    proposed.when("accept", 2, by="care").then_decided()
    accepted = proposed.and_decided("accept", 3, by="network")
    accepted.when("accept", 4, by="network").then_refused(
        "owned by network since 4 January 2026, and no hand-over waits", "open", 3
    )


def test_confirm_once_while_honoured() -> None:
    confirmed = given(made(), honoured(1)).and_decided("confirm", 2)
    confirmed.when("confirm", 3).then_refused("confirmed on 3 January 2026 already", "honoured", 2)
    confirmed.when("confirm", 1.5).then_refused("confirmed later on already", "honoured", 1)
    again = confirmed.and_decided("reopen", 4)
    again.when("confirm", 5).then_refused("open since 5 January 2026", "open", 4)
    again.and_decided("honour", 5).when("confirm", 6).then_decided()


def test_part_of_it_is_done_as_often_as_one_likes() -> None:
    part = given(made()).and_decided("part-honour", 1).and_decided("part-honour", 2)
    assert part.known.version == 2


def test_back_dated_a_command_is_weighed_at_its_place() -> None:
    settled = given(made(), honoured(5), fact("commitment.reopened", 8))
    settled.when("abandon", 6).then_refused("honoured on 6 January 2026", "honoured", 5)
    settled.when("abandon", 3).then_decided()
    settled.when("dispute", 6).then_decided()
    settled.when("dispute", 9).then_refused("open since 9 January 2026", "open", 8)
    settled.when("dispute", 3).then_refused("open since 1 January 2026", "open", 0)


def test_before_it_was_made_a_command_waits_for_that_and_is_weighed_right_behind() -> None:
    early = given(made(3), honoured(1))
    early.when("honour", 2).then_refused("honoured on 4 January 2026", "honoured", 3)
    early.when("reopen", 2).then_decided()


def test_at_one_instant_the_place_of_the_type_decides() -> None:
    at_once = given(made(2), honoured(2))
    at_once.when("dispute", 2).then_decided()
    at_once.when("part-honour", 2).then_decided()  # whose place is before
    at_once.when("abandon", 2).then_refused("honoured on 3 January 2026", "honoured", 2)


def test_at_one_instant_and_place_who_came_first_counts() -> None:
    """Ids are no knowledge: whatever they are, the second one is weighed behind the first."""
    for n in range(50):
        there = given(made(), honoured(2, n=n))
        there.when("honour", 2).then_refused("honoured on 3 January 2026", "honoured", 2)
        first = given(made(), moved(2, to=9, n=n))
        second = first.when("reschedule", 2, due_at=day(11)).then_decided()
        assert second.order > first.known.facts[1].order


def test_retracted_facts_do_not_count() -> None:
    wrong = honoured(2)
    given(made(), wrong, retracts(wrong)).when("honour", 3).then_decided()
    promise = made()
    given(promise, retracts(promise)).when("make", 3).then_decided()
    given(promise, retracts(promise)).when("honour", 3).then_refused(
        "no promise of that id is made", None, None
    )


def test_what_the_desk_decided_counts_like_what_came_by_another_way() -> None:
    decided = given().and_decided("make", 0).and_decided("honour", 1)
    assert decided.known.version == 2
    decided.when("honour", 2).then_refused("honoured on 2 January 2026", "honoured", 1)


def test_the_same_decision_is_the_same_fact_and_another_is_another() -> None:
    one = given(made()).when("honour", 1).then_decided()
    assert one == given(made()).when("honour", 1).then_decided()
    assert one.id.version == 5
    later = given(made()).when("honour", 2).then_decided()
    second = given(made()).and_decided("pause", 0.5).when("honour", 1).then_decided()
    assert len({one.id, later.id, second.id}) == 3


def test_state_and_status_as_of_an_instant() -> None:
    known = given(made(due_at=day(5)), honoured(7)).known
    assert standing(known, day(0)) == ("open", "pending")
    assert standing(known, day(6)) == ("open", "overdue")
    assert standing(known, day(8)) == ("honoured", "late")
    assert standing(known, day(-1)) == (None, None)


COMMANDS = sorted(PROMISE_VERBS.keys() - {"make", "decline"})


@examples(histories(), st.sampled_from(COMMANDS), st.integers(0, 12), st.data())
def test_accepted_is_what_would_be_applied(
    history: list[Fact], verb: str, on: int, data: st.DataObject
) -> None:
    """The one rule, said once more in other words: over any history, every verb at any place."""
    type = PROMISE_VERBS[verb]
    said = {name: data.draw(values) for name, values in SAID[type].items()}
    meant = fact(type, on, by=data.draw(st.sampled_from(["care", "network"])), **said)
    command = Command(type=type, body=meant.body, source=meant.source, time=meant.time)
    known = Known(tuple(history))
    verdict = decide(known, command)
    if not isinstance(verdict, Fact):
        assert verdict.why
        assert verdict.remedy
        assert "{" not in verdict.why
        return
    after = fold((*history, verdict))
    assert after is not None
    (entry,) = (entry for entry in after.entries if entry.fact == verdict)
    if type in {"commitment.part_honoured", "commitment.confirmed"}:
        assert not entry.applied
    else:
        assert entry.applied
    assert entry.fact.order > max(
        (one.order for one in history if one.order[:3] == verdict.order[:3]),
        default=(*verdict.order[:3], -1),
    )


@examples(histories(), st.randoms(use_true_random=False), st.integers(-1, 13))
def test_what_was_folded_before_is_no_other(history: list[Fact], chance: Random, on: int) -> None:
    chance.shuffle(history)
    known = KNOWN_NOTHING
    for one in history:
        if chance.random() < 0.5:
            standing(known, day(on))
        known = evolve(known, one)
        anew = Known(known.facts, version=known.version)
        assert known == anew
        assert standing(known, day(on)) == standing(anew, day(on))
        assert known.promise == anew.promise


@examples(histories(), st.sampled_from(COMMANDS), st.integers(0, 12), st.data())
def test_what_would_be_applied_is_accepted(
    history: list[Fact], verb: str, on: int, data: st.DataObject
) -> None:
    """The other way round, for facts whose place no other has."""
    type = PROMISE_VERBS[verb]
    said = {name: data.draw(values) for name, values in SAID[type].items()}
    meant = fact(type, on + 0.5, **said)
    after = fold((*history, meant))
    assert after is not None
    (entry,) = (entry for entry in after.entries if entry.fact == meant)
    command = Command(type=type, body=meant.body, source=meant.source, time=meant.time)
    verdict = decide(Known(tuple(history)), command)
    if entry.applied:
        assert isinstance(verdict, Fact)
    elif type not in {"commitment.part_honoured", "commitment.confirmed"}:
        assert not isinstance(verdict, Fact)
