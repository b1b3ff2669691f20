"""What the desk promises, whatever the home."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

from application.desk import Desk, decide_at, relay
from application.errors import Unavailable, Wrong
from consumers import relay as relaying
from tests.desk.deciding import (
    AnyHome,
    decided,
    deciding,
    log_of,
    once,
    recorded,
    refused,
    told,
)
from tests.domain.given import day, fact, honoured, made, retracts
from tests.helpers import ask


class Away(Unavailable):
    """As a ledger is that can't be reached."""


def out_of_reach(desk: Desk) -> Desk:
    """The desk when its ledger can be read and not be written to."""

    def fail() -> dict[int, int]:
        raise Away("a ledger", "none", "wait")

    return desk._replace(relay=fail)


class DeskContract:
    """Each home runs these, with a ``home`` of its own."""

    def test_a_decision_is_a_fact_in_the_ledger(self, home: AnyHome) -> None:
        with home.desk() as desk:
            outcome = decided(desk, "make", 1, data={"due_at": "2026-01-05T00:00:00Z"})
            second = decided(desk, "honour", 3)
        assert outcome.decision is not None
        (first,) = outcome.decision["facts"]
        assert outcome.decision == {
            "commitment_id": "C",
            "version": 1,
            "facts": [first],
            "state": "open",
            "status": "overdue",
        }
        assert (first["type"], first["time"]) == ("commitment.made", day(1))
        assert first["position"] is not None
        assert second.decision is not None
        assert (second.decision["version"], second.decision["status"]) == (2, "kept")
        events = recorded(home)
        assert [event.id for event in events] == [first["id"], second.decision["facts"][0]["id"]]
        assert {event.source for event in events} == {"/care/desk"}
        assert {event.subject for event in events} == {"customer:1"}

    def test_a_refusal_adds_nothing(self, home: AnyHome) -> None:
        with home.desk() as desk:
            decided(desk, "make", 1)
            decided(desk, "honour", 3)
            why = refused(desk, "abandon", 4)
            assert (why.why, why.state) == ("honoured on 4 January 2026", "honoured")
            assert why.since == day(3)
            assert why.remedy == "reopen it first, with {promise reopen}"
            assert len(log_of(desk)) == 2
        assert len(recorded(home)) == 2

    def test_what_came_by_another_way_counts(self, home: AnyHome) -> None:
        told(home, made(1))
        with home.desk() as desk:
            assert refused(desk, "make", 2).state == "open"
            kept = honoured(3)
            told(home, kept)
            assert refused(desk, "abandon", 4).state == "honoured"
            decided(desk, "abandon", 2)  # at its place it is open yet
            told(home, retracts(kept))
            assert refused(desk, "dispute", 5).state == "abandoned"
            decided(desk, "honour", 6)
            assert refused(desk, "abandon", 7).since == day(6)

    def test_what_the_desk_decided_may_be_retracted(self, home: AnyHome) -> None:
        with home.desk() as desk:
            decided(desk, "make", 1)
            outcome = decided(desk, "honour", 2)
            assert outcome.decision is not None
            told(home, retracts(outcome.decision["facts"][0]["id"]))
            decided(desk, "abandon", 3)

    def test_a_policy_dates_what_was_made_without(self, home: AnyHome) -> None:
        told(home, fact("policy.published", 0, about="delivery", due="P2D"))
        with home.desk() as desk:
            outcome = decided(desk, "make", 1)
            assert outcome.decision is not None
            assert outcome.decision["status"] == "overdue"
            to_it = {"due_at": "2026-01-04T00:00:00Z"}
            assert "due on that date" in refused(desk, "reschedule", 2, data=to_it).why

    def test_a_policy_that_comes_later_dates_what_was_decided_before(self, home: AnyHome) -> None:
        with home.desk() as desk:
            decided(desk, "make", 1)
            decided(desk, "pause", 2)
            told(home, fact("policy.published", 0, about="delivery", due="P2D"))
            to_it = {"due_at": "2026-01-04T00:00:00Z"}
            assert "due on that date" in refused(desk, "reschedule", 3, data=to_it).why

    def test_two_who_decide_in_turns_know_of_each_other(self, home: AnyHome) -> None:
        with home.desk() as one, home.desk() as other:
            decided(one, "make", 1)
            for on in range(2, 8, 2):
                decided(other, "pause", on)
                assert refused(one, "pause", on + 0.5).since == day(on)
                told(home, fact("commitment.resumed", on + 1, commitment_id="C"))
                assert refused(other, "resume", on + 1.5).since == day(on + 1)
            outcome = decided(one, "honour", 9)
            assert outcome.decision is not None
            assert outcome.decision["version"] == 5

    def test_the_same_key_answers_as_the_first_time(self, home: AnyHome) -> None:
        with home.desk() as desk:
            first = decided(desk, "make", id=None, key="K")
            decided(desk, "honour", id=first.decision and first.decision["commitment_id"])
            again = decided(desk, "make", id=None, key="K")
            assert again == first
            other = refused(desk, "make", id=None, key="K", data={"about": "callback"})
            assert other.why.startswith("the key was used for another command")
            assert refused(desk, "make", 2, id=None, key="K") == other
            assert len(log_of(desk)) == 2
        with home.desk() as another:
            assert decided(another, "make", id=None, key="K") == first
        assert len(once(recorded(home))) == 2

    def test_an_id_that_is_made_up_comes_of_the_key(self, home: AnyHome) -> None:
        with home.desk() as desk:
            outcome = decided(desk, "make", id=None, key="K")
        assert outcome.decision is not None
        of_key = str(uuid5(NAMESPACE_URL, "pledger:desk:key/K"))
        assert outcome.decision["commitment_id"] == of_key

    def test_expect_refuses_another_version(self, home: AnyHome) -> None:
        with home.desk() as desk:
            decided(desk, "make", 1, expect=0)
            decided(desk, "pause", 2, expect=1)
            why = refused(desk, "honour", 3, expect=1)
            assert why.why == "the desk has decided 2 times about it, and not 1"
            assert why.state == "open"
            decided(desk, "honour", 3, expect=2)

    def test_of_two_on_the_same_version_one_looks_again(self, home: AnyHome) -> None:
        with home.desk() as one, home.desk() as other:
            decided(one, "make", 1)
            assert refused(_overtaken(one, other, "honour", 2), "abandon", 3).state == "honoured"
            decided(_overtaken(one, other, "confirm", 4), "reopen", 5)
            late = _overtaken(one, other, "pause", 6)
            assert "decided 5 times" in refused(late, "honour", 7, expect=4).why
            assert refused(_overtaken(one, other, "make", 1, id="D"), "make", 1, id="D").state
            assert len(log_of(one)) == 6

    def test_of_two_with_the_same_key_at_once_one_decides(self, home: AnyHome) -> None:
        with home.desk() as one, home.desk() as other:
            for verb in ("make", "decline"):
                late = _overtaken(one, other, verb, 1, id=None, key=verb)
                first = decided(late, verb, 1, id=None, key=verb)
                assert decided(other, verb, 1, id=None, key=verb) == first
            assert len(log_of(one)) == 2

    def test_a_decision_stands_when_the_ledger_is_out_of_reach(self, home: AnyHome) -> None:
        with home.desk() as desk:
            decided(desk, "make", 1)
            alone = out_of_reach(desk)
            outcome = decide_at(alone, deciding("honour", 2, key="K"))
            assert isinstance(outcome.unpublished, Away)
            assert outcome.decision is not None
            assert outcome.decision["facts"][0]["position"] is None
            assert refused(alone, "abandon", 3).state == "honoured"
            assert desk.decisions.records.waiting() == 1
            assert len(once(recorded(home))) == 1
        assert relay(home) == 1
        assert relay(home) == 0
        assert len(once(recorded(home))) == 2
        with home.desk() as desk:
            again = decided(desk, "honour", 2, key="K")
            assert again.decision is not None
            assert again.decision["facts"][0]["position"] is not None

    def test_the_relay_keeps_the_order_of_the_log(
        self, home: AnyHome, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(relaying, "BATCH", 3)
        with home.desk() as desk:
            alone = out_of_reach(desk)
            for verb, on in (("make", 1), ("pause", 2), ("resume", 3), ("honour", 4)):
                for id in ("A", "B"):
                    assert decide_at(alone, deciding(verb, on, id=id)).decision
            expected = log_of(desk)
            assert relay(home) == 8
        assert once(recorded(home)) == expected

    def test_what_a_relay_published_and_did_not_note_is_published_again(
        self, home: AnyHome, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with home.desk() as desk:
            decided(desk, "make", 1)
            with monkeypatch.context() as patched:
                patched.setattr(desk.decisions.records, "publish", _interrupted)
                with pytest.raises(Interrupted):
                    decide_at(desk, deciding("honour", 2))
            assert relay(home) == 1
            expected = log_of(desk)
        assert once(recorded(home)) == expected
        assert ask(home.folder, ["rebuild"])["facts"] == 2

    def test_issues_are_decided_about_too(self, home: AnyHome) -> None:
        with home.desk() as desk:
            outcome = decided(desk, "open", 1, thing="issue")
            assert outcome.decision is not None
            assert outcome.decision["issue_id"] == "C"
            assert outcome.decision["state"] == "open"
            told(home, fact("issue.resolved", 2, issue_id="C"))
            assert refused(desk, "resolve", 3, thing="issue").since == day(2)
            decided(desk, "reopen", 3, thing="issue")
            decided(desk, "answer", 4, thing="issue")
            assert refused(desk, "answer", 5, thing="issue").state == "open"

    def test_decline_is_about_no_promise(self, home: AnyHome) -> None:
        with home.desk() as desk:
            outcome = decided(desk, "decline", 1)
        assert outcome.decision is not None
        assert outcome.decision["commitment_id"] is None
        assert outcome.decision["version"] == 1

    def test_what_makes_no_fact_is_wrong(self, home: AnyHome) -> None:
        with home.desk() as desk:
            for wrong in (
                deciding("make", customer="8412"),
                deciding("make", by="ca re"),
                deciding("make", customer=None),
                deciding("make", id=""),
                deciding("honour", id=None),
                deciding("reschedule", data={"due_at": "tomorrow"}),
                deciding("settle", data={"outcome": "unknown"}),
                deciding("make", data={"labels": ["Priority"]}),
                deciding("make", data={"wording": "x" * 300_000}),
                deciding("honour", 100_000),
            ):
                with pytest.raises(Wrong) as problem:
                    decide_at(desk, wrong)
                assert "x" * 20 not in str(problem.value)
            assert log_of(desk) == []


class Interrupted(Exception):
    """As a process is that dies there."""


def _interrupted(positions: Sequence[tuple[int, int]]) -> None:
    raise Interrupted


def _overtaken(desk: Desk, rival: Desk, verb: str, on: float, **said: Any) -> Desk:
    """The desk, but that a rival decides between its first look and its decision."""
    waiting = [deciding(verb, on, **said)]
    clock = desk.clock

    def overtaken() -> Any:
        # Read for the second time once what is known was looked up.
        calls.append(1)
        if len(calls) == 2 and waiting:
            assert decide_at(rival, waiting.pop()).decision is not None
        return clock()

    calls: list[int] = []
    return desk._replace(clock=overtaken)
