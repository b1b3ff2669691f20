"""Two workers at the same keys: whichever commits first, the views hold what both know.

Each story is told twice: as it is, and with claims and the lock "rules" switched off. Then it goes
wrong, which shows that the story is one that needs them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from threading import Event
from typing import NamedTuple
from uuid import UUID

import psycopg
import pytest

from domain.facts import Fact
from domain.positions import position_of
from projections.postgres.apply_batch import Landed, apply_batch
from projections.postgres.key_locks import KeyLocks
from projections.postgres.session import PostgresSession
from projections.postgres.store import PostgresStore
from tests.domain.given import chased, day, fact, honoured, made, retracts
from tests.helpers import wait_until
from tests.projections.comparison import plain
from tests.projections.postgres.upkeep import PostgresTables, arrival
from tests.projections.rows import rows_of

DEADLINE_S = 60.0


class Story(NamedTuple):
    """What is known before, what the first worker takes in and keeps uncommitted, and what the
    second one takes in meanwhile. Each is a partition."""

    before: Sequence[Fact]
    first: Sequence[Fact]
    second: Sequence[Fact]

    @property
    def facts(self) -> tuple[list[Fact], list[Fact], list[Fact]]:
        """The facts of each partition, where they lie."""
        before, first, second = (
            [
                replace(one, position=position_of(partition, offset), recorded_at=day(20))
                for offset, one in enumerate(facts)
            ]
            for partition, facts in enumerate(self)
        )
        return before, first, second


def visit(on: float, of: str, *refs: str) -> Fact:
    return fact("touchpoint.occurred", on, of=of, refs=refs)


def linked(on: float, a: str, b: str) -> Fact:
    return fact("identity.linked", on, of=a, party_a=a, party_b=b)


POLICY = fact("policy.published", 0, of="department:care", due="P3D")
POLICY_OF_ANSWERS = fact(
    "policy.published", 0, of="department:care", due="P3D", about="issue.answered"
)

STORIES = {
    "one commitment, facts under two subjects": Story(
        [made(0)], [honoured(2)], [chased(1, of="customer:2")]
    ),
    "the promise here, what follows it there": Story(
        [], [made(0)], [honoured(2, of="parcel:7", commitment_id="C")]
    ),
    "a fact in suspense and the one that it waits for": Story(
        [],
        [fact("payment.captured", 1)],
        [fact("payment.linked", 2, of="department:billing")],
    ),
    "identities linked, and a fact of one of them": Story(
        [visit(0, "customer:1", "order:1"), visit(0, "customer:2", "order:2")],
        [linked(2, "customer:1", "customer:2")],
        [visit(3, "customer:2", "order:1")],
    ),
    "a fact of one, and identities linked": Story(
        [visit(0, "customer:1", "order:1"), visit(0, "customer:2", "order:2")],
        [visit(3, "customer:2", "order:1")],
        [linked(2, "customer:1", "customer:2")],
    ),
    "two facts of one customer with two names": Story(
        [linked(0, "customer:1", "customer:2"), visit(1, "customer:1", "order:1")],
        [visit(2, "customer:1", "order:1")],
        [visit(3, "customer:2", "order:1")],
    ),
    "a chain of identities that two workers make": Story(
        [visit(0, "customer:3", "order:1")],
        [linked(1, "customer:2", "customer:3")],
        [linked(2, "customer:1", "customer:2")],
    ),
    "a promise to somebody who gets another name": Story(
        [made(0, of="customer:2")],
        [chased(1, of="customer:7")],
        [linked(2, "customer:1", "customer:2")],
    ),
    "an issue of somebody who gets another name": Story(
        [fact("issue.opened", 0, of="customer:2")],
        [fact("issue.answered", 1, of="customer:7")],
        [linked(2, "customer:1", "customer:2")],
    ),
    "an entitlement, facts under two subjects": Story(
        [fact("entitlement.checked", 0, outcome="refused")],
        [fact("proof.presented", 1)],
        [fact("suspicion.cleared", 2, of="department:care")],
    ),
    "a fact, and its retraction": Story([made(0)], [honoured(2)], [retracts(honoured(2), 3)]),
    "a retraction, and its fact": Story([made(0)], [retracts(honoured(2), 3)], [honoured(2)]),
    "two retractions of one another": Story(
        [made(0), honoured(2), retracts(honoured(2), 3, id=UUID(int=1))],
        [retracts(UUID(int=1), 4, id=UUID(int=2))],
        [retracts(UUID(int=2), 5, id=UUID(int=3))],
    ),
    "a promise without a date, and a policy": Story([], [made(0)], [POLICY]),
    "a policy, and a promise without a date": Story([], [POLICY], [made(0)]),
    "an issue, and a policy": Story([], [fact("issue.opened", 0)], [POLICY_OF_ANSWERS]),
    "a policy, and an issue": Story([], [POLICY_OF_ANSWERS], [fact("issue.opened", 0)]),
}


class Told(NamedTuple):
    """How a story went: whether the second worker waited for the first, and whether the views hold
    what both know at the end. A batch that the database refused does not."""

    waited: bool
    right: bool


def tell(tables: PostgresTables, story: Story) -> Told:
    before, first, second = story.facts
    if before:
        tables.apply_batch(before)
    with ThreadPoolExecutor(2) as pool, _worker(tables) as one, _worker(tables) as other:
        taken, go_on = Event(), Event()
        leading = pool.submit(_batch, one, first, taken.set, go_on)
        try:
            wait_until(lambda: taken.is_set() or leading.done(), DEADLINE_S)
            following = pool.submit(_batch, other, second)
            wait_until(lambda: following.done() or waits(tables, other), DEADLINE_S)
            waited = not following.done()
        finally:
            go_on.set()
        refused = [batch for batch in (leading, following) if _refused(batch)]
    said = rows_of([*before, *first, *second])
    wrong = [view for view, rows in said.items() if plain(tables.rows(view)) != plain(rows)]
    assert refused or not tables.rows("claim")
    return Told(waited, not (wrong or refused))


@contextmanager
def _worker(tables: PostgresTables) -> Iterator[PostgresSession]:
    home: PostgresStore = tables.home
    with home.writing() as session:
        yield session


def _batch(
    session: PostgresSession,
    facts: Sequence[Fact],
    taken: Callable[[], None] = lambda: None,
    go_on: Event | None = None,
) -> Landed:
    """One batch; its commit may have to wait."""
    with session.transaction():
        landed = apply_batch(session, arrival(facts))
        taken()
        if go_on is not None:
            assert go_on.wait(DEADLINE_S)
    return landed


def _refused(batch: Future[Landed]) -> bool:
    try:
        batch.result(DEADLINE_S)
    except psycopg.errors.IntegrityError:
        return True
    return False


def waits(tables: PostgresTables, session: PostgresSession) -> bool:
    """Whether a session waits for a lock."""
    query = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'"
    asked = tables.session.connection.execute(query, [session.connection.info.backend_pid])
    return bool(asked.fetchall())


@pytest.mark.parametrize("name", STORIES)
def test_two_workers_at_once(several: PostgresTables, name: str) -> None:
    assert tell(several, STORIES[name]) == Told(waited=True, right=True)


@pytest.mark.parametrize("name", STORIES)
def test_it_goes_wrong_without_locks(
    several: PostgresTables, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KeyLocks, "claim", lambda self, keys: None)
    monkeypatch.setattr(KeyLocks, "hold_rules", lambda self, alone: None)
    assert not tell(several, STORIES[name]).right


def test_workers_at_other_keys_do_not_wait(several: PostgresTables) -> None:
    story = Story([], [made(0)], [made(0, commitment_id="OTHER", of="customer:2")])
    assert tell(several, story) == Told(waited=False, right=True)


def test_a_worker_that_is_alone_claims_nothing(
    several: PostgresTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    several.empty(workers=1)
    claimed: list[str] = []
    monkeypatch.setattr(KeyLocks, "_insert", lambda self, keys: claimed.append(keys))
    several.apply_batch([made(0)])
    assert not claimed
    several.empty(workers=2)
    several.apply_batch([made(0)])
    assert claimed


def test_of_two_that_wait_for_each_other_one_is_ended(several: PostgresTables) -> None:
    met = {1: Event(), 2: Event()}

    def crossed(session: PostgresSession, mine: int, others: int) -> None:
        with session.transaction():
            claim(session, mine)
            met[mine].set()
            assert met[others].wait(DEADLINE_S)
            claim(session, others)

    with ThreadPoolExecutor(2) as pool, _worker(several) as one, _worker(several) as other:
        batches = [pool.submit(crossed, one, 1, 2), pool.submit(crossed, other, 2, 1)]
        failed = [error for batch in batches if (error := batch.exception(DEADLINE_S))]
    assert [type(error) for error in failed] == [psycopg.errors.DeadlockDetected]


def claim(session: PostgresSession, number: int) -> None:
    """Claim a commitment, as a batch does that touches it."""
    session.execute("INSERT INTO touched_commitment VALUES ($name)", {"name": f"C{number}"})
    session.key_locks.claim("keys")
    session.execute("DELETE FROM touched_commitment")
