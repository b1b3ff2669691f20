"""Twice the load that a door can take: twice as many clients as it has places for requests, each of
which posts its next batch when the one before is answered, or as soon as it was told to come again.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import httpx2

from application.home import SERVER_FILE, Home, silent
from entrypoints.http.limits import USUAL
from ledger.kafka.ledger import KafkaLedger
from ledger.sqlite.ledger import SQLiteLedger
from projections.known_positions import shown
from tests.helpers import PATIENCE
from tests.homes import caught_up, embedded_home, opened
from tests.http.client import BATCH, key
from tests.http.doors import ANY
from tests.http.given import content, id_of, made

#: A position as a receipt gives it.
Position = int | str

CLIENTS = 2 * USUAL.at_once
#: How many of a hundred posts are those of an earlier one once more.
AGAIN = 10
#: How often it is looked whether it is over, in seconds.
GLANCE_S = 0.05
#: A client lets go of a connection before the door does, in seconds.
KEPT_S = 1.0


class Post(NamedTuple):
    """A batch: the numbers of its facts."""

    first: int
    size: int

    def ids(self) -> list[str]:
        return [id_of(number) for number in self.numbers()]

    def content(self) -> bytes:
        return content(*(made(number) for number in self.numbers()))

    def numbers(self) -> range:
        return range(self.first, self.first + self.size)


class Load:
    """What is posted at a door, in batches of ``most`` facts at the most from the number ``first``
    on, and what was said to it. ``acknowledged`` has the positions of the
    facts of each post, ``refused`` each one that was turned away, and ``broken`` each one to which
    nobody answered, with what happened."""

    def __init__(
        self, address: str, chance: random.Random, first: int = 1, most: int = 100
    ) -> None:
        self.acknowledged: dict[Post, list[Position]] = {}
        self.refused: set[Post] = set()
        self.broken: dict[Post, str] = {}
        self.statuses: Counter[int] = Counter()
        self.next = first
        self._address = address
        self._chance = chance
        self._most = most
        self._posts: list[Post] = []

    @property
    def posts(self) -> Sequence[Post]:
        """Each of them once."""
        return self._posts

    def offer(self, over: Callable[[], bool]) -> None:
        """Post until it is over or nobody answers any more, and wait for the answers."""
        asyncio.run(self._offer(over))

    async def _offer(self, over: Callable[[], bool]) -> None:
        ended = asyncio.Event()
        async with (
            httpx2.AsyncClient(
                base_url=self._address,
                headers={**BATCH, **key(ANY)},
                limits=httpx2.Limits(max_connections=None, keepalive_expiry=KEPT_S),
                timeout=PATIENCE,
            ) as client,
            asyncio.TaskGroup() as clients,
        ):
            for _ in range(CLIENTS):
                clients.create_task(self._client(client, ended))
            try:
                while not over() and not ended.is_set():
                    await _within(GLANCE_S, ended)
            finally:
                ended.set()

    async def _client(self, client: httpx2.AsyncClient, ended: asyncio.Event) -> None:
        while not ended.is_set():
            post = self._drawn()
            try:
                answer = await client.post("/v1/facts", content=post.content())
            except httpx2.TransportError as error:
                self.broken[post] = repr(error)
                ended.set()
                return
            self.statuses[answer.status_code] += 1
            if answer.status_code == 200:
                self.acknowledged[post] = positions_in(answer.json(), post)
            else:
                self.refused.add(post)
                await _within(told_to_wait(answer), ended)

    def _drawn(self) -> Post:
        if self._posts and self._chance.randrange(100) < AGAIN:
            return self._chance.choice(self._posts)
        post = Post(self.next, self._chance.randint(1, self._most))
        self.next += post.size
        self._posts.append(post)
        return post


async def _within(seconds: float, event: asyncio.Event) -> None:
    """Return when it has happened, or after so long."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


def positions_in(answer: Mapping[str, Any], post: Post) -> list[Position]:
    """The positions of the facts of a post of which all must be kept."""
    assert answer["rejected"] == []
    assert [receipt["id"] for receipt in answer["receipts"]] == post.ids()
    return [receipt["position"] for receipt in answer["receipts"]]


def told_to_wait(answer: httpx2.Response) -> float:
    """When to come again, in seconds, after a refusal; which is one for now, and says so."""
    assert answer.status_code in {429, 503}, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    seconds = int(answer.headers["retry-after"])
    assert seconds >= 1
    return seconds


@contextmanager
def under(load: Load) -> Iterator[threading.Event]:
    """A door under load, until the block is left or the event is set."""
    over = threading.Event()
    failed: list[BaseException] = []

    def offer() -> None:
        try:
            load.offer(over.is_set)
        except BaseException as error:  # noqa: BLE001 - it is raised in the thread of the test
            failed.append(error)

    thread = threading.Thread(target=offer)
    thread.start()
    try:
        yield over
    finally:
        over.set()
        thread.join(PATIENCE)
    if failed:
        raise failed[0]


def kept(home: Path) -> dict[str, list[Position]]:
    """Where each fact lies in the ledger of a home, by its id."""
    found: dict[str, list[Position]] = defaultdict(list)
    with _ledger_of(home) as ledger:
        head = ledger.head()
        for batch in ledger.read():
            for fact in batch:
                found[fact.id].append(shown(fact.position, head))
        if isinstance(ledger, SQLiteLedger):
            assert ledger.verify() == []
            assert all(len(positions) == 1 for positions in found.values())
    return found


def _ledger_of(home: Path) -> AbstractContextManager[SQLiteLedger | KafkaLedger]:
    if (home / SERVER_FILE).exists():
        return opened(home).ledger()
    return SQLiteLedger(home / "ledger.sqlite", lambda: 0)


def expect_kept(load: Load, found: Mapping[str, Sequence[Position]]) -> None:
    """What was acknowledged lies where its receipt says; of what was turned away, and not sent
    again, nothing does."""
    for post, positions in load.acknowledged.items():
        for id, position in zip(post.ids(), positions, strict=True):
            assert position in found[id]
    for post in load.refused - load.acknowledged.keys() - load.broken.keys():
        assert not found.keys() & {*post.ids()}


def facts_in_views(home: Path) -> tuple[int, int]:
    """How many facts the views of a home have, and how many ids, once they have taken in all."""
    if (home / SERVER_FILE).exists():
        caught_up(home)
    with _home_of(home).asking(silent) as (session, _):
        ((facts, ids),) = session.rows("SELECT count(*), count(DISTINCT id) FROM fact")
    return facts, ids


def _home_of(folder: Path) -> Home:
    return opened(folder) if (folder / SERVER_FILE).exists() else embedded_home(folder)
