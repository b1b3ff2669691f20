"""What a process holds open as long as there is work for it: a ledger to append to, a desk."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Any, Generic, NamedTuple, TypeVar

from domain.errors import Unavailable, Wrong

T = TypeVar("T")
R = TypeVar("R")

#: So many seconds without work, and it is let go.
IDLE_S = 20.0
#: So many calls may wait.
PLACES = 1_000


class Held(Generic[T]):
    """Opens something for the first call, and keeps it for those that follow, which run in a thread
    of its own, one after another. It is closed after ``idle_s`` seconds without a call, and after
    an error that is not the caller's: the next call opens it anew."""

    def __init__(
        self,
        opening: Callable[[], AbstractContextManager[T]],
        what: str,
        *,
        idle_s: float = IDLE_S,
        places: int = PLACES,
    ) -> None:
        self._opening = opening
        self._what = what
        self._idle_s = idle_s
        self._places = places
        self._changed = threading.Condition()
        self._calls: deque[_Call[T]] = deque()
        self._thread: threading.Thread | None = None
        self._closing = False

    def submit(self, work: Callable[[T], R]) -> Future[R]:
        """Call a function when it is its turn. It ends with what that raises, or what opening does.
        Raises ``Unavailable`` where too many wait."""
        future: Future[R] = uncancelled()
        with self._changed:
            if len(self._calls) >= self._places:
                raise Unavailable(
                    f"fewer than {self._places:,} that wait for {self._what}",
                    "so many",
                    "try again in a moment",
                )
            self._calls.append(_called(work, future))
            if self._thread is None:
                # A daemon: a process that ends does not wait until nothing came for a while. Nobody
                # was told of what it leaves half-way.
                self._thread = threading.Thread(target=self._work, name=self._what, daemon=True)
                self._thread.start()
            self._changed.notify()
        return future

    def close(self) -> None:
        """Let it go, once all that waits is done."""
        with self._changed:
            self._closing = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _work(self) -> None:
        while (call := self._taken()) is not None:
            try:
                with self._opening() as held:
                    going_on = call.run(held)
                    while going_on and (following := self._awaited()) is not None:
                        call = following
                        going_on = call.run(held)
            except Exception as error:  # noqa: BLE001 - it is told in the thread that called
                call.failed(error)

    def _taken(self) -> _Call[T] | None:
        """The next call, if one waits; else the thread is at its end."""
        with self._changed:
            if self._calls:
                return self._calls.popleft()
            self._thread = None
            return None

    def _awaited(self) -> _Call[T] | None:
        """The next call; None where none comes for a while."""
        with self._changed:
            self._changed.wait_for(lambda: self._calls or self._closing, self._idle_s)
            return self._calls.popleft() if self._calls else None


class _Call(NamedTuple, Generic[T]):
    """A call that waits. ``run`` answers whether what is held can be kept; ``failed`` tells who
    called that it came to nothing, where that was not told yet."""

    run: Callable[[T], bool]
    failed: Callable[[Exception], None]


def uncancelled() -> Future[Any]:
    """A future for what is done whether or not somebody still waits for it."""
    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()
    return future


def _called(work: Callable[[T], R], future: Future[R]) -> _Call[T]:
    def run(held: T) -> bool:
        try:
            future.set_result(work(held))
        except Exception as error:  # noqa: BLE001 - it is told in the thread that called
            future.set_exception(error)
            return isinstance(error, Wrong)
        return True

    def failed(error: Exception) -> None:
        if not future.done():
            future.set_exception(error)

    return _Call(run, failed)
