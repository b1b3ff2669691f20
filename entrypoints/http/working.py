"""The threads that compute answers: as many as are good for the machine, whoever waits for them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, Generic, TypeVar

from entrypoints.http.guard import too_slow
from entrypoints.http.limits import Limits

Result = TypeVar("Result")


#: How often what is to end is interrupted, in seconds: now and then there is nothing to interrupt.
_PAUSE_S = 0.1


class _Work(Generic[Result]):
    """Work that a thread does, and that others may interrupt, by the number of the thread. What the
    thread does next is not meant."""

    def __init__(self, work: Callable[[], Result], interrupt: Callable[[int], None]) -> None:
        self._work = work
        self._interrupt = interrupt
        self._thread: int | None = None
        self._lock = threading.Lock()

    def __call__(self) -> Result:
        self._thread = threading.get_ident()
        try:
            return self._work()
        finally:
            with self._lock:
                self._thread = None

    def interrupt(self) -> None:
        with self._lock:
            if self._thread is not None:
                self._interrupt(self._thread)


class Workers:
    """The threads of one process. What takes too long is told so, and its queries are interrupted;
    until it ends it has its thread: no more than ``threads`` ever compute. ``interrupt`` is given
    the number of a thread, and has what it asks fail."""

    def __init__(self, limits: Limits, interrupt: Callable[[int], None]) -> None:
        self._limits = limits
        self._interrupt = interrupt
        self._pool: ThreadPoolExecutor | None = None
        self._ending: set[asyncio.Task[None]] = set()

    async def run(self, work: Callable[[], Result]) -> Result:
        """What a function gives that may wait for disks and databases. Raises ``Refused``: 503
        after ``request_s`` seconds."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._limits.threads, thread_name_prefix="answer")
        interruptible = _Work(work, self._interrupt)
        running = self._pool.submit(copy_context().run, interruptible)
        try:
            async with asyncio.timeout(self._limits.request_s):
                return await asyncio.wrap_future(running)
        except TimeoutError:
            self._let_end(running, interruptible)
            raise too_slow(self._limits.request_s) from None
        except asyncio.CancelledError:  # the time of its request is over, or nobody waits for it
            self._let_end(running, interruptible)
            raise

    def _let_end(self, running: Future[Any], work: _Work[Any]) -> None:
        ending = asyncio.create_task(_end(running, work))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def close(self) -> None:
        """Let what is under way end, and the threads with it. What comes later gets new ones."""
        if self._pool is not None:
            await asyncio.gather(*self._ending)  # which needs the loop, that the next line stops
            self._pool.shutdown(cancel_futures=True)
            self._pool = None


async def _end(running: Future[Any], work: _Work[Any]) -> None:
    """Have work end that nobody waits for any more. To interrupt a query may take a moment."""
    while not running.done():
        await asyncio.to_thread(work.interrupt)
        await asyncio.sleep(_PAUSE_S)
