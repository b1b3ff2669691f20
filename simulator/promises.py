"""Promises, as they are written down step by step in the journey of a customer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from domain.refs import department_of
from simulator.company import DESK, MAIL, PARCELS, PHONE
from simulator.journal import Journal
from simulator.local_time import HOUR, moment
from simulator.practices import AS_IT_IS, Practices

#: Does what was promised, at a time.
Deed = Callable[[int], None]


class Promise:
    """One promise, from the moment at which it is made (its fact is written by making one).

    ``due`` or, where the house's policy gives the date, ``policy_due`` is the date that counts, the
    agreed one; it may be moved later. Before ``earliest`` the customer does not want it. ``deed``
    does what was promised (a parcel, a call) just before it is honoured; honouring is written down
    at ``kept_at``, the source that made it if none is given. ``said`` are fields of
    ``commitment.made``; None is not said.

    Each step takes the time of its fact first. ``fate`` names what the story decided (see
    ``fates.py``); ``step`` is the last one's name and ``settled_at`` its time, whether or not the
    simulation lasts so long. ``owner`` is None while the promise lies between two departments.
    """

    def __init__(
        self,
        journey: Journey,
        commitment_id: str,
        about: str,
        source: str,
        at: int,
        *,
        refs: tuple[str, ...] | None = None,
        owner: str | None = None,
        due: int | None = None,
        policy_due: int | None = None,
        earliest: int | None = None,
        kept_at: str | None = None,
        deed: Deed | None = None,
        **said: object,
    ) -> None:
        self.journey = journey
        self.commitment_id = commitment_id
        self.about = about
        self.due = policy_due if due is None else due
        self.earliest = earliest
        self.source = kept_at or source
        self.deed = deed
        self.made_at = self.settled_at = at
        self.refs = journey.refs if refs is None else refs
        self.owner: str | None = owner or department_of(source)
        self.fate = self.step = ""
        self._giver: str | None = None
        self._last = ""
        said["owner"] = owner
        said["due_at"] = None if due is None else moment(due)
        said["earliest_at"] = None if earliest is None else moment(earliest)
        said["kind"] = None if policy_due is None else "policy"
        self._said = {name: value for name, value in said.items() if value is not None}
        self._make(source, at)

    def _make(self, source: str, at: int, **anew: object) -> str:
        words = {**self._said, **anew}
        return self.write("commitment.made", source, at, about=self.about, refs=self.refs, **words)

    def write(self, type_: str, source: str, at: int, /, **body: object) -> str:
        """Writes a fact about this promise, and returns its id."""
        return self.journey.fact(type_, source, at, commitment_id=self.commitment_id, **body)

    def _step(self, at: int, step: str, source: str, **body: object) -> None:
        self._last = self.write(f"commitment.{step}", source, at, **body)
        self.step, self.settled_at = step, at

    def keep(self, at: int) -> None:
        """Does the deed and says so."""
        if self.deed is not None:
            self.deed(at)
        self._step(at, "honoured", self.source)

    def keep_part(self, at: int) -> None:
        """Does a part of it; the rest is still owed."""
        self._step(at, "part_honoured", self.source, remaining="un rosier")

    def report(self, at: int, in_time: bool) -> None:
        """Somebody who only knows whether it was done in time says so, long after."""
        self._step(at, "honoured", self.source, in_time=in_time)

    def confirm(self, at: int) -> None:
        """The customer says that it was done well, which changes nothing."""
        self.write("commitment.confirmed", MAIL, at)

    def kept_already(self, at: int) -> None:
        """Says that it was done at ``at``, before the promise was written down."""
        self._step(at, "honoured", self.source)
        self.settled_at = self.made_at

    def scan_wrongly(self, at: int, until: int) -> None:
        """The wrong parcel is scanned, and the scan is taken back: nothing happened."""
        if until <= self.journey.scribe.end:
            self._step(at, "honoured", self.source)
            self._retract(until, self._last, "wrong parcel scanned")

    def doubt_wrongly(self, at: int, until: int) -> None:
        """A true scan is taken back, and the taking back is taken back: the scan stands."""
        if until <= self.journey.scribe.end:
            doubt = self._retract(at, self._last, "parcel not found")
            self._retract(until, doubt, "parcel found")

    def _retract(self, at: int, fact: str, reason: str) -> str:
        body: dict[str, object] = {"fact_id": fact, "reason": reason, "refs": self.refs}
        return self.journey.fact("fact.retracted", self.source, at, **body)

    def release(self, at: int, reason: str) -> None:
        """The customer lets the company off."""
        self._step(at, "released", PHONE, reason=reason)

    def abandon(self, at: int, reason: str) -> None:
        """The company says that it will not."""
        self._step(at, "abandoned", self.source, reason=reason)

    def dispute(self, at: int) -> None:
        """The customer says that it was not done."""
        self._step(at, "disputed", MAIL, reason="Rien reçu.")

    def settle_dispute(self, at: int, upheld: bool) -> None:
        """The customer was right (``upheld``), or it was done after all."""
        self._step(at, "dispute_settled", MAIL, outcome="upheld" if upheld else "rejected")

    def reopen(self, at: int, reason: str) -> None:
        """What was settled is owed again."""
        self._step(at, "reopened", MAIL, reason=reason)

    def move(self, at: int, due: int, by: str, agreed: bool, consent: bool) -> None:
        """Another date is given, by ``company`` or ``customer``. ``consent``: the story has the
        customer want or accept it while the date it replaces was still ahead."""
        dates = {"due_at": moment(due), "initiated_by": by, "customer_agreed": agreed}
        self._step(at, "rescheduled", self.source, **dates)
        if consent or self.due is None:
            self.due = due

    def pause(self, at: int, until: int, waiting_for: str) -> None:
        """The customer has to answer first, or a third party to do its part; the date does not
        move."""
        self._step(at, "paused", self.source, waiting_for=waiting_for)
        self._step(until, "resumed", self.source, waiting_for=waiting_for)

    def hand_over(self, at: int, to: str) -> None:
        """Proposes the promise to another department; until it is accepted, nobody owns it."""
        self._giver, self.owner = self.owner, None
        self._step(at, "handed_over", DESK[self._giver or "care"], to_department=to)

    def accept(self, at: int, department: str) -> None:
        """The department proposed takes it on, or the one before takes it back."""
        self.owner = department
        self._step(at, "accepted", DESK[department])

    def refuse(self, at: int, department: str, back: int) -> None:
        """The other department says no (which moves nothing), and the giver takes it back."""
        giver = self._giver or "care"
        self.write("alert.raised", DESK[department], at, to_department=giver, reason="not_ours")
        self.accept(back, giver)

    def chase(self, at: int, channel: str) -> None:
        """The customer has to remind the company."""
        source = PHONE if channel == "phone" else MAIL
        self.write("customer.chased", source, at, channel=channel, refs=self.refs)
        self.settled_at = max(self.settled_at, at)

    def share(self, at: int, shown: bool) -> None:
        """Progress, shown to the customer or kept in a file."""
        self.write("progress.shared", self.source, at, shown_to_customer=shown)

    def write_first(self, at: int, kind: str, channel: str, source: str) -> None:
        """The company writes or calls about it of its own accord."""
        body = {"kind": kind, "channel": channel, "initiated_by": "company"}
        self.write("touchpoint.occurred", source, at, **body)

    def say_again(self, at: int, **anew: object) -> None:
        """A second system writes the same promise down, word for word or with other words, which
        then wait for somebody to look at them. An hour later the company writes."""
        if at + HOUR <= self.journey.scribe.end:
            self._make(PARCELS, at, **anew)
            self.write_first(at + HOUR, "order_confirmation", "email", MAIL)


class Scribe(Journal):
    """A journal in which promises are made, by a company with these ``practices``."""

    #: What a promise is made with.
    promise: ClassVar[type[Promise]] = Promise

    def __init__(self, seed: int, end: int, key: str, practices: Practices = AS_IT_IS) -> None:
        super().__init__(seed, end, key)
        self.practices = practices


@dataclass(slots=True)
class Journey:
    """A customer and the business objects that tie the facts of one journey together."""

    scribe: Scribe
    party: str
    refs: tuple[str, ...] = ()

    def fact(
        self, type_: str, source: str, at: int, because: str | None = None, /, **body: object
    ) -> str:
        """Writes a fact about the customer, as ``Journal.fact`` does."""
        return self.scribe.fact(type_, source, self.party, at, body, because)

    def touch(self, source: str, at: int, kind: str, channel: str, by: str, *refs: str) -> str:
        """Writes a touchpoint, started ``by`` the customer or the company; ``refs`` come after
        those of the journey."""
        body = {"kind": kind, "channel": channel, "initiated_by": by, "refs": (*self.refs, *refs)}
        return self.fact("touchpoint.occurred", source, at, **body)
