"""Commands from short calls, on a home of either kind; and what its ledger has then."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

from application.desk import Deciding, Desk, Outcome, decide_at
from application.desk_verbs import BEGINNING, Thing, type_of
from application.embedded_home import EmbeddedHome
from application.home import OnProgress, silent
from application.server_home import ServerHome, ends_of
from domain.desk.decider import Refused
from domain.facts import Fact
from ledger.kafka.ledger import KafkaLedger
from ledger.port import RecordedEvent
from tests.consumers.processes import event
from tests.domain.given import day
from tests.helpers import emit
from tests.homes import RUNTIME

AnyHome = EmbeddedHome | ServerHome

#: What the fields are that a verb must say.
SAYING: dict[str, dict[str, object]] = {
    "make": {"about": "delivery"},
    "reschedule": {"due_at": "2026-02-01T00:00:00Z", "initiated_by": "customer"},
    "hand-over": {"to_department": "network"},
    "pause": {"waiting_for": "customer"},
    "resume": {"waiting_for": "customer"},
    "settle": {"outcome": "upheld"},
    "decline": {"about": "refund"},
    "open": {"topic": "noise", "channel": "phone"},
    "answer": {"final": True},
    "escalate": {"level": "court"},
}


class FoldingHome(ServerHome):
    """A server home of which no worker is at work: who decides folds the topic."""

    def await_workers(self, ledger: KafkaLedger, on_progress: OnProgress = silent) -> int:
        """As workers would do it."""
        self.fold_here(ends_of(ledger), on_progress)
        return 0


def folding_home(folder: Path) -> FoldingHome:
    """The server home in a folder, with its views made."""
    home = FoldingHome(folder, RUNTIME, {}, lambda sentence: None)
    home.views().prepare()
    return home


def deciding(
    verb: str, on: float | None = None, *, thing: Thing = "promise", **said: Any
) -> Deciding:
    """A command about ``C``, on a day, or now; what is not said is the same everywhere."""
    data = {**SAYING.get(verb, {}), **said.pop("data", {})}
    begins = type_of(thing, verb) in BEGINNING
    return Deciding(
        thing=thing,
        verb=verb,
        department=said.pop("by", "care"),
        new_id=str(uuid4()),
        id=said.pop("id", None if verb == "decline" else "C"),
        customer=said.pop("customer", "customer:1") if begins else None,
        time=None if on is None else day(on),
        data=data,
        **said,
    )


def decided(desk: Desk, verb: str, on: float | None = None, **said: Any) -> Outcome:
    """What came of a command that must be accepted and be in the ledger."""
    outcome = decide_at(desk, deciding(verb, on, **said))
    assert outcome.refused is None, outcome.refused
    assert outcome.unpublished is None, outcome.unpublished
    return outcome


def refused(desk: Desk, verb: str, on: float | None = None, **said: Any) -> Refused:
    """Why a command was refused, which it must be."""
    outcome = decide_at(desk, deciding(verb, on, **said))
    assert outcome.refused is not None, outcome.decision
    assert outcome.decision is None
    return outcome.refused


def told(home: AnyHome, *facts: Fact) -> None:
    """Facts that reach the ledger by another way."""
    emit(home.folder, [event(one) for one in facts])


def recorded(home: AnyHome) -> list[RecordedEvent]:
    """All that the ledger of a home has, by position."""
    if isinstance(home, EmbeddedHome):
        with home.reading() as ledger:
            return [fact for batch in ledger.read() for fact in batch]
    with home.ledger() as topic:
        return [fact for batch in topic.read() for fact in batch]


def once(events: list[RecordedEvent]) -> list[str]:
    """The ids of facts, each where it is first."""
    return list(dict.fromkeys(event.id for event in events))


def log_of(desk: Desk) -> list[str]:
    """The ids of all that the desk decided, in the order of its log."""
    notifications = desk.decisions.recorder.select_notifications(None, 10_000)
    events = [desk.decisions.mapper.to_domain_event(each) for each in notifications]
    return [vars(each)["id"] for each in events]
