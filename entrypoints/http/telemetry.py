"""The numbers of this door for Prometheus. Names and labels are documented in
docs/reference/http.md and stay as they are. No label comes from a request but for its method and
the route that it found.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from application.status import status
from domain.errors import Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from application.embedded_home import EmbeddedHome
    from application.server_home import ServerHome
    from application.status import EmbeddedStatus, PartitionStatus, ServerStatus

#: Seconds that a request takes: limits of the histogram's buckets.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
#: The methods that are told apart; a request may name any.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"


class RequestNumbers:
    """Counts requests and measures how long each takes. Threads may share it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "pledger_http_requests",
            "Requests that were answered",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "pledger_http_request_seconds",
            "Time from a request to the end of its answer",
            ("method", "route"),
            buckets=SECONDS,
            registry=self.registry,
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)


class Counted:
    """An application whose requests are counted."""

    def __init__(self, app: ASGIApp, numbers: RequestNumbers) -> None:
        self._app = app
        self._numbers = numbers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # A copy: what is within writes to it, and a server goes by its own for what it may send.
        scope, begun, status = {**scope}, time.monotonic(), 500

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, told)
        finally:
            method = scope["method"] if scope["method"] in METHODS else OTHER
            # As it is written in the program, without what a request put into its places.
            route = getattr(scope.get("route"), "path", "none")
            self._numbers.answered(method, route, status, time.monotonic() - begun)


class HomeNumbers(Collector):
    """How far the ledger and the views of a home are, when this is asked."""

    def __init__(self, home: EmbeddedHome | ServerHome) -> None:
        self._home = home

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One series a partition; an embedded home has one, 0."""
        up = GaugeMetricFamily("pledger_home_up", "1 while ledger and views answer, 0 else")
        try:
            found = status(self._home)
        except Problem:
            up.add_metric((), 0)
            yield up
            return
        up.add_metric((), 1)
        yield up
        yield from _partitions(found)
        waiting = GaugeMetricFamily(
            "pledger_home_decisions_waiting", "Decisions of the desk that are not published yet"
        )
        waiting.add_metric((), found["decisions_waiting"])
        yield waiting


def _partitions(found: EmbeddedStatus | ServerStatus) -> Iterator[GaugeMetricFamily]:
    rows: list[tuple[str, EmbeddedStatus | PartitionStatus]]
    if found["home"] == "embedded":
        rows = [("0", found)]
    else:
        rows = [(str(row["partition"]), row) for row in found["partitions"]]
    head = _by_partition("head", "Places of the ledger")
    position = _by_partition("position", "Places that are folded into the views")
    lag = _by_partition("lag_facts", "Places that are not folded in yet")
    for partition, row in rows:
        head.add_metric((partition,), row["head"])
        position.add_metric((partition,), row["position"])
        lag.add_metric((partition,), row["lag"])
    yield from (head, position, lag)


def _by_partition(name: str, text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"pledger_home_{name}", text, labels=("partition",))


def text_of(numbers: RequestNumbers, home: EmbeddedHome | ServerHome) -> bytes:
    """All numbers, as Prometheus reads them."""
    own = CollectorRegistry()
    own.register(HomeNumbers(home))
    return generate_latest(numbers.registry) + generate_latest(own)
