"""The truth of a simulation: what the ledger should answer, from what was decided.

Answers have the keys and the forms of the command line's (instants as RFC 3339 text in UTC), so
that a test may ask that the one is a subset of the other. They are counted from the notes that
were taken while the stories were written (``notes.py``); no fold is asked. The known truth is that
of the end: all facts are known, also those that came late.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from domain.places import place_of
from simulator.company import FORMS, MAILINGS
from simulator.journal import Event
from simulator.local_time import SECOND, micros, moment
from simulator.simulation import Simulation
from simulator.slips import ALIKE
from simulator.strays import PARTY
from tests.domain.answers import EVIDENCE
from tests.simulator.notes import NotedPromise, NotingScribe
from tests.simulator.reckoning import (
    KEYS,
    Answer,
    balance,
    counts,
    grouped,
    kept_whole,
    scores,
    status_of,
    text,
    turn_at,
)
from tests.simulator.records import Link, Trace, Turn, Waiting
from tests.simulator.stories import counter, rosebush


def _order(event: Event) -> tuple[int, int, int, str]:
    return event.time, int(event.sequence or 0), place_of(event.type), event.id


def _finding(kind: str, things: Sequence[object]) -> Answer:
    return {"kind": kind, "count": len(things), "examples": list(things[:5])}


def _said(at: int | None) -> str | None:
    return None if at is None else text(at)


class Lived(NamedTuple):
    """One journey of a customer, by its canonical name: its facts in their order, and whether all
    of its promises were kept, None where that is not decided."""

    customer: str
    facts: tuple[Event, ...]
    kept_whole: bool | None


class Truth:
    """What one simulation decided, between two instants.

    * ``start``, ``end``: when the simulated years begin and end, aware and in UTC. Policies and
      rules are published some weeks before the start.
    * ``facts``: how many distinct facts there are; ``emitted``: how many events, with the repeats;
      ``late``: how many facts were emitted more than an hour after they happened; ``by_type``: the
      distinct facts of each type, by type.
    * ``told``: the distinct facts in their order, without those that were taken back for good.
    * ``ahead``: those that a clock dated after the end.
    * ``promises``: every promise that was made and not taken back, by its id
      (``notes.NotedPromise``).
    * ``links``: every pair of parties that was ever linked (``notes.Link``).
    * ``stories``: the two that have names, ``rosebush`` and ``counter`` (``stories.Story``).
    * ``watched``: the parties of whom every fact was noted, sorted: one customer in fifty, the
      names under which they telephone, and those of the stories.

    Methods answer as of the end of the simulation where ``as_of`` is not given, and may be asked
    about any instant from ``start`` on, for all but ``customer``.
    """

    def __init__(self, simulation: Simulation) -> None:
        notes = simulation.scribe
        if not isinstance(notes, NotingScribe) or not simulation._begun or notes._heaps:
            raise RuntimeError(
                "expected a finished simulation that takes notes; iterate to the end first"
            )
        self.start = moment(simulation.start)
        self.end = moment(simulation.end)
        self.stories = {"rosebush": rosebush(notes), "counter": counter(notes)}
        self.promises = notes.promises
        self.links = notes.links
        self.facts, self.emitted, self.late = simulation.counts()
        self.by_type = dict(sorted(Counter(event.type for event in notes.events).items()))
        self.watched = tuple(sorted(notes.traces))
        told = (event for event in notes.events if event.id not in notes.out_of_force)
        self.told = tuple(sorted(told, key=_order))
        self.ahead = tuple(event for event in self.told if event.time > simulation.end)
        self._end = simulation.end
        self._notes = notes
        self._links: dict[str, list[Link]] = {}
        for link in notes.links:
            for party in (link.party_a, link.party_b):
                self._links.setdefault(party, []).append(link)

    def _instant(self, as_of: datetime | None) -> int:
        return self._end if as_of is None else micros(as_of)

    def parties(self, party: str, as_of: datetime | None = None) -> tuple[str, ...]:
        """All parties that are one customer with this one, sorted; the first is the canonical
        name."""
        at = self._instant(as_of)
        found, seen = [party], {party}
        for name in found:  # grows while it is gone through
            for link in self._links.get(name, ()):
                if link.linked_at <= at and (link.unlinked_at is None or link.unlinked_at > at):
                    more = {link.party_a, link.party_b} - seen
                    found += more
                    seen |= more
        return tuple(sorted(found))

    def status(self, commitment_id: str, as_of: datetime | None = None) -> str | None:
        """The status of one promise; None before it was made."""
        at = self._instant(as_of)
        turn = turn_at(self.promises[commitment_id], at)
        return None if turn is None else status_of(turn, at)

    def commitment(self, commitment_id: str, as_of: datetime | None = None) -> Answer:
        """What ``commitment ID`` answers, without the history. Raises KeyError for an id that was
        never promised and ValueError before it was."""
        at, promise = self._instant(as_of), self.promises[commitment_id]
        turn = turn_at(promise, at)
        if turn is None:
            raise ValueError(
                f"expected a time after {text(promise.made_at)}, saw {text(at)}: "
                f"{commitment_id} was not promised yet"
            )
        return {
            "commitment_id": commitment_id,
            "customer": self.parties(promise.customer, as_of)[0],
            "about": promise.about,
            "kind": promise.kind,
            "owner": turn.owner,
            "status": status_of(turn, at),
            "state": turn.state,
            "made_at": text(promise.made_at),
            "earliest_at": _said(promise.earliest),
            "first_due_at": _said(turn.first_due),
            "agreed_due_at": _said(turn.agreed_due),
            "latest_due_at": _said(turn.latest_due),
            "honoured_at": _said(turn.honoured_at),
            "released_at": _said(turn.released_at),
            "abandoned_at": _said(turn.abandoned_at),
            "reschedulings": sum(move.at <= at for move in promise.moves),
            "chases": sum(when <= at for when in promise.chases),
            "paused": turn.paused,
            "supports": promise.supports,
        }

    def scoreboard(self, as_of: datetime | None = None, by: str | None = None) -> Answer:
        """What ``promises`` answers, without the bounds of the intervals. ``by``: ``department``,
        ``about`` or ``channel``."""
        at = self._instant(as_of)
        standing = [
            (promise, turn)
            for promise in self.promises.values()
            if (turn := turn_at(promise, at)) is not None
        ]
        answer = {"as_of": text(at), **scores(standing, at)}
        if by is not None:
            key = KEYS[by]
            answer["groups"] = [
                {"key": {by: name}, **scores(group, at)}
                for name, group in grouped(standing, lambda item: key(*item))
            ]
        return answer

    def balance(self, after: datetime, to: datetime, by: str | None = None) -> Answer:
        """What ``balance`` answers over (after, to]. ``by``: ``department`` or ``about``."""
        start, end = micros(after), micros(to)
        standing = [
            (promise, turn)
            for promise in self.promises.values()
            if (turn := turn_at(promise, end)) is not None
        ]
        answer = {"from": text(start), "to": text(end), **balance(standing, start, end)}
        if by is not None:
            key = KEYS[by]
            answer["groups"] = [
                {"key": {by: name}, **balance(group, start, end)}
                for name, group in grouped(standing, lambda item: key(*item))
            ]
        return answer

    def due(self, within: timedelta, as_of: datetime | None = None) -> Answer:
        """What ``due --within`` answers: overdue first, then what falls due, each by date and
        id; ``silence`` in seconds."""
        at = self._instant(as_of)
        until = at + within // timedelta(microseconds=1)
        found: list[tuple[int, int, str, Answer]] = []
        for promise in self.promises.values():
            turn = turn_at(promise, at)
            if turn is None or turn.state != "open" or turn.agreed_due is None:
                continue
            if turn.agreed_due <= until:
                line = self._waiting_line(promise, turn, at)
                rank = 0 if turn.agreed_due < at else 1
                found.append((rank, turn.agreed_due, promise.commitment_id, line))
        return {"due": [line for _, _, _, line in sorted(found, key=lambda item: item[:3])]}

    def _waiting_line(self, promise: NotedPromise, turn: Turn, at: int) -> Answer:
        heard = max(when for when in promise.signs if when <= at)
        return {
            "commitment_id": promise.commitment_id,
            "customer": self.parties(promise.customer, moment(at))[0],
            "about": promise.about,
            "owner": turn.owner,
            "agreed_due_at": _said(turn.agreed_due),
            "status": status_of(turn, at),
            "silence": (at - heard) / SECOND,
        }

    def suspense(self, as_of: datetime | None = None) -> Answer:
        """What ``suspense`` answers, by since, about and reason."""
        items = self._waiting(self._instant(as_of))
        return {
            "items": [
                {
                    "reason": item.reason,
                    "about": item.about,
                    "since": text(item.since),
                    "facts": [item.fact],
                }
                for item in items
            ]
        }

    def _waiting(self, at: int) -> list[Waiting]:
        items = [
            item
            for item in self._notes.waiting
            if item.since <= at and (item.settled_at is None or item.settled_at > at)
        ]
        return sorted(items, key=lambda item: (item.since, item.about, item.reason))

    def health(self) -> Answer:
        """What ``health`` answers at the end, without its words and the number of findings: what
        can't be read or waits, and one slip of each kind. The system that was switched off is known
        by more than thirty facts where the company has hundreds of customers."""
        slips: dict[str, list[object]] = {
            "future_facts": [event.id for event in self.ahead],
            "look_alike": [[ALIKE, PARTY]],
            "silent_source": [MAILINGS],
            "equal_times": [FORMS],
        }
        found = [_finding(kind, one) for kind, one in slips.items()]
        return {"findings": self._held_up(self._end) + found}

    def health_at_first(self, as_of: datetime) -> Answer:
        """The same within the first month, before any slip was made: what waits, the clock that is
        ahead, which is found at any time, and what nobody has reported yet."""
        at = self._instant(as_of)
        found = [_finding("future_facts", [event.id for event in self.ahead])]
        reported = {event.type for event in self.told if event.time <= at}
        missing = [name for name in EVIDENCE if name not in reported]
        if missing and "commitment.made" in reported:
            found.append(_finding("no_evidence", missing))
        return {"findings": self._held_up(at) + found}

    def _held_up(self, at: int) -> list[Answer]:
        waiting: dict[str, list[object]] = {}
        for item in self._waiting(at):
            waiting.setdefault(item.reason, []).append(item.about)
        unread = [kind for kind in ("unreadable_calendar", "unreadable_policy") if kind in waiting]
        found = [_finding(kind, waiting.pop(kind)) for kind in unread]
        for reason, abouts in sorted(waiting.items()):
            found.append({**_finding("waiting", abouts), "reason": reason})
        return found

    def customer(self, party: str) -> Answer:
        """What ``customer`` answers at the end about a watched party; of each journey what is
        counted without looking at silences, feedback and steps."""
        if party not in self._notes.traces:
            raise KeyError(f"expected one of the {len(self.watched)} watched parties, saw {party}")
        parties = self.parties(party)
        traces = sorted(
            (
                trace
                for name in parties
                for trace in self._notes.traces.get(name, ())
                if trace.fact not in self._notes.out_of_force
            ),
            key=lambda trace: (trace.at, trace.sequence, place_of(trace.type), trace.fact),
        )
        threads: dict[str, list[Trace]] = {}
        for trace in traces:
            if trace.thread is not None:
                thread = self._notes.belongs.get(trace.thread, trace.thread)
                threads.setdefault(thread, []).append(trace)
        return {
            "customer": party,
            "canonical": parties[0],
            "aliases": [name for name in parties if name != party],
            "journeys": [self._journey(parties[0], own) for own in threads.values()],
            "loose": [
                {"id": trace.fact, "type": trace.type, "time": text(trace.at)}
                for trace in traces
                if trace.thread is None
            ],
            "promises": self._promises_in(traces),
        }

    def lived(self) -> list[Lived]:
        """Every journey of a customer, at the end."""
        found: dict[tuple[str, str], list[Event]] = {}
        parties = {event.subject: self.parties(event.subject) for event in self.told}
        for event in self.told:
            thread = self._notes.threads[event.id]
            if thread is not None:
                thread = self._notes.belongs.get(thread, thread)
                found.setdefault((parties[event.subject][0], thread), []).append(event)
        return [
            Lived(customer, tuple(facts), kept_whole(self._turns_in(facts), self._end))
            for (customer, _), facts in found.items()
            if any(name.startswith("customer:") for name in parties[facts[0].subject])
        ]

    def _turns_in(self, facts: Iterable[Event]) -> list[Turn]:
        made = (fact.body["commitment_id"] for fact in facts if fact.type == "commitment.made")
        return [self.promises[str(name)].turns[-1] for name in dict.fromkeys(made)]

    def _made_in(self, traces: Sequence[Trace]) -> list[tuple[NotedPromise, Turn]]:
        ids = dict.fromkeys(trace.detail for trace in traces if trace.type == "commitment.made")
        promises = (self.promises[name] for name in ids if name is not None)
        return [(promise, promise.turns[-1]) for promise in promises]

    def _promises_in(self, traces: Sequence[Trace]) -> dict[str, int]:
        return counts((turn for _, turn in self._made_in(traces)), self._end)

    def _journey(self, customer: str, traces: Sequence[Trace]) -> Answer:
        channels: dict[str, int] = {}
        for trace in traces:
            if trace.type == "touchpoint.occurred" and trace.detail is not None:
                channels[trace.detail] = channels.get(trace.detail, 0) + 1
        made = [turn for _, turn in self._made_in(traces)]
        return {
            "journey_id": traces[0].fact,
            "customer": customer,
            "first_at": text(traces[0].at),
            "last_at": text(traces[-1].at),
            "facts": len(traces),
            "departments": list(dict.fromkeys(trace.department for trace in traces)),
            "handovers": sum(one.department != two.department for one, two in pairwise(traces)),
            "touchpoints": channels,
            "chases": sum(trace.type == "customer.chased" for trace in traces),
            "reasked": sum(trace.type == "information.reasked" for trace in traces),
            "channels_forced": sum(trace.type == "channel.forced" for trace in traces),
            "promises": counts(made, self._end),
            "kept_whole": kept_whole(made, self._end),
        }
