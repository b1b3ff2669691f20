"""Work that is cut into parts, done by several processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

from domain.errors import Problem

Part = TypeVar("Part")
Result = TypeVar("Result")

#: What one part of the work is at the most, in facts; fewer than ``FEW`` are not worth processes.
AT_ONCE, FEW = 100_000, 50_000
#: Parts of each process that are under way or done, and not taken yet: it bounds the memory.
AHEAD = 2


def processes_for(facts: int) -> int:
    """How many processes are to look at so many facts."""
    return 1 if facts < FEW else os.cpu_count() or 1


def each(task: Callable[[Part], Result], parts: Iterable[Part], processes: int) -> Iterator[Result]:
    """What a function makes of each part, in the order of the parts. With one process, it is this
    one. Close it, and the others end with the parts that they have begun. Raises what the function
    raises, and ``Problem`` where a process is ended."""
    if processes <= 1:
        yield from map(task, parts)
        return
    # Clients of Kafka and connections to databases don't survive a fork.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(max_workers=processes, mp_context=context)
    under_way: deque[Future[Result]] = deque()
    try:
        for part in parts:
            with _ctrl_c_for_this_process():
                under_way.append(pool.submit(task, part))
            if len(under_way) >= AHEAD * processes:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    except BrokenProcessPool as error:
        raise Problem(
            "the processes that share the work to come to its end",
            "that one was ended",
            "run the command again",
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _ctrl_c_for_this_process() -> Iterator[None]:
    """Processes that are started in the block are not reached by Ctrl-C, from their first
    instruction on."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
