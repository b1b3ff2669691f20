"""The client of a door, for code that waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
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


class Client(Methods):
    """Asks, emits and decides at the door of a home.

    - ``address``: ``http[s]://host[:port]``.
    - ``key``: what lets in; that of the environment variable ``PLEDGER_KEY``, if not given.
    - ``timeout``: seconds to wait for an answer, or for more of it.
    - ``retries``: when what fails for a while is sent again.
    - ``http``: an ``httpx2.Client`` of your own, with its proxies and certificates. It is not
      closed with this one.

    Threads may share one.
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

    def due_stream(self, within: Duration, *, since: Position | None = None) -> Iterator[DueChange]:
        """The worklist as it changes, without end: the lines that are there now, or have changed
        ``since`` a position, and then each as it enters, changes or leaves. Where the stream breaks
        off it goes on from the last line that came; some may come again."""
        while True:
            request = requests.due_stream(within, since)
            response = self._again(lambda: self._opened(request))  # noqa: B023 -- called at once
            try:
                for event in httpx2.EventSource(response):
                    change = change_of(event)
                    since = change.position
                    yield change
            except httpx2.SSEError:
                raise NoDoor("an answer that is no stream of events") from None
            except httpx2.TransportError:
                pass  # as where it has ended
            finally:
                response.close()
            self._sleep(pause_of(self._door, self._retries))

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

    def _all(self, request: Request[Page[T]]) -> Iterator[T]:
        while True:
            page = self._ask(request)
            yield from page.items
            if page.next is None:
                return
            request = request.after(page.next)

    def _ask(self, request: Request[T]) -> T:
        if not request.twice:
            return self._once(request)
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
