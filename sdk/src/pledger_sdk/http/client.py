"""The client of a door, for code that waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, Unpack

import httpx2
from pydantic import BaseModel

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
    Position,
    Promises,
    Receipt,
    Receipts,
    SuspenseItem,
    Unit,
    WhatIf,
)
from pledger_sdk.http.door import TIMEOUT, Lines, answer_of, away, door_at, expect_good, merged
from pledger_sdk.http.errors import DoorAway, DoorError, NoDoor, NotYet, StreamBroken
from pledger_sdk.http.requests import (
    Asked,
    CommitmentAsked,
    CommitmentsAsked,
    Duration,
    FactsAsked,
    GroupsAsked,
    Instant,
    JourneysAsked,
    MetricAsked,
    Page,
    PageAsked,
    PromisesAsked,
    Request,
    SearchAsked,
    UnitsAsked,
    WhatIfAsked,
)
from pledger_sdk.http.retries import Retries
from pledger_sdk.ids import Ids

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


class Client:
    """Asks, emits and decides at the door of a home.

    - ``address``: ``http[s]://host[:port]``.
    - ``key``: what lets in; that of the environment variable ``PLEDGER_KEY``, if not given.
    - ``timeout``: seconds to wait for an answer, or for more of it.
    - ``retries``: when what fails for a while is sent again.
    - ``http``: an ``httpx2.Client`` of your own, with its proxies and certificates. It is not
      closed with this one.

    Threads may share one. Every method raises ``DoorError`` (by its kind), ``DoorAway``,
    ``NoDoor``, and ``Refused`` for what can't be sent.
    """

    def __init__(
        self,
        address: str,
        *,
        key: str | None = None,
        timeout: float = TIMEOUT,
        retries: Retries | None = None,
        http: httpx2.Client | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._door = door_at(address, key)
        self._timeout = timeout
        self._retries = retries or Retries()
        self._http = http or httpx2.Client()
        self._own = http is None
        self._sleep = sleep
        self._ids = Ids()

    # --- facts ---------------------------------------------------------------------------------

    def emit(self, fact: EventData) -> Receipt:
        """Sends one fact, as a ``Sealer`` makes it, and returns when it is durable. The same fact
        may be sent again at any time."""
        return self._ask(requests.emit_one(fact))

    def emit_all(self, facts: Iterable[EventData], *, all_or_nothing: bool = False) -> Receipts:
        """Sends facts, in batches of 10,000 at the most, and returns when they are durable; what is
        refused is in ``rejected``. Where it raises, what went before may be kept: to send all of
        them again is safe. ``all_or_nothing`` keeps none where one is refused, within one batch.
        """
        batches = requests.batches(facts)
        if all_or_nothing:
            batches = iter(requests.one_batch(batches))
        parts, sizes = [], []
        for batch in batches:
            parts.append(self._ask(requests.emit(batch, all_or_nothing=all_or_nothing)))
            sizes.append(len(batch))
        return merged(parts, sizes)

    def facts(self, **asked: Unpack[FactsAsked]) -> Iterator[Fact]:
        """The facts themselves, as they come. Raises ``StreamBroken`` where they break off."""
        request = requests.lines(asked)
        lines = Lines()
        response = self._again(lambda: self._opened(request))
        try:
            for content in response.iter_bytes():
                yield from lines.feed(content)
        except httpx2.TransportError:
            raise StreamBroken(lines.position) from None
        finally:
            response.close()
        lines.end()

    def fact(self, id: str, **asked: Unpack[Asked]) -> Fact:
        """One fact."""
        return self._ask(requests.ask(Fact, asked, "facts", id))

    def wait_for(self, position: Position, timeout: float = 30.0) -> None:
        """Returns when the views hold a position, as a receipt gives it. Raises ``NotYet`` where
        they do not within so many seconds."""
        until = time.monotonic() + timeout
        while True:
            try:
                self._ask(requests.held(position, until - time.monotonic()))
            except NotYet:
                if time.monotonic() >= until:
                    raise
            else:
                return

    # --- questions -----------------------------------------------------------------------------

    def promises(self, **asked: Unpack[PromisesAsked]) -> Promises:
        """How well promises were kept, on three bases."""
        return self._ask(requests.ask(Promises, asked, "promises"))

    def commitments(self, **asked: Unpack[CommitmentsAsked]) -> Iterator[CommitmentSummary]:
        """Promises by agreed date, page after page."""
        return self._all("commitments", CommitmentSummary, asked, "commitments")

    def commitment(self, id: str, **asked: Unpack[CommitmentAsked]) -> Commitment:
        """One promise and its history."""
        return self._ask(requests.ask(Commitment, asked, "commitments", id))

    def chain(self, id: str, **asked: Unpack[Asked]) -> Chain:
        """One promise and all that support it, and which broke first."""
        return self._ask(requests.ask(Chain, asked, "commitments", id, "chain"))

    def due(self, within: Duration, **asked: Unpack[Asked]) -> Due:
        """Who waits: overdue first, then what falls due within this time."""
        return self._ask(requests.ask(Due, {"within": within, **asked}, "due"))

    def balance(self, start: Instant, end: Instant, **asked: Unpack[GroupsAsked]) -> Balance:
        """What was outstanding after ``start``, came and went, and is outstanding at ``end``."""
        return self._ask(requests.ask(Balance, {"start": start, "end": end, **asked}, "balance"))

    def customer(self, id: str, **asked: Unpack[Asked]) -> Customer:
        """Everything about a customer, by any of the linked ids."""
        return self._ask(requests.ask(Customer, asked, "customers", id))

    def journeys(self, **asked: Unpack[JourneysAsked]) -> Iterator[JourneySummary]:
        """Journeys by their first facts, page after page."""
        return self._all("journeys", JourneySummary, asked, "journeys")

    def journey(self, id: str, **asked: Unpack[Asked]) -> Journey:
        """One journey across departments, step by step."""
        return self._ask(requests.ask(Journey, asked, "journeys", id))

    def suspense(self, **asked: Unpack[PageAsked]) -> Iterator[SuspenseItem]:
        """What waits for a missing fact, page after page."""
        return self._all("items", SuspenseItem, asked, "suspense")

    def search(self, text: str, **asked: Unpack[SearchAsked]) -> Found:
        """What is called so, or begins so: customers, promises, journeys, issues, payments."""
        return self._ask(requests.ask(Found, {"q": text, **asked}, "search"))

    def metrics(self, family: str | None = None) -> tuple[MetricEntry, ...]:
        """Which numbers there are, and what each means."""
        page = self._ask(requests.listed("metrics", MetricEntry, {"family": family}, "metrics"))
        return page.items

    def metric(self, name: str, **asked: Unpack[MetricAsked]) -> Metric:
        """One number, with its groups."""
        return self._ask(requests.ask(Metric, asked, "metrics", name))

    def units(self, name: str, **asked: Unpack[UnitsAsked]) -> Iterator[Unit]:
        """What one number is made of, page after page."""
        return self._all("units", Unit, asked, "metrics", name, "units")

    def what_if(self, facts: Iterable[EventData], **asked: Unpack[WhatIfAsked]) -> WhatIf:
        """The scoreboard as it would be under these policies and calendars. Nothing is written."""
        return self._ask(requests.what_if(facts, asked))

    # --- the desk ------------------------------------------------------------------------------

    def make(
        self, *, department: str, customer: str, key: str | None = None, **fields: object
    ) -> Decision:
        """Makes a promise. ``fields`` are those of ``commitment.made`` (``about``, ``due_at``, …),
        ``system`` and ``time``; ``commitment_id`` names it, or one is made up. Saying it again with
        the same ``key`` adds nothing; without one, this call has its own."""
        said = {"department": department, "customer": customer, **fields}
        return self._decide(said, key, None, "commitments")

    def decline(
        self, *, department: str, customer: str, key: str | None = None, **fields: object
    ) -> Decision:
        """Promises nothing."""
        said = {"department": department, "customer": customer, **fields}
        return self._decide(said, key, None, "commitments", "decline")

    def open_issue(
        self, *, department: str, customer: str, key: str | None = None, **fields: object
    ) -> Decision:
        """Opens an issue; ``issue_id`` names it, or one is made up."""
        said = {"department": department, "customer": customer, **fields}
        return self._decide(said, key, None, "issues")

    def decide(
        self,
        verb: str,
        id: str,
        *,
        department: str,
        about: Literal["commitments", "issues"] = "commitments",
        expect: int | None = None,
        key: str | None = None,
        **fields: object,
    ) -> Decision:
        """Decides about a promise (``honour``, ``reschedule``, …) or an issue. ``expect`` is the
        version on which one decides: ``Outdated`` where it is another. ``Declined`` where it would
        change nothing."""
        return self._decide({"department": department, **fields}, key, expect, about, id, verb)

    # --- how it is done ------------------------------------------------------------------------

    def close(self) -> None:
        """Lets go of the connections."""
        if self._own:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__} of {self._door.address}>"

    def _decide(
        self, said: dict[str, object], key: str | None, expect: int | None, *path: str
    ) -> Decision:
        return self._ask(requests.decide(said, key or str(self._ids()), expect, *path))

    def _all(self, key: str, item: type[M], asked: Any, *path: str) -> Iterator[M]:
        request = requests.listed(key, item, asked, *path)
        while True:
            page: Page[M] = self._ask(request)
            yield from page.items
            if page.next is None:
                return
            request = request.after(page.next)

    def _ask(self, request: Request[T]) -> T:
        return self._again(lambda: self._once(request))

    def _again(self, attempt: Callable[[], T]) -> T:
        for number in count(1):
            try:
                return attempt()
            except (DoorError, DoorAway, NoDoor) as problem:
                pause = self._retries.pause(number, problem)
                if pause is None:
                    raise
            self._sleep(pause)
        raise AssertionError  # count has no end

    def _once(self, request: Request[T]) -> T:
        response = self._sent(request, stream=False)
        return answer_of(request, response.status_code, response.headers, response.content)

    def _opened(self, request: Request[Any]) -> httpx2.Response:
        """The answer, of which nothing is read but where it is none."""
        response = self._sent(request, stream=True)
        if response.status_code != 200:
            try:
                content = response.read()
            except httpx2.TransportError as problem:
                raise away(self._door, problem) from None
            finally:
                response.close()
            expect_good(response.status_code, response.headers, content)
        return response

    def _sent(self, request: Request[Any], *, stream: bool) -> httpx2.Response:
        built = self._http.build_request(**self._door.sent(request), timeout=self._timeout)
        try:
            return self._http.send(built, stream=stream, follow_redirects=False)
        except httpx2.TransportError as problem:
            raise away(self._door, problem) from None
