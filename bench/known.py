"""What the plain projection knows: the facts of each commitment, and the few others that bear on
it. It is kept in memory, which a projection that is restarted would have to fill again; so the
plain way is measured at its quickest."""

from __future__ import annotations

from uuid import UUID

from bench.commitments import INSTANTS, NUMBERS, Cell
from domain.commitments import Folded, commitment_of, fold
from domain.events import (
    CalendarPublished,
    CommitmentMade,
    FactRetracted,
    IdentityLinked,
    IdentityUnlinked,
    PolicyPublished,
)
from domain.facts import Fact
from domain.identity import canonical
from domain.instants import EPOCH, MICROSECOND
from domain.policies import Policies
from domain.retractions import named_fact, undone
from projections.public_holidays import public_holidays

_OF_COMMITMENT = (
    "commitment_id",
    "about",
    "kind",
    "made_to",
    "entry_point",
    "supports",
    "state",
    "owner",
    "proposed_owner",
)
_OF_MADE = ("due_chosen_by", "consigned")


class Known:
    """Facts as they come, in any order."""

    def __init__(self) -> None:
        self._facts: dict[str, dict[UUID, Fact]] = {}
        self._names: dict[UUID, str] = {}
        self._undated: set[str] = set()
        self._made_to: dict[str, set[str]] = {}
        self._retractions: dict[UUID, UUID | None] = {}
        self._gone: set[UUID] = set()
        self._published: dict[UUID, Fact] = {}
        self._policies = Policies([], public_holidays)
        self._links: dict[UUID, Fact] = {}
        self._customers: dict[str, str] = {}

    def take(self, fact: Fact) -> set[str]:
        """Learn one more fact; the ids of the commitments whose rows it may change."""
        match fact.body:
            case FactRetracted() as body:
                self._retractions[fact.id] = named_fact(body.fact_id)
                return self._retract()
            case PolicyPublished() | CalendarPublished():
                self._published[fact.id] = fact
                return self._publish()
            case IdentityLinked() | IdentityUnlinked():
                self._links[fact.id] = fact
                return self._identify()
        name = commitment_of(fact)
        if name is None:
            return set()
        self._facts.setdefault(name, {})[fact.id] = fact
        self._names[fact.id] = name
        if isinstance(fact.body, CommitmentMade):
            self._made_to.setdefault(fact.subject, set()).add(name)
            if fact.body.due_at is None:
                self._undated.add(name)
        return {name}

    def row(self, name: str) -> dict[str, Cell] | None:
        """The commitment's row after all facts so far; None where nothing opens it."""
        facts = [fact for fact in self._facts[name].values() if fact.id not in self._gone]
        dates = {}
        if name in self._undated:
            for fact in facts:
                if isinstance(fact.body, CommitmentMade) and fact.body.due_at is None:
                    due_at = self._policies.due_at(fact.body.about, fact.time, fact.body.labels)
                    if due_at is not None:
                        dates[fact.id] = due_at
        folded = fold(facts, None, dates)
        return None if folded is None else self._cells(folded)

    def _cells(self, folded: Folded) -> dict[str, Cell]:
        own, made = folded.commitment, folded.entries[0].fact
        cells: dict[str, Cell] = {name: getattr(own, name) for name in _OF_COMMITMENT}
        cells.update({name: getattr(made.body, name) for name in _OF_MADE})
        cells["made_id"] = str(own.made_id)
        cells["subject"] = own.customer
        cells["customer"] = self._customers.get(own.customer, own.customer)
        for name in NUMBERS:
            source = made.body if name == "feasibility_checked" else own
            value = len(folded.entries) if name == "facts" else getattr(source, name)
            cells[name] = None if value is None else int(value)
        for name in INSTANTS:
            at = getattr(made.body if name == "requested_at" else own, name)
            cells[name] = None if at is None else (at - EPOCH) // MICROSECOND
        return cells

    def _retract(self) -> set[str]:
        before, self._gone = self._gone, undone(self._retractions)
        changed = before ^ self._gone
        touched = {self._names[one] for one in changed if one in self._names}
        if changed & self._published.keys():
            touched |= self._publish()
        if changed & self._links.keys():
            touched |= self._identify()
        return touched

    def _publish(self) -> set[str]:
        in_force = [fact for fact in self._published.values() if fact.id not in self._gone]
        self._policies = Policies(in_force, public_holidays)
        return set(self._undated)

    def _identify(self) -> set[str]:
        before = self._customers
        told = (fact for fact in self._links.values() if fact.id not in self._gone)
        self._customers = canonical(told)
        renamed = {party for party, _ in before.items() ^ self._customers.items()}
        return {name for party in renamed for name in self._made_to.get(party, ())}
