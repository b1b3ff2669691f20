"""What becomes of an emitted fact, told to the one who emitted it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Generator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any, NamedTuple

from pledger_sdk._contract.domain.positions import position_of

_LOG = logging.getLogger("pledger_sdk")


class Report(NamedTuple):
    """A delivered fact: its id, and where it lies on the topic. ``offset`` is None where the broker
    said that it had the fact already, but not where."""

    id: str
    partition: int
    offset: int | None

    @property
    def position(self) -> int | None:
        """The fact's position, as ``facts`` and ``--known-at`` name it."""
        return None if self.offset is None else position_of(self.partition, self.offset)


class Delivery:
    """The delivery of one fact: under way until all in-sync replicas of the broker have it.

    Safe to use from any thread, and to be awaited. ``id`` and ``correlationid`` are the fact's.
    """

    __slots__ = ("_future", "correlationid", "id")

    def __init__(self, id: str, correlationid: str | None) -> None:
        self.id = id
        self.correlationid = correlationid
        self._future: Future[Report] = Future()
        self._future.set_running_or_notify_cancel()  # nobody can take a fact back

    def wait(self, timeout: float | None = None) -> Report:
        """The report, as soon as the fact is delivered. ``TimeoutError`` if it is not within so
        many seconds (it is still under way then), ``NotDelivered`` if it never will be."""
        try:
            return self._future.result(timeout)
        except FutureTimeoutError:
            raise TimeoutError(
                f"expected fact {self.id} to be delivered within {timeout} s, saw no"
                " acknowledgement: it is still under way; Emitter.status() says what is wrong"
            ) from None

    def __await__(self) -> Generator[Any, None, Report]:
        """As ``wait`` without a timeout, for asyncio. Who gives up waiting takes nothing back."""
        return asyncio.wrap_future(self._future).__await__()

    @property
    def done(self) -> bool:
        """Whether it is delivered, or never will be."""
        return self._future.done()

    @property
    def partition(self) -> int | None:
        """The partition, once delivered; None before."""
        return report.partition if (report := self._report()) else None

    @property
    def offset(self) -> int | None:
        """The offset, once delivered; None before, or where the broker did not say."""
        return report.offset if (report := self._report()) else None

    @property
    def position(self) -> int | None:
        """The position, once delivered; None before, or where the broker did not say."""
        return report.position if (report := self._report()) else None

    def on_delivery(self, callback: Callable[[Report], object]) -> None:
        """Calls back with the report when the fact is delivered, at once if it is already. Calls
        come from the emitter's own thread, so they should be quick; what they raise is logged."""

        def call(_: Future[Report]) -> None:
            if (report := self._report()) is not None:
                tell(callback, report)

        self._future.add_done_callback(call)

    def __repr__(self) -> str:
        state = "delivered" if self._report() else "not delivered" if self.done else "under way"
        return f"<Delivery of {self.id}: {state}>"

    def landed(self, report: Report) -> None:
        """For the emitter: the fact is on the topic."""
        self._future.set_result(report)

    def lost(self, error: Exception) -> None:
        """For the emitter: the fact will not be delivered."""
        self._future.set_exception(error)

    def _report(self) -> Report | None:
        if not self._future.done() or self._future.exception() is not None:
            return None
        return self._future.result()


def tell(callback: Callable[[Report], object], report: Report) -> None:
    """Calls back, and logs what the callback raises: it must not stop the sending."""
    try:
        callback(report)
    except Exception:  # noqa: BLE001 -- whatever it is, it is theirs
        _LOG.exception("a callback failed on the delivery of fact %s", report.id)
