"""A word that was given: writes each fact about a promise, and notes what the story meant by it.

Every method takes the time of its fact first and does nothing when that is after the end of the
simulation. The story says what a step means (``consent``: the step moves the agreed date); the
rules that draw the same conclusion from the facts are not asked.
"""

from __future__ import annotations

from collections.abc import Callable

from entrypoints.demo.company import DESK, MAIL, PHONE
from entrypoints.demo.moments import HOUR, moment
from entrypoints.demo.record import Promise, Turn
from entrypoints.demo.scribe import Scribe

Deed = Callable[[int], None]


class Word:
    """One promise while its story is told. ``due`` is the date that counts for the story, the
    agreed one. ``deed`` does what was promised (a parcel, a call) just before it is honoured;
    ``source`` is where honouring it is written down."""

    def __init__(
        self, scribe: Scribe, promise: Promise, due: int | None, source: str, deed: Deed | None
    ) -> None:
        self.scribe = scribe
        self.promise = promise
        self.due = due
        self.source = source
        self.deed = deed
        self.made_at = promise.made_at
        self.refs: tuple[str, ...] = ()
        self.last = ""
        self._giver: str | None = None
        self._state = "open"
        self.owner: str | None = None
        self._first = self._agreed = self._latest = due
        self._honoured: int | None = None
        self._released: int | None = None
        self._abandoned: int | None = None
        self._paused = False

    def begin(self, owner: str) -> None:
        """Notes that the promise is made. Its fact is written by whoever gives the word."""
        self.owner = owner
        promise = self.promise
        if self.made_at <= self.scribe.end:
            promise.steps.append((self.made_at, "made"))
            promise.signs.append(self.made_at)
            if self.scribe.noting:
                self.scribe.notes.promises[promise.commitment_id] = promise
        self._turn(self.made_at)

    def _turn(self, at: int) -> None:
        self.promise.turns.append(
            Turn(
                at,
                self._state,
                self.owner,
                self._first,
                self._agreed,
                self._latest,
                self._honoured,
                self._released,
                self._abandoned,
                self._paused,
            )
        )

    def _say(self, at: int, step: str, source: str, **body: object) -> bool:
        """Writes ``commitment.STEP``; False when that lies after the end."""
        body["commitment_id"] = self.promise.commitment_id
        self.last = self.scribe.fact(f"commitment.{step}", source, self.promise.customer, at, body)
        self.promise.settled_at = at
        return at <= self.scribe.end

    def _settle(self, at: int, state: str) -> None:
        """Moves to a settled state; from another settled state, by way of reopening."""
        steps = self.promise.steps
        if self._state not in ("open", "disputed"):
            steps.append((at, "reopened"))
        steps.append((at, state))
        self._state = state
        self._honoured = at if state == "honoured" else None
        self._released = at if state == "released" else None
        self._abandoned = at if state == "abandoned" else None
        self._turn(at)

    def keep(self, at: int) -> None:
        """Does the deed and says so."""
        if self.deed is not None:
            self.deed(at)
        if self._say(at, "honoured", self.source):
            self._settle(at, "honoured")
            self.promise.signs.append(at)

    def kept_already(self, at: int) -> None:
        """Notes that a fact of ``at``, before the promise was written down, honours it. The step
        is dated with the promise."""
        promise = self.promise
        fact = self.scribe.fact(
            "commitment.honoured",
            self.source,
            promise.customer,
            at,
            {"commitment_id": promise.commitment_id},
        )
        promise.settled_at = self.made_at
        self._state, self._honoured = "honoured", at
        promise.steps.append((self.made_at, "honoured"))
        promise.signs.append(at)
        self._turn(self.made_at)
        self.scribe.wait("unknown_commitment", promise.commitment_id, at, fact, self.made_at)

    def scan_wrongly(self, at: int, until: int) -> None:
        """The wrong parcel is scanned, and the scan is taken back: nothing happened."""
        if until > self.scribe.end:
            return
        self._say(at, "honoured", self.source)
        wrong = self.last
        self._retract(until, wrong, "wrong parcel scanned")
        self.scribe.void(wrong)

    def doubt_wrongly(self, at: int, until: int) -> None:
        """A true scan is taken back, and the taking back is taken back: the scan stands."""
        if until > self.scribe.end:
            return
        doubt = self._retract(at, self.last, "parcel not found")
        self._retract(until, doubt, "parcel found")
        self.scribe.void(doubt)

    def _retract(self, at: int, fact: str, reason: str) -> str:
        body: dict[str, object] = {"fact_id": fact, "reason": reason, "refs": self.refs}
        return self.scribe.fact("fact.retracted", self.source, self.promise.customer, at, body)

    def release(self, at: int, reason: str) -> None:
        """The customer lets the company off."""
        if self._say(at, "released", PHONE, reason=reason):
            self._settle(at, "released")

    def abandon(self, at: int, reason: str) -> None:
        """The company says that it will not."""
        if self._say(at, "abandoned", self.source, reason=reason):
            self._settle(at, "abandoned")
            self.promise.signs.append(at)

    def dispute(self, at: int) -> None:
        """The customer says that it was not done."""
        if self._say(at, "disputed", MAIL, reason="Rien reçu."):
            self.promise.steps.append((at, "reopened"))
            self._state = "disputed"
            self._turn(at)

    def settle_dispute(self, at: int, upheld: bool) -> None:
        """The customer was right (``upheld``), or it was done after all."""
        outcome = "upheld" if upheld else "rejected"
        if self._say(at, "dispute_settled", MAIL, outcome=outcome):
            if upheld:
                self._state, self._honoured = "open", None
            else:
                self._state = "honoured"
                self.promise.steps.append((at, "honoured"))
            self._turn(at)

    def reopen(self, at: int, reason: str) -> None:
        """What was settled is owed again."""
        if self._say(at, "reopened", MAIL, reason=reason):
            self.promise.steps.append((at, "reopened"))
            self._state = "open"
            self._honoured = self._released = self._abandoned = None
            self._turn(at)

    def move(self, at: int, due: int, by: str, agreed: bool, consent: bool) -> None:
        """Another date is given, by ``company`` or ``customer``. ``consent``: the story has the
        customer want or accept it while the date it replaces was still ahead."""
        written = self._say(
            at,
            "rescheduled",
            self.source,
            due_at=moment(due),
            initiated_by=by,
            customer_agreed=agreed,
        )
        first_date = self._first is None
        if consent or first_date:
            self.due = due
        if not written:
            return
        if first_date:
            self._first = due
        self._agreed = due if consent or first_date else self._agreed
        self._latest = due
        self.promise.reschedulings.append(at)
        self.promise.signs.append(at)
        self._turn(at)

    def pause(self, at: int, until: int) -> None:
        """The customer has to answer first; the date does not move."""
        for when, step, paused in ((at, "paused", True), (until, "resumed", False)):
            if self._say(when, step, self.source, waiting_for="customer"):
                self._paused = paused
                self._turn(when)

    def hand_over(self, at: int, to: str) -> None:
        """Proposes the promise to another department; until somebody accepts, nobody owns it."""
        self._giver = self.owner
        desk = DESK[self.owner] if self.owner is not None else MAIL
        if self._say(at, "handed_over", desk, to_department=to):
            self.owner = None
            self._turn(at)

    def accept(self, at: int, department: str) -> None:
        """The department proposed takes it on, or the one before takes it back."""
        if self._say(at, "accepted", DESK[department]):
            self.owner = department
            self._turn(at)

    def refuse(self, at: int, department: str, back: int) -> None:
        """The other department says no (which moves nothing), and the giver takes it back."""
        body: dict[str, object] = {
            "to_department": self._giver,
            "commitment_id": self.promise.commitment_id,
            "reason": "not_ours",
        }
        self.scribe.fact("alert.raised", DESK[department], self.promise.customer, at, body)
        if self._giver is not None:
            self.accept(back, self._giver)

    def chase(self, at: int, channel: str) -> None:
        """The customer has to remind the company."""
        promise = self.promise
        self.scribe.fact(
            "customer.chased",
            PHONE if channel == "phone" else MAIL,
            promise.customer,
            at,
            {"commitment_id": promise.commitment_id, "channel": channel, "refs": self.refs},
        )
        promise.settled_at = max(promise.settled_at, at)
        if at <= self.scribe.end:
            promise.chases.append(at)

    def share(self, at: int, shown: bool) -> None:
        """Progress, shown to the customer or kept in a file."""
        promise = self.promise
        self.scribe.fact(
            "progress.shared",
            self.source,
            promise.customer,
            at,
            {"commitment_id": promise.commitment_id, "shown_to_customer": shown},
        )
        if shown and at <= self.scribe.end:
            promise.signs.append(at)

    def write_first(self, at: int, kind: str, channel: str, source: str) -> None:
        """The company writes or calls about it of its own accord."""
        promise = self.promise
        self.scribe.fact(
            "touchpoint.occurred",
            source,
            promise.customer,
            at,
            {
                "kind": kind,
                "channel": channel,
                "initiated_by": "company",
                "commitment_id": promise.commitment_id,
            },
        )
        if at <= self.scribe.end:
            promise.signs.append(at)

    def say_again(self, at: int, body: dict[str, object], differently: bool) -> None:
        """A second system writes the same promise down: word for word, or with another date,
        which then waits for somebody to look at it. An hour later the company writes."""
        if at + HOUR > self.scribe.end:
            return
        customer = self.promise.customer
        fact = self.scribe.fact("commitment.made", DESK["logistics"], customer, at, body)
        if differently:
            self.scribe.wait("made_twice", self.promise.commitment_id, at, fact)
        self.write_first(at + HOUR, "order_confirmation", "email", MAIL)
