"""The client of a door, for asyncio."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from itertools import count
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

import httpx2

from pledger_sdk._contract.ledger.port import EventData
from pledger_sdk.http import requests
from pledger_sdk.http.answers import DueChange, Fact, Position, Receipts
from pledger_sdk.http.door import (
    TIMEOUT,
    Lines,
    answer_of,
    away,
    change_of,
    door_at,
    expect_good,
    merged,
    pause_of,
)
from pledger_sdk.http.errors import DoorAway, DoorError, NoDoor, NotYet, StreamBroken
from pledger_sdk.http.methods import Methods
from pledger_sdk.http.requests import Duration, FactsAsked, Page, Request
from pledger_sdk.http.retries import Retries
from pledger_sdk.ids import Ids

T = TypeVar("T")


class AsyncClient(Methods):
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

    async def due_stream(
        self, within: Duration, *, since: Position | None = None
    ) -> AsyncIterator[DueChange]:
        """The worklist as it changes, without end: the lines that are there now, or have changed
        ``since`` a position, and then each as it enters, changes or leaves. Where the stream breaks
        off it goes on from the last line that came; some may come again."""
        while True:
            request = requests.due_stream(within, since)
            response = await self._again(lambda: self._opened(request))  # noqa: B023 -- called at once
            try:
                async for event in httpx2.EventSource(response):
                    change = change_of(event)
                    since = change.position
                    yield change
            except httpx2.SSEError:
                raise NoDoor("an answer that is no stream of events") from None
            except httpx2.TransportError:
                pass  # as where it has ended
            finally:
                await response.aclose()
            await self._sleep(pause_of(self._door, self._retries))

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

    async def _all(self, request: Request[Page[T]]) -> AsyncIterator[T]:
        while True:
            page = await self._ask(request)
            for each in page.items:
                yield each
            if page.next is None:
                return
            request = request.after(page.next)

    async def _ask(self, request: Request[T]) -> T:
        if not request.twice:
            return await self._once(request)
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
