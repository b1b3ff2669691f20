"""Who appends in a process that serves many. What comes while a batch is made durable goes into the
next one together: so the disk, or the brokers, are waited for once for all of it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from application.held import IDLE_S, Held, uncancelled
from domain.errors import Problem, Unavailable

if TYPE_CHECKING:
    from application.home import Appending, Home
    from domain.positions import Reach
    from ledger.port import EventData, Receipt

#: So many facts go into one transaction, and more only where one request has more.
TOGETHER = 10_000


class Written(NamedTuple):
    """What became of the facts of one request, and how far the ledger went then."""

    receipts: list[Receipt]
    head: Reach


@dataclass(frozen=True, eq=False)
class _Request:
    facts: Sequence[EventData]
    all_or_nothing: bool
    written: Future[Written] = field(default_factory=uncancelled)


class LedgerWriter:
    """Appends to the ledger of a home, which is held open meanwhile. Threads share one."""

    def __init__(self, home: Home, *, idle_s: float = IDLE_S) -> None:
        self._held: Held[Appending] = Held(home.writing, "the ledger", idle_s=idle_s)
        self._lock = threading.Lock()
        self._requests: deque[_Request] = deque()

    def submit(
        self, facts: Sequence[EventData], *, all_or_nothing: bool = False
    ) -> Future[Written]:
        """Keep the facts of a request. It ends when they are durable, or with what ``append`` of
        the ledger raises, whatever else was to be written with them; with ``Unavailable`` where too
        many wait, or it is not known whether they are kept: to send them again is safe then."""
        request = _Request(facts, all_or_nothing)
        with self._lock:
            self._requests.append(request)
        try:
            call = self._held.submit(self._commit)
        except Unavailable as error:
            self._failed(request, error)
        else:
            call.add_done_callback(lambda done: self._failed(request, done.exception()))
        return request.written

    def close(self) -> None:
        """Close the ledger, once all that waits is written."""
        self._held.close()

    def _failed(self, request: _Request, error: BaseException | None) -> None:
        """Tell a request that nobody came to: the ledger could not be opened."""
        if error is None:
            return
        with self._lock:
            if request not in self._requests:
                return
            self._requests.remove(request)
        request.written.set_exception(_told(error))

    def _commit(self, ledger: Appending) -> None:
        """Write all that waits. Each request is told what became of it; what is wrong with the
        ledger is raised too."""
        while group := self._next_group():
            try:
                _write(ledger, group)
            except Exception as error:
                if len(group) == 1 or _half_done(error):
                    for request in group:
                        request.written.set_exception(_told(error))
                    raise
                # Nothing was written. It may be a fact of one of them, of which the others are
                # free.
                for request in group:
                    _write_alone(ledger, request)

    def _next_group(self) -> list[_Request]:
        """The next requests that can be written together."""
        group: list[_Request] = []
        room = TOGETHER
        with self._lock:
            while self._requests:
                request = self._requests[0]
                apart = request.all_or_nothing or (group and group[0].all_or_nothing)
                if group and (apart or len(request.facts) > room):
                    break
                group.append(self._requests.popleft())
                room -= len(request.facts)
        return group


def _half_done(error: Exception) -> bool:
    """Whether some of a batch may have been written, or trying again at once is in vain."""
    from ledger.errors import NotAcknowledged

    return not isinstance(error, Problem) or isinstance(error, NotAcknowledged | Unavailable)


def _told(error: BaseException) -> BaseException:
    """An error as those who asked are told of it."""
    from ledger.errors import NotAcknowledged

    if isinstance(error, NotAcknowledged):
        remedy = "send it again: what is there already counts once"
        return Unavailable(error.expected, error.seen, remedy)
    return error


def _write(ledger: Appending, group: Sequence[_Request]) -> None:
    facts = [fact for request in group for fact in request.facts]
    receipts = ledger.append(facts, all_or_nothing=group[0].all_or_nothing)
    head = ledger.head()
    # A crash here leaves facts that nobody was told of: who sends them again is told that they are
    # there.
    start = 0
    for request in group:
        end = start + len(request.facts)
        request.written.set_result(Written(receipts[start:end], head))
        start = end


def _write_alone(ledger: Appending, request: _Request) -> None:
    try:
        _write(ledger, [request])
    except Exception as error:  # noqa: BLE001 - it is told in the thread that asked
        request.written.set_exception(_told(error))
