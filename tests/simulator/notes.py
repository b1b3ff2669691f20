"""What the simulator decided, noted down as it decided it. ``truth.py`` answers from these notes.

``NotingScribe`` writes the same facts as any scribe. A promise's dates, owner and state are noted
as its story meant them when it took a step, so that the folds can be held to them: no note is
drawn from the facts by the rules that draw the same conclusion.
"""

from __future__ import annotations

from typing import Any, ClassVar, cast

from domain.refs import department_of
from simulator import slips, strays
from simulator.fates import Fates
from simulator.journal import Event
from simulator.practices import AS_IT_IS, Practices
from simulator.promises import Journey, Promise, Scribe
from simulator.stories import COUNTER, ROSEBUSH
from tests.simulator.records import Link, Move, Passing, Pause, Trace, Turn, Waiting

#: Every so many customers, one has all facts noted.
WATCHED = 50

#: How each fate ends, where it is not kept, once its last step is behind us and the agreed date has
#: passed.
_NOT_KEPT = {
    "moved_alone": "late",
    "moved_at_the_last": "late",
    "partly_kept": "late",
    "paused_for_carrier": "late",
    "reported_late": "late",
    "dropped": "overdue",
    "forgiven": "late",
    "late": "late",
    "late_chased": "late",
    "forgotten": "overdue",
    "abandoned": "broken",
    "released_early": "released",
    "released_late": "released",
    "disputed_upheld": "late",
    "disputed_open": "disputed",
    "reopened": "late",
    "given_up_released": "released",
    "given_up_done": "late",
    "ownerless": "overdue",
    "undated": "undated",
    "undated_released": "released",
    "dated_then_slipped": "late",
}
STATUS = {name: _NOT_KEPT.get(name, "kept") for name in vars(Fates) if not name.startswith("_")}

#: Those whose fate no dice decide.
_TOLD = {"ROSEBUSH": "moved_agreed", "ROSEBUSH-DELIVERY": "kept", "PICKUP-17": "kept"}

#: Why a stray fact of a type waits in suspense, and the field that names what it waits for.
_STRAYS = {
    "commitment.honoured": ("unknown_commitment", "commitment_id"),
    "issue.answered": ("unknown_issue", "issue_id"),
    "discretion.reviewed": ("unknown_decision", "decision_id"),
    "payment.refunded": ("unknown_payment", "payment_id"),
    "fact.retracted": ("unknown_fact", "fact_id"),
}
#: Why a slip waits for good, by the calendar or policy that it publishes.
_SLIPS = {
    slips.UNREAD_CALENDAR: "unreadable_calendar",
    slips.UNREAD_POLICY: "unreadable_policy",
    slips.LOST_POLICY: "unknown_calendar",
}
#: Touchpoints and types of fact that touch no business object.
_LOOSE = frozenset({"advert_seen", "web_visit", "identity.linked", "identity.unlinked"})
_DETAIL = {"touchpoint.occurred": "channel", "commitment.made": "commitment_id"}


class NotedPromise(Promise):
    """One promise with what its story meant. ``said`` are the fields of ``commitment.made`` beside
    its id. ``turns`` (at least one) are in the order of time. ``steps`` are the lines of the
    balance: ``made``, ``reopened``, ``honoured``, ``released``, ``abandoned`` and when. ``signs``
    are the times at which the customer heard from the company about it, ``part_kept`` those at
    which a part was done, ``confirmed`` those at which the customer said that it was done well.
    Steps after the end are not noted."""

    def __init__(self, journey: Journey, commitment_id: str, *terms: Any, **said: Any) -> None:
        super().__init__(journey, commitment_id, *terms, **said)
        self.fate = _TOLD.get(commitment_id, "")
        self.customer = journey.party
        self.kind = "explicit" if said.get("policy_due") is None else "policy"
        self.channel = cast("str | None", said.get("entry_point"))
        self.supports = cast("str | None", said.get("supports"))
        self.said = self._said
        self.turns: list[Turn] = []
        self.steps: list[tuple[int, str]] = []
        self.chases: list[int] = []
        self.moves: list[Move] = []
        self.passings: list[Passing] = []
        self.acceptances: list[tuple[int, str]] = []
        self.signs: list[int] = []
        self.pauses: list[Pause] = []
        self.part_kept: list[int] = []
        self.confirmed: list[int] = []
        self._now = _first_turn(self.made_at, self.owner, self.due)
        self._notes = cast("NotingScribe", journey.scribe)
        if self._lived(self.made_at):
            self.steps.append((self.made_at, "made"))
            self.signs.append(self.made_at)
            self._notes.promises[commitment_id] = self
        self._turn(self.made_at)

    def _lived(self, at: int) -> bool:
        return at <= self._notes.end

    def _turn(self, at: int, *steps: str, **changes: Any) -> None:
        self.steps += ((at, step) for step in steps)
        self._now = self._now._replace(at=at, **changes)
        self.turns.append(self._now)

    def _settled(self, at: int, state: str, sign: bool, in_time: bool | None = None) -> None:
        """In a settled state; from another settled state, by way of reopening."""
        if self._lived(at):
            again = () if self._now.state in ("open", "disputed") else ("reopened",)
            dates = dict.fromkeys(("honoured_at", "released_at", "abandoned_at"))
            dates[f"{state}_at"] = at
            self._turn(at, *again, state, state=state, in_time=in_time, **dates)
            self.signs += (at,) * sign

    def keep(self, at: int) -> None:
        super().keep(at)
        self._settled(at, "honoured", sign=True)

    def keep_part(self, at: int) -> None:
        super().keep_part(at)
        if self._lived(at):
            self.part_kept.append(at)
            self.signs.append(at)

    def report(self, at: int, in_time: bool) -> None:
        super().report(at, in_time)
        self._settled(at, "honoured", sign=True, in_time=in_time)

    def confirm(self, at: int) -> None:
        super().confirm(at)
        if self._lived(at):
            self.confirmed.append(at)

    def kept_already(self, at: int) -> None:
        """The step is dated with the promise."""
        super().kept_already(at)
        self.fate = "kept"
        self._turn(self.made_at, "honoured", state="honoured", honoured_at=at)
        self.signs.append(at)
        self._notes.wait("unknown_commitment", self.commitment_id, at, self._last, self.made_at)

    def scan_wrongly(self, at: int, until: int) -> None:
        super().scan_wrongly(at, until)
        if self._lived(until):
            self._notes.out_of_force.add(self._last)

    def _retract(self, at: int, fact: str, reason: str) -> str:
        retraction = super()._retract(at, fact, reason)
        if reason == "parcel not found":
            self._notes.out_of_force.add(retraction)
        return retraction

    def release(self, at: int, reason: str) -> None:
        super().release(at, reason)
        self._settled(at, "released", sign=False)

    def abandon(self, at: int, reason: str) -> None:
        super().abandon(at, reason)
        self._settled(at, "abandoned", sign=True)

    def dispute(self, at: int) -> None:
        super().dispute(at)
        if self._lived(at):
            self._turn(at, "reopened", state="disputed")

    def settle_dispute(self, at: int, upheld: bool) -> None:
        super().settle_dispute(at, upheld)
        if self._lived(at):
            if upheld:
                self._turn(at, state="open", honoured_at=None, in_time=None)
            else:
                self._turn(at, "honoured", state="honoured")

    def reopen(self, at: int, reason: str) -> None:
        super().reopen(at, reason)
        if self._lived(at):
            dates = dict.fromkeys(("honoured_at", "released_at", "abandoned_at"))
            self._turn(at, "reopened", state="open", in_time=None, **dates)

    def move(self, at: int, due: int, by: str, agreed: bool, consent: bool) -> None:
        super().move(at, due, by, agreed, consent)
        if self._lived(at):
            before = self._now
            undated = before.first_due is None
            self._turn(
                at,
                first_due=due if undated else before.first_due,
                agreed_due=due if consent or undated else before.agreed_due,
                latest_due=due,
                customer_due=due if by == "customer" or undated else before.customer_due,
            )
            nod = by == "customer" or agreed
            self.moves.append(Move(at, department_of(self.source), before.agreed_due, nod))
            self.signs.append(at)

    def pause(self, at: int, until: int, waiting_for: str) -> None:
        super().pause(at, until, waiting_for)
        self.pauses.append(Pause(at, until, waiting_for))
        for when, paused in ((at, True), (until, False)):
            if self._lived(when):
                self._turn(when, paused=paused)

    def hand_over(self, at: int, to: str) -> None:
        super().hand_over(at, to)
        if self._lived(at):
            self.passings.append(Passing(at, self._giver or "", to))
            self._turn(at, owner=None)

    def accept(self, at: int, department: str) -> None:
        super().accept(at, department)
        if self._lived(at):
            self.acceptances.append((at, department))
            self._turn(at, owner=department)

    def chase(self, at: int, channel: str) -> None:
        super().chase(at, channel)
        if self._lived(at):
            self.chases.append(at)

    def share(self, at: int, shown: bool) -> None:
        super().share(at, shown)
        if shown and self._lived(at):
            self.signs.append(at)

    def write_first(self, at: int, kind: str, channel: str, source: str) -> None:
        super().write_first(at, kind, channel, source)
        if self._lived(at):
            self.signs.append(at)

    def write(self, type_: str, source: str, at: int, /, **body: object) -> str:
        fact = super().write(type_, source, at, **body)
        if type_ in ("error.acknowledged", "remedy.given") and self._lived(at):
            self.signs.append(at)
        return fact

    def _make(self, source: str, at: int, **anew: object) -> str:
        fact = super()._make(source, at, **anew)
        if anew:
            self._notes.wait("made_twice", self.commitment_id, at, fact)
        return fact


def _first_turn(made_at: int, owner: str | None, due: int | None) -> Turn:
    return Turn(made_at, "open", owner, due, due, due, due, None, None, None, None, False)


class NotingScribe(Scribe):
    """Writes facts, and notes what was decided: ``promises`` by their ids, ``links`` of parties,
    what is in suspense (``waiting``), facts that were taken back for good (``out_of_force``),
    the distinct facts in the order of writing (``events``), all of watched parties (``traces``)."""

    promise: ClassVar[type[Promise]] = NotedPromise

    def __init__(self, seed: int, end: int, key: str, practices: Practices = AS_IT_IS) -> None:
        super().__init__(seed, end, key, practices)
        self.promises: dict[str, NotedPromise] = {}
        self.waiting: list[Waiting] = []
        self.links: list[Link] = []
        self.out_of_force: set[str] = set()
        self.events: list[Event] = []
        #: What ties a fact to others in one journey (see ``Trace``), by its id.
        self.threads: dict[str, str | None] = {}
        self.traces: dict[str, list[Trace]] = {}
        #: The episode that a payment belongs to, by ``payment:ID``, once a ref or a system tells.
        self.belongs: dict[str, str] = {}
        self._payments: dict[str, Waiting] = {}
        self._name = ""

    def open(self, episode: str) -> None:
        super().open(episode)
        self._name = episode

    def wait(
        self, reason: str, about: str, since: int, fact: str, until: int | None = None
    ) -> Waiting:
        """Notes that a fact waits in suspense, until something happens or for good."""
        settled = until if until is not None and until <= self.end else None
        self.waiting.append(Waiting(reason, about, since, fact, settled))
        return self.waiting[-1]

    def _emit(self, event: Event, chance: float | None = None) -> None:
        super()._emit(event, chance)
        self.events.append(event)
        self.threads[event.id] = self._thread(event)
        self._note_payment(event)
        self._note_link(event)
        if event.subject == strays.PARTY:
            self._note_stray(event)
        self._note_rule(event)
        if _watched(event.subject):
            self.traces.setdefault(event.subject, []).append(self._trace(event))

    def _note_payment(self, event: Event) -> None:
        """A payment waits until it is linked or given back."""
        name = str(event.body.get("payment_id"))
        if event.type == "payment.captured":
            self._payments[name] = self.wait("unlinked_payment", name, event.time, event.id)
        elif event.type in ("payment.linked", "payment.refunded") and name in self._payments:
            waiting = self._payments[name]
            waiting.settled_at = waiting.settled_at or event.time
        if event.type == "payment.linked" or "refs" in event.body:
            self.belongs[f"payment:{name}"] = self._name
        if event.type == "charge.repeated":
            self.belongs[f"payment:{event.body['first_payment_id']}"] = self._name

    def _note_link(self, event: Event) -> None:
        if event.type == "identity.linked":
            party_a, party_b = (str(event.body[name]) for name in ("party_a", "party_b"))
            self.links.append(Link(party_a, party_b, event.time))
        elif event.type == "identity.unlinked":
            self._unlink(event)

    def _unlink(self, event: Event) -> None:
        both = {event.body["party_a"], event.body["party_b"]}
        link = next(link for link in reversed(self.links) if {link.party_a, link.party_b} == both)
        link.unlinked_at = event.time

    def _note_stray(self, event: Event) -> None:
        reason, field = _STRAYS.get(event.type, ("", ""))
        about = str(event.body.get(field))
        if reason == "unknown_fact" and about != strays.NOBODY:
            self.out_of_force.add(about)
        elif reason:
            self.wait(reason, about, event.time, event.id)

    def _note_rule(self, event: Event) -> None:
        name = str(event.body.get("policy_id") or event.body.get("calendar_id"))
        if (reason := _SLIPS.get(name)) is not None:
            self.wait(reason, name, event.time, event.id)

    def _thread(self, event: Event) -> str | None:
        body = event.body
        if event.type in _LOOSE or body.get("kind") in _LOOSE:
            return None
        if "payment_id" in body and "refs" not in body:
            return f"payment:{body['payment_id']}"
        return self._name

    def _trace(self, event: Event) -> Trace:
        thread = self.threads[event.id]
        department = department_of(event.source)
        detail = cast("str | None", event.body.get(_DETAIL.get(event.type, "")))
        sequence = int(event.sequence or 0)
        party = event.subject
        return Trace(event.time, sequence, event.id, event.type, department, party, thread, detail)


def _watched(party: str) -> bool:
    name = party.removeprefix("account:").removeprefix("customer:").removeprefix("phone-")
    if name.isdigit():
        return int(name) % WATCHED == 7
    return party in {ROSEBUSH, COUNTER, strays.PARTY}
