"""Clients at a door of the tests' own: one that waits, and one for asyncio that is made to wait, so
that one suite holds both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, closing, contextmanager
from inspect import isasyncgen, isawaitable, isgenerator
from itertools import islice
from pathlib import Path
from typing import Any

import httpx2
from starlette.testclient import TestClient

from application.home import Home
from pledger_sdk.http import AsyncClient, Client, Retries
from tests.http.doors import ANY, door_to

ADDRESS = "http://testserver"
#: Nothing is waited for, and nothing is left to chance.
AT_ONCE = Retries(chance=lambda: 0.5)
Handler = Callable[[httpx2.Request], httpx2.Response]


class Waiting:
    """A client whose answers are there when its methods return, and whose lists are lists. Of one
    that is made up, ``slept`` are the pauses that it made, and ``seen`` the requests."""

    def __init__(self, client: Client | AsyncClient, runner: asyncio.Runner) -> None:
        self.client = client
        self.slept: list[float] = []
        self.seen: list[httpx2.Request] = []
        self._runner = runner

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.client, name)

        def call(*given: Any, **named: Any) -> Any:
            return self._whole(method(*given, **named))

        return call

    def first(self, count: int, name: str, *given: Any, **named: Any) -> list[Any]:
        """So many of what a method gives without end, which is let go then."""
        answer = getattr(self.client, name)(*given, **named)
        if isgenerator(answer):
            with closing(answer):
                return [*islice(answer, count)]
        return self._runner.run(_some(answer, count))

    def _whole(self, answer: Any) -> Any:
        if isawaitable(answer):
            return self._runner.run(_awaited(answer))
        if isasyncgen(answer):
            return self._runner.run(_drained(answer))
        return [*answer] if isgenerator(answer) else answer


async def _awaited(answer: Any) -> Any:
    return await answer


async def _drained(answer: AsyncIterator[Any]) -> list[Any]:
    return [each async for each in answer]


async def _some(answer: AsyncGenerator[Any, None], count: int) -> list[Any]:
    async with aclosing(answer) as each:
        return [await anext(each) for _ in range(count)]


@contextmanager
def client_at(kind: str, home: Path | Home, key: str = ANY) -> Iterator[Waiting]:
    """A client of a kind at the door of a home."""
    app = door_to(home)
    with TestClient(app, raise_server_exceptions=False) as http, asyncio.Runner() as runner:
        if kind == "sync":
            yield Waiting(Client(ADDRESS, key=key, http=http), runner)
            return
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        own = httpx2.AsyncClient(transport=transport)
        yield Waiting(AsyncClient(ADDRESS, key=key, http=own), runner)
        runner.run(own.aclose())


@contextmanager
def waiting_at(kind: str, address: str, key: str = ANY) -> Iterator[Waiting]:
    """A client of a kind at a door of another process."""
    with asyncio.Runner() as runner:
        client: Client | AsyncClient
        client = Client(address, key=key) if kind == "sync" else AsyncClient(address, key=key)
        waiting = Waiting(client, runner)
        yield waiting
        waiting.close()


@contextmanager
def client_of(kind: str, handler: Handler, **more: Any) -> Iterator[Waiting]:
    """A client of a kind to which a function answers."""
    transport = httpx2.MockTransport(handler)
    slept: list[float] = []
    settings = {"key": "pk_1", "retries": AT_ONCE, **more}
    with asyncio.Runner() as runner:
        client: Client | AsyncClient
        if kind == "sync":
            own = httpx2.Client(transport=transport)
            client = Client(ADDRESS, http=own, sleep=slept.append, **settings)
        else:

            async def pause(seconds: float) -> None:
                slept.append(seconds)

            client = AsyncClient(
                ADDRESS, http=httpx2.AsyncClient(transport=transport), sleep=pause, **settings
            )
        waiting = Waiting(client, runner)
        waiting.slept = slept
        yield waiting
