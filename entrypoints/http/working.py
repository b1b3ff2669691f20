"""The threads that compute answers: as many as are good for the machine, whoever waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from entrypoints.http.guard import too_slow
from entrypoints.http.limits import Limits

Result = TypeVar("Result")


class Workers:
    """The threads of one process. What takes too long is told so, and goes on in its thread until
    it ends: no more than ``threads`` ever compute."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pool: ThreadPoolExecutor | None = None

    async def run(self, work: Callable[[], Result]) -> Result:
        """What a function gives that may wait for disks and databases. Raises ``Refused``: 503
        after ``request_s`` seconds."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._limits.threads, thread_name_prefix="answer")
        running = self._pool.submit(copy_context().run, work)
        try:
            async with asyncio.timeout(self._limits.request_s):
                return await asyncio.wrap_future(running)
        except TimeoutError:
            raise too_slow(self._limits.request_s) from None

    def close(self) -> None:
        """Let what is under way end, and the threads with it. What comes later gets new ones."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None
