"""The client of a door, for asyncio: as the other, whose methods say what they do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
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


class AsyncClient:
    """As ``Client``, for asyncio; ``http`` is an ``httpx2.AsyncClient``."""

    def __init__(
        self,
        address: str,
        *,
        key: str | None = None,
        timeout: float = TIMEOUT,
        retries: Retries | None = None,
        http: httpx2.AsyncClient | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._door = door_at(address, key)
        self._timeout = timeout
        self._retries = retries or Retries()
        self._http = http or httpx2.AsyncClient()
        self._own = http is None
        self._sleep = sleep
        self._ids = Ids()

    # --- facts ---------------------------------------------------------------------------------

    async def emit(self, fact: EventData) -> Receipt:
        """Sends one fact, as a ``Sealer`` makes it, and returns when it is durable. The same fact
        may be sent again at any time."""
        return await self._ask(requests.emit_one(fact))

    async def emit_all(
        self, facts: Iterable[EventData], *, all_or_nothing: bool = False
    ) -> Receipts:
        """Sends facts, in batches of 10,000 at the most, and returns when they are durable; what is
        refused is in ``rejected``. Where it raises, what went before may be kept: to send all of
        them again is safe. ``all_or_nothing`` keeps none where one is refused, within one batch.
        """
        batches = requests.batches(facts)
        if all_or_nothing:
            batches = iter(requests.one_batch(batches))
        parts, sizes = [], []
        for batch in batches:
            parts.append(await self._ask(requests.emit(batch, all_or_nothing=all_or_nothing)))
            sizes.append(len(batch))
        return merged(parts, sizes)

    async def facts(self, **asked: Unpack[FactsAsked]) -> AsyncIterator[Fact]:
        """The facts themselves, as they come. Raises ``StreamBroken`` where they break off."""
        request = requests.lines(asked)
        lines = Lines()
        response = await self._again(lambda: self._opened(request))
        try:
            async for content in response.aiter_bytes():
                for fact in lines.feed(content):
                    yield fact
        except httpx2.TransportError:
            raise StreamBroken(lines.position) from None
        finally:
            await response.aclose()
        lines.end()

    async def fact(self, id: str, **asked: Unpack[Asked]) -> Fact:
        """One fact."""
        return await self._ask(requests.ask(Fact, asked, "facts", id))

    async def wait_for(self, position: Position, timeout: float = 30.0) -> None:  # noqa: ASYNC109 -- as Client's
        """Returns when the views hold a position, as a receipt gives it. Raises ``NotYet`` where
        they do not within so many seconds."""
        until = time.monotonic() + timeout
        while True:
            try:
                await self._ask(requests.held(position, until - time.monotonic()))
            except NotYet:
                if time.monotonic() >= until:
                    raise
            else:
                return

    # --- questions -----------------------------------------------------------------------------

    async def promises(self, **asked: Unpack[PromisesAsked]) -> Promises:
        """How well promises were kept, on three bases."""
        return await self._ask(requests.ask(Promises, asked, "promises"))

    def commitments(self, **asked: Unpack[CommitmentsAsked]) -> AsyncIterator[CommitmentSummary]:
        """Promises by agreed date, page after page."""
        return self._all("commitments", CommitmentSummary, asked, "commitments")

    async def commitment(self, id: str, **asked: Unpack[CommitmentAsked]) -> Commitment:
        """One promise and its history."""
        return await self._ask(requests.ask(Commitment, asked, "commitments", id))

    async def chain(self, id: str, **asked: Unpack[Asked]) -> Chain:
        """One promise and all that support it, and which broke first."""
        return await self._ask(requests.ask(Chain, asked, "commitments", id, "chain"))

    async def due(self, within: Duration, **asked: Unpack[Asked]) -> Due:
        """Who waits: overdue first, then what falls due within this time."""
        return await self._ask(requests.ask(Due, {"within": within, **asked}, "due"))

    async def balance(self, start: Instant, end: Instant, **asked: Unpack[GroupsAsked]) -> Balance:
        """What was outstanding after ``start``, came and went, and is outstanding at ``end``."""
        return await self._ask(
            requests.ask(Balance, {"start": start, "end": end, **asked}, "balance")
        )

    async def customer(self, id: str, **asked: Unpack[Asked]) -> Customer:
        """Everything about a customer, by any of the linked ids."""
        return await self._ask(requests.ask(Customer, asked, "customers", id))

    def journeys(self, **asked: Unpack[JourneysAsked]) -> AsyncIterator[JourneySummary]:
        """Journeys by their first facts, page after page."""
        return self._all("journeys", JourneySummary, asked, "journeys")

    async def journey(self, id: str, **asked: Unpack[Asked]) -> Journey:
        """One journey across departments, step by step."""
        return await self._ask(requests.ask(Journey, asked, "journeys", id))

    def suspense(self, **asked: Unpack[PageAsked]) -> AsyncIterator[SuspenseItem]:
        """What waits for a missing fact, page after page."""
        return self._all("items", SuspenseItem, asked, "suspense")

    async def search(self, text: str, **asked: Unpack[SearchAsked]) -> Found:
        """What is called so, or begins so: customers, promises, journeys, issues, payments."""
        return await self._ask(requests.ask(Found, {"q": text, **asked}, "search"))

    async def metrics(self, family: str | None = None) -> tuple[MetricEntry, ...]:
        """Which numbers there are, and what each means."""
        page = await self._ask(
            requests.listed("metrics", MetricEntry, {"family": family}, "metrics")
        )
        return page.items

    async def metric(self, name: str, **asked: Unpack[MetricAsked]) -> Metric:
        """One number, with its groups."""
        return await self._ask(requests.ask(Metric, asked, "metrics", name))

    def units(self, name: str, **asked: Unpack[UnitsAsked]) -> AsyncIterator[Unit]:
        """What one number is made of, page after page."""
        return self._all("units", Unit, asked, "metrics", name, "units")

    async def what_if(self, facts: Iterable[EventData], **asked: Unpack[WhatIfAsked]) -> WhatIf:
        """The scoreboard as it would be under these policies and calendars. Nothing is written."""
        return await self._ask(requests.what_if(facts, asked))

    # --- the desk ------------------------------------------------------------------------------

    async def make(
        self, *, department: str, customer: str, key: str | None = None, **fields: object
    ) -> Decision:
        """Makes a promise. ``fields`` are those of ``commitment.made`` (``about``, ``due_at``, …),
        ``system`` and ``time``; ``commitment_id`` names it, or one is made up. Saying it again with
        the same ``key`` adds nothing; without one, this call has its own."""
        said = {"department": department, "customer": customer, **fields}
        return await self._decide(said, key, None, "commitments")

    async def decline(
        self, *, department: str, customer: str, key: str | None = None, **fields: object
    ) -> Decision:
        """Promises nothing."""
        said = {"department": department, "customer": customer, **fields}
        return await self._decide(said, key, None, "commitments", "decline")

    async def open_issue(
        self, *, department: str, customer: str, key: str | None = None, **fields: object
    ) -> Decision:
        """Opens an issue; ``issue_id`` names it, or one is made up."""
        said = {"department": department, "customer": customer, **fields}
        return await self._decide(said, key, None, "issues")

    async def decide(
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
        return await self._decide(
            {"department": department, **fields}, key, expect, about, id, verb
        )

    # --- how it is done ------------------------------------------------------------------------

    async def close(self) -> None:
        """Lets go of the connections."""
        if self._own:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__} of {self._door.address}>"

    async def _decide(
        self, said: dict[str, object], key: str | None, expect: int | None, *path: str
    ) -> Decision:
        return await self._ask(requests.decide(said, key or str(self._ids()), expect, *path))

    async def _all(self, key: str, item: type[M], asked: Any, *path: str) -> AsyncIterator[M]:
        request = requests.listed(key, item, asked, *path)
        while True:
            page: Page[M] = await self._ask(request)
            for each in page.items:
                yield each
            if page.next is None:
                return
            request = request.after(page.next)

    async def _ask(self, request: Request[T]) -> T:
        return await self._again(lambda: self._once(request))

    async def _again(self, attempt: Callable[[], Awaitable[T]]) -> T:
        for number in count(1):
            try:
                return await attempt()
            except (DoorError, DoorAway, NoDoor) as problem:
                pause = self._retries.pause(number, problem)
                if pause is None:
                    raise
            await self._sleep(pause)
        raise AssertionError  # count has no end

    async def _once(self, request: Request[T]) -> T:
        response = await self._sent(request, stream=False)
        return answer_of(request, response.status_code, response.headers, response.content)

    async def _opened(self, request: Request[Any]) -> httpx2.Response:
        """The answer, of which nothing is read but where it is none."""
        response = await self._sent(request, stream=True)
        if response.status_code != 200:
            try:
                content = await response.aread()
            except httpx2.TransportError as problem:
                raise away(self._door, problem) from None
            finally:
                await response.aclose()
            expect_good(response.status_code, response.headers, content)
        return response

    async def _sent(self, request: Request[Any], *, stream: bool) -> httpx2.Response:
        built = self._http.build_request(**self._door.sent(request), timeout=self._timeout)
        try:
            return await self._http.send(built, stream=stream, follow_redirects=False)
        except httpx2.TransportError as problem:
            raise away(self._door, problem) from None
