"""What both clients do in one request: each method says which, and the client sends it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Unpack

from pledger_sdk._contract.ledger.port import EventData
from pledger_sdk.http import requests
from pledger_sdk.http.answers import (
    Balance,
    Chain,
    Commitment,
    CommitmentSummary,
    Customer,
    Decision,
    Due,
    Fact,
    Found,
    Journey,
    JourneySummary,
    Metric,
    MetricEntry,
    Promises,
    Receipt,
    SuspenseItem,
    Unit,
    WhatIf,
)
from pledger_sdk.http.descriptors import Asks, Lists
from pledger_sdk.http.operating import (
    AccessRecord,
    DismissedMessage,
    HomeStatus,
    Message,
    MessageSummary,
    ParkedSubject,
    ParkedSummary,
    RetriedMessage,
    Unparked,
)
from pledger_sdk.http.requests import (
    Asked,
    CommitmentAsked,
    CommitmentsAsked,
    Duration,
    GroupsAsked,
    Instant,
    JourneysAsked,
    MetricAsked,
    Page,
    PageAsked,
    PromisesAsked,
    QuarantineAsked,
    RecordsAsked,
    Request,
    SearchAsked,
    UnitsAsked,
    WhatIfAsked,
)
from pledger_sdk.ids import Ids


def _retried(answer: Mapping[str, Any]) -> tuple[RetriedMessage, ...]:
    return tuple(map(RetriedMessage.model_validate, answer["retried"]))


class Methods:
    """All but what takes several requests, or a stream. Every method raises ``DoorError`` (by its
    kind), ``DoorAway``, ``NoDoor``, and ``Refused`` for what can't be sent."""

    _ids: Ids

    # --- facts ---------------------------------------------------------------------------------

    @Asks
    def emit(self, fact: EventData) -> Request[Receipt]:
        """Sends one fact, as a ``Sealer`` makes it, and returns when it is durable. The same fact
        may be sent again at any time."""
        return requests.emit_one(fact)

    @Asks
    def fact(self, id: str, **asked: Unpack[Asked]) -> Request[Fact]:
        """One fact."""
        return requests.ask(Fact, asked, "facts", id)

    # --- questions -----------------------------------------------------------------------------

    @Asks
    def promises(self, **asked: Unpack[PromisesAsked]) -> Request[Promises]:
        """How well promises were kept, on three bases."""
        return requests.ask(Promises, asked, "promises")

    @Lists
    def commitments(self, **asked: Unpack[CommitmentsAsked]) -> Request[Page[CommitmentSummary]]:
        """Promises by agreed date, page after page."""
        return requests.listed("commitments", CommitmentSummary, asked, "commitments")

    @Asks
    def commitment(self, id: str, **asked: Unpack[CommitmentAsked]) -> Request[Commitment]:
        """One promise and its history."""
        return requests.ask(Commitment, asked, "commitments", id)

    @Asks
    def chain(self, id: str, **asked: Unpack[Asked]) -> Request[Chain]:
        """One promise and all that support it, and which broke first."""
        return requests.ask(Chain, asked, "commitments", id, "chain")

    @Asks
    def due(self, within: Duration, **asked: Unpack[Asked]) -> Request[Due]:
        """Who waits: overdue first, then what falls due within this time."""
        return requests.ask(Due, {"within": within, **asked}, "due")

    @Asks
    def balance(
        self, start: Instant, end: Instant, **asked: Unpack[GroupsAsked]
    ) -> Request[Balance]:
        """What was outstanding after ``start``, came and went, and is outstanding at ``end``."""
        return requests.ask(Balance, {"start": start, "end": end, **asked}, "balance")

    @Asks
    def customer(self, id: str, **asked: Unpack[Asked]) -> Request[Customer]:
        """Everything about a customer, by any of the linked ids."""
        return requests.ask(Customer, asked, "customers", id)

    @Lists
    def journeys(self, **asked: Unpack[JourneysAsked]) -> Request[Page[JourneySummary]]:
        """Journeys by their first facts, page after page."""
        return requests.listed("journeys", JourneySummary, asked, "journeys")

    @Asks
    def journey(self, id: str, **asked: Unpack[Asked]) -> Request[Journey]:
        """One journey across departments, step by step."""
        return requests.ask(Journey, asked, "journeys", id)

    @Lists
    def suspense(self, **asked: Unpack[PageAsked]) -> Request[Page[SuspenseItem]]:
        """What waits for a missing fact, page after page."""
        return requests.listed("items", SuspenseItem, asked, "suspense")

    @Asks
    def search(self, text: str, **asked: Unpack[SearchAsked]) -> Request[Found]:
        """What is called so, or begins so: customers, promises, journeys, issues, payments."""
        return requests.ask(Found, {"q": text, **asked}, "search")

    @Asks
    def metrics(self, family: str | None = None) -> Request[tuple[MetricEntry, ...]]:
        """Which numbers there are, and what each means."""
        return requests.every("metrics", MetricEntry, {"family": family}, "metrics")

    @Asks
    def metric(self, name: str, **asked: Unpack[MetricAsked]) -> Request[Metric]:
        """One number, with its groups."""
        return requests.ask(Metric, asked, "metrics", name)

    @Lists
    def units(self, name: str, **asked: Unpack[UnitsAsked]) -> Request[Page[Unit]]:
        """What one number is made of, page after page."""
        return requests.listed("units", Unit, asked, "metrics", name, "units")

    @Asks
    def what_if(self, facts: Iterable[EventData], **asked: Unpack[WhatIfAsked]) -> Request[WhatIf]:
        """The scoreboard as it would be under these policies and calendars. Nothing is written."""
        return requests.what_if(facts, asked)

    # --- the desk ------------------------------------------------------------------------------

    @Asks
    def make(
        self, /, *, department: str, customer: str, key: str | None = None, **fields: object
    ) -> Request[Decision]:
        """Makes a promise. ``fields`` are those of ``commitment.made`` (``about``, ``due_at``, …),
        ``system`` and ``time``; ``commitment_id`` names it, or one is made up. Saying it again with
        the same ``key`` adds nothing; without one, this call has its own."""
        said = {"department": department, "customer": customer, **fields}
        return requests.decide(said, self._key(key), None, "commitments")

    @Asks
    def decline(
        self, /, *, department: str, customer: str, key: str | None = None, **fields: object
    ) -> Request[Decision]:
        """Promises nothing."""
        said = {"department": department, "customer": customer, **fields}
        return requests.decide(said, self._key(key), None, "commitments", "decline")

    @Asks
    def open_issue(
        self, /, *, department: str, customer: str, key: str | None = None, **fields: object
    ) -> Request[Decision]:
        """Opens an issue; ``issue_id`` names it, or one is made up."""
        said = {"department": department, "customer": customer, **fields}
        return requests.decide(said, self._key(key), None, "issues")

    @Asks
    def decide(
        self,
        /,
        verb: str,
        id: str,
        *,
        department: str,
        about: Literal["commitments", "issues"] = "commitments",
        expect: int | None = None,
        key: str | None = None,
        **fields: object,
    ) -> Request[Decision]:
        """Decides about a promise (``honour``, ``reschedule``, …) or an issue. ``expect`` is the
        version on which one decides: ``Outdated`` where it is another. ``Declined`` where it would
        change nothing."""
        said = {"department": department, **fields}
        return requests.decide(said, self._key(key), expect, about, id, verb)

    def _key(self, given: str | None) -> str:
        return given or str(self._ids())

    # --- operations ----------------------------------------------------------------------------

    @Asks
    def status(self) -> Request[HomeStatus]:
        """How far ledger and views are, and what waits for people."""
        return requests.ask(HomeStatus, {}, "status")

    @Lists
    def quarantine(self, **asked: Unpack[QuarantineAsked]) -> Request[Page[MessageSummary]]:
        """Messages that are no facts, by their places, page after page."""
        return requests.listed("quarantined", MessageSummary, asked, "quarantine")

    @Asks
    def message(self, place: str) -> Request[Message]:
        """A message in quarantine, whole."""
        return requests.ask(Message, {}, "quarantine", place)

    @Asks
    def retry(self, place: str) -> Request[RetriedMessage]:
        """Reads a message once more, and takes its fact in if it is one. This, ``dismiss`` and
        ``unpark`` are sent once: sent again, what was done already would be nowhere to be found."""
        return requests.act(lambda answer: _retried(answer)[0], None, "quarantine", place, "retry")

    @Asks
    def retry_all(self) -> Request[tuple[RetriedMessage, ...]]:
        """As ``retry``, for every open message."""
        return requests.act(_retried, None, "quarantine", "retry")

    @Asks
    def dismiss(self, place: str, reason: str) -> Request[DismissedMessage]:
        """Closes a message: it is not taken in."""
        return requests.act(
            DismissedMessage.model_validate, {"reason": reason}, "quarantine", place, "dismiss"
        )

    @Asks
    def parked(self) -> Request[tuple[ParkedSummary, ...]]:
        """The subjects whose facts wait, those that wait longest first."""
        return requests.every("parked", ParkedSummary, {}, "parked")

    @Asks
    def parked_subject(self, subject: str) -> Request[ParkedSubject]:
        """One of them, with the places of its facts."""
        return requests.ask(ParkedSubject, {}, "parked", subject)

    @Asks
    def unpark(
        self, subject: str, *, dismiss: Sequence[str] = (), reason: str = ""
    ) -> Request[Unparked]:
        """Folds in the waiting facts of a parked subject, but for those at the places in
        ``dismiss``, which are none for a ``reason``."""
        said = {"dismiss": [*dismiss], "reason": reason}
        return requests.act(Unparked.model_validate, said, "parked", subject, "unpark")

    # --- access --------------------------------------------------------------------------------

    @Lists
    def access_records(self, **asked: Unpack[RecordsAsked]) -> Request[Page[AccessRecord]]:
        """Who read personal fields, by which question, and of which facts; the oldest first, page
        after page."""
        return requests.listed("records", AccessRecord, asked, "access-records")
