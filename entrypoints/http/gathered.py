"""Questions that come at once, and are answered together.

A database takes nearly as long to be asked about one promise as about twenty: most of that goes
into the question, and little into the rows. So those about other things of the same kind, as of the
same time, that come while some are answered, wait for a place among the next, and are asked as one.
Who comes alone waits for nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from entrypoints.http.working import Workers

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")

#: So many questions are in one lot, and so many lots of a kind are under way at once, at the most:
#: two only where one has taken longer than ``LONG_S``, in seconds. That keeps nobody else waiting,
#: and lots that take turns as a rule are larger, and don't share the cores.
MOST, LOTS, LONG_S = 64, 2, 0.5


@dataclass
class _Kind:
    """Those of a kind that wait, each with where its answer is to go; how many lots of it are under
    way, and which of these have taken long."""

    waiting: list[tuple[Any, asyncio.Future[Any]]] = field(default_factory=list)
    lots: int = 0
    long: set[object] = field(default_factory=set)


class Gathered:
    """The questions of one process that wait for a place among the next."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._kinds: dict[Hashable, _Kind] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    async def answer(
        self,
        kind: Hashable,
        asked: Asked,
        answers: Callable[[Sequence[Asked]], Sequence[Answered | Exception]],
    ) -> Answered:
        """What ``answers`` gives for a question among others of an equal ``kind``, in a thread: one
        answer or error each, in their order. Raises that error, and what ``answers`` raises."""
        own = self._kinds.setdefault(kind, _Kind())
        found: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        own.waiting.append((asked, found))
        self._begin(kind, own, answers)
        return await found

    def _begin(
        self,
        kind: Hashable,
        own: _Kind,
        answers: Callable[[Sequence[Any]], Sequence[Any]],
    ) -> None:
        """Have those who wait answered, unless a lot is under way that has not taken long, after
        which they come."""
        if own.waiting and own.lots == len(own.long) < LOTS:
            own.lots += 1
            task = asyncio.create_task(self._lots(kind, own, answers))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _lots(
        self,
        kind: Hashable,
        own: _Kind,
        answers: Callable[[Sequence[Any]], Sequence[Any]],
    ) -> None:
        """Answer one lot after the other, until nobody waits."""
        this = object()

        def takes_long() -> None:
            own.long.add(this)
            self._begin(kind, own, answers)

        while lot := own.waiting[:MOST]:
            del own.waiting[:MOST]
            work = partial(answers, [one for one, _ in lot])
            waited = asyncio.get_running_loop().call_later(LONG_S, takes_long)
            told = await asyncio.gather(self._workers.run(work), return_exceptions=True)
            waited.cancel()
            own.long.discard(this)
            each = told * len(lot) if isinstance(told[0], BaseException) else told[0]
            for (_, found), answer in zip(lot, each, strict=True):
                if found.done():  # nobody waits for it any more
                    continue
                if isinstance(answer, BaseException):
                    found.set_exception(answer)
                else:
                    found.set_result(answer)
        own.lots -= 1
        if not own.lots:
            self._kinds.pop(kind, None)
