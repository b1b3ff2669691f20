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

#: So many lots of a kind are under way at once, and so many questions are in one, at the most: one
#: that takes long keeps no more than those waiting.
LOTS, MOST = 2, 64


@dataclass
class _Kind:
    """Those of a kind that wait, each with where its answer is to go; and how many lots of it are
    under way."""

    waiting: list[tuple[Any, asyncio.Future[Any]]] = field(default_factory=list)
    lots: int = 0


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
        if own.lots < LOTS:
            own.lots += 1
            task = asyncio.create_task(self._lots(kind, own, answers))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return await found

    async def _lots(
        self,
        kind: Hashable,
        own: _Kind,
        answers: Callable[[Sequence[Any]], Sequence[Any]],
    ) -> None:
        """Answer one lot after the other, until nobody waits."""
        while lot := own.waiting[:MOST]:
            del own.waiting[:MOST]
            work = partial(answers, [one for one, _ in lot])
            told = await asyncio.gather(self._workers.run(work), return_exceptions=True)
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
