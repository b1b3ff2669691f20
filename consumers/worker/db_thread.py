"""A thread that does one thing at a time, so that whoever gave it can go on listening."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, NamedTuple, TypeVar

from consumers.worker.apply_batch import Prepared

Result = TypeVar("Result")


class Job(NamedTuple):
    """What the other thread is at: since when, and the batch that it writes under which epochs,
    if it is one."""

    future: Future[Any]
    begun_at: float
    prepared: Prepared | None
    epochs: Mapping[int, int]


class DbThread:
    """The thread does not keep the process alive: something that never returns, such as a question
    to a database that hangs, is left behind when everybody else has gone."""

    def __init__(self, name: str) -> None:
        self._given: SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def submit(self, task: Callable[[], Result]) -> Future[Result]:
        """Have something done after what was given before."""
        future: Future[Result] = Future()
        self._given.put((task, future))
        return future

    def close(self, patience_s: float) -> bool:
        """Have no more done; answers whether the last thing is done."""
        self._given.put(None)
        self._thread.join(patience_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (given := self._given.get()) is not None:
            task, future = given
            try:
                result = task()
            except BaseException as error:  # noqa: BLE001 - it is for whoever waits
                future.set_exception(error)
            else:
                future.set_result(result)
            # A batch is large: it must not wait here for the next one.
            del given, task, future
