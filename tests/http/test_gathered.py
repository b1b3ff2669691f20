"""Questions that come at once are answered together, and each as if it had come alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event, Semaphore
from typing import Any

import pytest

from application.serving_home import ServingHome
from domain.errors import Unknown
from entrypoints.http import gathered as gathering
from entrypoints.http.gathered import MOST, Gathered
from entrypoints.http.limits import USUAL
from entrypoints.http.working import Workers
from tests.entrypoints.small import AS_OF
from tests.helpers import PATIENCE, ask
from tests.homes import RUNTIME
from tests.http.client import door
from tests.http.doors import NONE, problem

Given = Callable[[Gathered], Coroutine[Any, Any, Any]]


def with_gathered(given: Given) -> Any:
    """What comes of questions to ``Gathered``, of which nothing is left when they are answered."""

    async def run() -> Any:
        workers = Workers(USUAL, lambda thread: None)
        gathered = Gathered(workers)
        try:
            return await asyncio.wait_for(given(gathered), PATIENCE)
        finally:
            assert not gathered._kinds
            await workers.close()

    return asyncio.run(run())


class Answers:
    """Answers numbers by their squares, once it may, and notes how many it was given at once."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.begun, self.held = Semaphore(0), Event()

    def __call__(self, asked: Sequence[int]) -> Sequence[int | Exception]:
        self.sizes.append(len(asked))
        self.begun.release()
        assert self.held.wait(PATIENCE)
        return [Unknown("a number", "nought") if one == 0 else one * one for one in asked]


def test_those_that_wait_are_answered_together() -> None:
    answers, count = Answers(), 1 + 2 * MOST

    async def given(gathered: Gathered) -> list[int]:
        asking = [asyncio.ensure_future(gathered.answer("a kind", 1, answers))]
        await asyncio.to_thread(answers.begun.acquire)  # it is asked before the next one comes
        asking += [
            asyncio.ensure_future(gathered.answer("a kind", number, answers))
            for number in range(2, count + 1)
        ]
        answers.held.set()
        return await asyncio.gather(*asking)

    assert with_gathered(given) == [number * number for number in range(1, count + 1)]
    # Who came first waited for nobody.
    assert answers.sizes == [1, MOST, MOST]


def test_one_that_takes_long_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "LONG_S", 0.0)
    slow, quick = Answers(), Answers()
    quick.held.set()

    def answers(asked: Sequence[int]) -> Sequence[int | Exception]:
        return (slow if 1 in asked else quick)(asked)

    async def given(gathered: Gathered) -> list[int]:
        first = asyncio.ensure_future(gathered.answer("a kind", 1, answers))
        await asyncio.to_thread(slow.begun.acquire)
        found = [await gathered.answer("a kind", number, answers) for number in (2, 3)]
        slow.held.set()
        return [await first, *found]

    assert with_gathered(given) == [1, 4, 9]


def test_what_is_wrong_with_one_is_told_to_that_one() -> None:
    answers = Answers()
    answers.held.set()

    async def given(gathered: Gathered) -> list[Any]:
        asked = (gathered.answer("a kind", number, answers) for number in (3, 0, 4))
        return await asyncio.gather(*asked, return_exceptions=True)

    first, second, third = with_gathered(given)
    assert (first, third) == (9, 16)
    assert isinstance(second, Unknown)


def test_what_is_wrong_with_all_is_told_to_all() -> None:
    def answers(asked: Sequence[int]) -> Sequence[int]:
        raise Unknown("an answer", "none")

    async def given(gathered: Gathered) -> list[Any]:
        asked = (gathered.answer("a kind", number, answers) for number in range(5))
        return await asyncio.gather(*asked, return_exceptions=True)

    assert [type(one) for one in with_gathered(given)] == [Unknown] * 5


def test_other_kinds_are_not_waited_for() -> None:
    answers, other = Answers(), Answers()
    other.held.set()

    async def given(gathered: Gathered) -> list[int]:
        waiting = [
            asyncio.ensure_future(gathered.answer("a kind", number, answers)) for number in (1, 2)
        ]
        found = [await gathered.answer("another", 5, other)]
        answers.held.set()
        return found + await asyncio.gather(*waiting)

    assert with_gathered(given) == [25, 1, 4]


def test_who_has_gone_keeps_nobody() -> None:
    answers = Answers()

    async def given(gathered: Gathered) -> int:
        gone = asyncio.ensure_future(gathered.answer("a kind", 1, answers))
        await asyncio.to_thread(answers.begun.acquire)
        gone.cancel()
        answers.held.set()
        return await gathered.answer("a kind", 2, answers)

    assert with_gathered(given) == 4


@pytest.mark.parametrize("times", [{"as_of": AS_OF}, {"as_of": AS_OF, "known_at": "@9"}])
def test_each_gets_what_it_would_get_alone(home: Path, times: dict[str, str]) -> None:
    options = [word for name, at in times.items() for word in (f"--{name.replace('_', '-')}", at)]
    ids = [one["commitment_id"] for one in ask(home, ["commitments", *options])["commitments"]]
    addresses = [("commitment", id) for id in ids] + [
        ("customer", id) for id in ("customer:8412", "customer:77")
    ]
    with (
        closing(ServingHome(home, RUNTIME, lambda sentence: None)) as serving,
        door(serving) as client,
        ThreadPoolExecutor(len(addresses) + 2) as threads,
    ):

        def get(kind: str, id: str, **more: Any) -> Any:
            return client.get(f"/v1/{kind}s/{id}", params=times, **more)

        found = [threads.submit(get, *one) for one in addresses for _ in range(3)]
        nobodys = threads.submit(get, "commitment", "NOBODYS")
        refused = threads.submit(
            get, "commitment", ids[0], headers={"Authorization": f"Bearer {NONE}"}
        )
        for at, answer in enumerate(found):
            assert answer.result().json() == ask(home, [*addresses[at // 3], *options])
        problem(nobodys.result(), 404, "unknown")
        problem(refused.result(), 403, "forbidden")
        tag = found[0].result().headers["ETag"]
        assert get(*addresses[0], headers={"If-None-Match": tag}).status_code == 304
