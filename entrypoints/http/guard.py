"""What happens to every request before a route has it, and to every answer after.

A request has an id, which its answer gives back and the log has. It is held to the limits of the
door, and waits in no queue that is full. Whatever goes wrong, the answer is of the one shape, and
tells nothing of what is inside.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable, Mapping
from urllib.parse import unquote, unquote_to_bytes
from uuid import uuid4

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.errors import Problem
from entrypoints.http.limits import Limits
from entrypoints.http.problems import Refused, answer, fault

_LOG = logging.getLogger("pledger.http")

#: What every answer has, unless it says otherwise: it is for who asked alone, is what it says it
#: is, is shown in no other page, and brings nothing of another host with it.
SECURITY: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
#: An id of a request that is taken over; one that is none is not worth an error.
_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}")
#: By which a proxy says for whom, and by what address, a request came to it.
FORWARDED = frozenset(
    {"forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"}
)
#: Where a request keeps what is told if its time is over while it waits for something.
AWAITED = "awaited"
#: Header fields that have one value.
SINGLE = ("Authorization", "Content-Type", "Host", "Idempotency-Key", "Last-Event-ID")
#: What must be answered although the queue is full: whoever watches over a process asks it.
_ALWAYS = frozenset({"/healthz"})


class Guard:
    """The outermost layer of the application. ``unproxied``: see ``Door``."""

    def __init__(self, app: ASGIApp, limits: Limits, *, unproxied: bool = False) -> None:
        self._app = app
        self._limits = limits
        self._unproxied = unproxied
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await _Exchange(scope, receive, send).run(self)

    async def guarded(self, exchange: _Exchange) -> None:
        """One request, within the limits. Raises ``Refused`` before anything was answered."""
        scope = exchange.scope
        self._expect_small(scope)
        if self._unproxied:
            _expect_unproxied(scope)
        _expect_plain(scope)
        scope["path"] = _path(scope)
        if scope["path"] not in _ALWAYS:
            self._enter(exchange)
        try:
            async with asyncio.timeout(self._limits.request_s) as deadline:
                exchange.deadline = deadline
                await self._app(scope, _bounded(exchange, self._limits.body), exchange.send)
        except TimeoutError:
            raise self._late(exchange) from None
        finally:
            exchange.deadline = None
            exchange.leave()

    def _late(self, exchange: _Exchange) -> Refused:
        """What is told of a request whose time is over: by what it waited for last."""
        if exchange.awaits_body:
            return not_sent(f"a body that has come whole within {self._limits.request_s:g} s")
        awaited: Refused | None = exchange.scope["state"].get(AWAITED)
        return awaited or too_slow(self._limits.request_s)

    def _enter(self, exchange: _Exchange) -> None:
        if self._under_way >= self._limits.at_once:
            raise busy(f"at most {self._limits.at_once:,} requests at once")
        self._under_way += 1

        def leave() -> None:
            self._under_way -= 1
            exchange.leave = _nothing

        exchange.leave = leave

    def _expect_small(self, scope: Scope) -> None:
        target = len(scope.get("raw_path") or b"") + len(scope["query_string"])
        if target > self._limits.target:
            expected = f"an address of at most {self._limits.target:,} bytes"
            raise Refused(414, "too-long", expected, f"{target:,}", "ask in several requests")
        headers = sum(len(name) + len(value) for name, value in scope["headers"])
        if headers > self._limits.headers:
            expected = f"header fields of at most {self._limits.headers:,} bytes in all"
            raise Refused(431, "too-long", expected, f"{headers:,}", "leave some of them out")
        if b"\0" in unquote_to_bytes(scope["query_string"]) + unquote_to_bytes(
            scope.get("raw_path") or b""
        ):
            raise Refused(400, "wrong", "text without NUL", "one with it", "leave it out")


def _expect_plain(scope: Scope) -> None:
    """Of two values in the place of one, somebody else might read the other; and a body that is
    compressed is none of the media type that it says."""
    headers = Headers(scope=scope)
    for name in SINGLE:
        if len(headers.getlist(name)) > 1:
            raise Refused(400, "wrong", f"one header field {name}", "several", "keep one of them")
    codings = {
        each.strip().lower() for each in ",".join(headers.getlist("content-encoding")).split(",")
    }
    if codings - {"", "identity"}:
        raise Refused(
            415,
            "unsupported-media-type",
            "a body as it is, without a Content-Encoding",
            "one that is encoded",
            "send it as it is",
            headers={"Accept-Encoding": "identity"},
        )


def _expect_unproxied(scope: Scope) -> None:
    """Behind a proxy that the door does not know of, cookies would go without TLS, and all clients
    would be one."""
    if FORWARDED & set(Headers(scope=scope)):
        raise Refused(
            403,
            "proxied",
            "a request straight from its client",
            "one that came through a proxy, of which this door was not told",
            "{serve behind a proxy}",
        )


class _Exchange:
    """One request and its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self._receive = receive
        self._gone = False
        self._whole = False
        self.awaits_body = False
        self.deadline: asyncio.Timeout | None = None
        self.leave: Callable[[], None] = _nothing
        self._send = send
        self._status = 0
        given = Headers(scope=scope).get("x-request-id", "")
        self.id = given if _ID.fullmatch(given) else uuid4().hex
        self._head = scope["method"] == "HEAD"
        scope.setdefault("state", {}).update(request_id=self.id, head=self._head)
        if self._head:  # as GET, without the body
            scope["method"] = "GET"

    async def run(self, guard: Guard) -> None:
        """Answer, come what may."""
        start = time.perf_counter()
        try:
            await guard.guarded(self)
        except asyncio.CancelledError:
            # The server ends, and waits no longer for what is under way.
            if not self._status:
                await self._answer(ending())
        except Exception as error:
            if self._gone:
                return  # what fails since nobody reads is no fault
            problem = error if isinstance(error, Problem) else fault(error)
            if self._status:  # half an answer is known by its missing end
                self._status = 500
                raise
            await self._answer(problem)
        finally:
            method = "HEAD" if self._head else self.scope["method"]
            milliseconds = round(1_000 * (time.perf_counter() - start), 1)
            place = getattr(self.scope.get("route"), "path", "-")  # a path itself may name a person
            _LOG.info(
                "%s %s %s %s %s ms", self.id, method, place, self._status or "-", milliseconds
            )

    async def _answer(self, problem: Problem) -> None:
        await answer(Request(self.scope), problem)(self.scope, self.receive, self.send)

    async def receive(self) -> Message:
        """The next part of the request, or that its sender has gone."""
        self.awaits_body = not self._whole
        message = await self._receive()
        self.awaits_body, self._whole = False, not message.get("more_body", False)
        self._gone = self._gone or message["type"] == "http.disconnect"
        return message

    async def send(self, message: Message) -> None:
        """Pass an answer on, with what every answer has."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            if self.deadline is not None:
                self.deadline.reschedule(None)  # a stream lasts as long as its reader stays
            headers = MutableHeaders(scope=message)
            if headers.get("content-type", "").startswith("text/event-stream"):
                self.leave()  # most of the time there is nothing to do for it
            headers["X-Request-Id"] = self.id
            for name, value in {**SECURITY, **self.scope["state"].get("headers", {})}.items():
                headers.setdefault(name, value)
            await self._send(message)
            if self._head:  # and that is all: a stream would have no end
                await self._send({"type": "http.response.body", "body": b""})
        elif not self._head:
            await self._send(message)


def _bounded(exchange: _Exchange, most: int) -> Receive:
    """How a body is received of which no more than so many bytes are taken."""
    given = Headers(scope=exchange.scope).get("content-length", "")
    told, taken = int(given) if given.isdecimal() else 0, 0

    async def receive() -> Message:
        nonlocal taken
        message = await exchange.receive() if told <= most else {"type": "http.request"}
        taken += len(message.get("body", b""))
        if max(told, taken) > most:
            raise HTTPException(413)  # FastAPI passes it on where it reads bodies itself
        return message

    return receive


def _path(scope: Scope) -> str:
    """The path of a request, part by part, in which ``/`` and ``%`` within a part stay encoded:
    whatever an id has in it, it is one part. ``parameters.Id`` decodes it."""
    raw: bytes | None = scope.get("raw_path")
    if not raw or b"%" not in raw:
        path: str = scope["path"]
        return path
    parts = (unquote(part) for part in raw.decode("ascii", "replace").split("/"))
    return "/".join(part.replace("%", "%25").replace("/", "%2F") for part in parts)


def _nothing() -> None:
    """It has no place in the queue, or none any more."""


def busy(expected: str) -> Refused:
    """What is said where too much is under way already."""
    return Refused(
        503,
        "busy",
        expected,
        "more",
        "ask again in a moment",
        headers={"Retry-After": "1"},
    )


def not_sent(expected: str) -> Refused:
    """What is said of a request that does not come in time. Its rest is not waited for."""
    return Refused(
        408,
        "request-timeout",
        expected,
        "one of which some has not come",
        "send it again, without a pause",
        headers={"Connection": "close"},
    )


def ending() -> Refused:
    """What is said of a request that is under way when the door closes."""
    return Refused(
        503,
        "unavailable",
        "a door that stays open",
        "one that is being closed",
        "ask again in a moment",
        headers={"Retry-After": "5"},
    )


def too_slow(seconds: float) -> Refused:
    """What is said of a request that took too long."""
    return Refused(
        503,
        "too-slow",
        f"a request that is answered within {seconds:g} s",
        "one that takes longer",
        "ask about less, or again later",
        headers={"Retry-After": "10"},
    )
