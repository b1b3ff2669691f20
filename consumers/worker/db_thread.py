"""A thread that runs one call at a time, so that the one that submits can go on polling Kafka."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, NamedTuple, TypeVar

from consumers.worker.apply_batch import Prepared

Result = TypeVar("Result")


class Job(NamedTuple):
    """The call that the other thread runs: since when, and the batch that it writes under which
    epochs, if it is one."""

    future: Future[Any]
    begun_at: float
    prepared: Prepared | None
    epochs: Mapping[int, int]


class DbThread:
    """The thread does not keep the process alive: a call that never returns, such as a query to a
    database that hangs, is left behind when all other threads have ended."""

    def __init__(self, name: str) -> None:
        self._tasks: SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def submit(self, task: Callable[[], Result]) -> Future[Result]:
        """Submit a call, to run after those before it."""
        future: Future[Result] = Future()
        self._tasks.put((task, future))
        return future

    def close(self, patience_s: float) -> bool:
        """Accept no more calls; answers whether the last one is done."""
        self._tasks.put(None)
        self._thread.join(patience_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (item := self._tasks.get()) is not None:
            task, future = item
            try:
                result = task()
            except BaseException as error:  # noqa: BLE001 - raised where the result is awaited
                future.set_exception(error)
            else:
                future.set_result(result)
            # A batch is large: it must not wait here for the next one.
            del item, task, future
