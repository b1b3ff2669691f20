"""What goes wrong. Each fault returns as soon as it is done; that all is well again afterwards is
for others to see."""

from __future__ import annotations

import random
from collections.abc import Callable

import psycopg
from confluent_kafka import Producer

from tests.chaos.company import TOPIC, Company
from tests.chaos.facts import ghosts

Fault = Callable[[Company, random.Random], None]


def worker_killed(company: Company, chance: random.Random) -> None:
    """One dies with what it was doing; another begins."""
    worker = company.workers.pop(chance.randrange(len(company.workers)))
    worker.process.kill()
    company.hire()


def worker_replaced(company: Company, chance: random.Random) -> None:
    """One is told to stop; another begins at the same time."""
    worker = company.workers.pop(chance.randrange(len(company.workers)))
    company.hire()
    worker.stop()


def worker_joins_and_leaves(company: Company, _: random.Random) -> None:
    """Partitions move to a third worker, and back."""
    third = company.hire()
    company.wait(lambda: bool(company.owned_by(third)), "a third worker got no partition")
    company.workers.remove(third)
    third.stop()


def worker_hangs(company: Company, chance: random.Random) -> None:
    """One stands still until the others have all of its partitions, and then goes on with what it
    was doing, as if they were still its own."""
    worker = chance.choice(company.workers)
    company.wait(lambda: bool(company.owned_by(worker)), "a worker got no partition")
    worker.process.pause()
    company.wait(lambda: not company.owned_by(worker), "a worker that hangs was not missed")
    worker.process.resume()


def decider_killed(company: Company, _: random.Random) -> None:
    """Who decides dies with a decision on its way; another goes on."""
    company.hear_of_decisions()
    company.deciders[-1].process.kill()
    company.open_desk()


def broker_stopped(company: Company, _: random.Random) -> None:
    """The broker goes in order, and comes back."""
    company.broker.stop()
    company.broker.start()


def broker_killed(company: Company, _: random.Random) -> None:
    """The broker dies, and comes back."""
    company.broker.kill()
    company.broker.start()


def database_stopped(company: Company, _: random.Random) -> None:
    """The database rolls back what is under way, and comes back."""
    company.postgres.stop()
    company.postgres.start()


def database_dropped(company: Company, _: random.Random) -> None:
    """The database drops all that it does, and loses what was committed a moment ago; it comes
    back with the rest."""
    company.postgres.stop(immediately=True)
    company.postgres.start()


def transaction_killed(company: Company, _: random.Random) -> None:
    """A worker's connection is cut when its transaction has written rows and not committed."""
    # Only what has written has a transaction id. The server's own sweepers are no workers.
    cut = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid = (SELECT pid"
        " FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL"
        " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        " ORDER BY xact_start LIMIT 1)"
    )
    with psycopg.connect(company.dsn, autocommit=True) as connection:
        # The fault before may have left them waiting for the broker.
        company.wait(lambda: connection.execute(cut).fetchone() == (1,), "no worker wrote anything")


def emission_given_up(company: Company, chance: random.Random) -> None:
    """Somebody emits in a transaction and gives it up: places of the topic that hold no fact."""
    producer = Producer(
        {
            "bootstrap.servers": company.broker.address,
            "transactional.id": f"ghost-{chance.getrandbits(64):x}",
            "log_level": 0,
        }
    )
    producer.init_transactions(60)
    producer.begin_transaction()
    for key, value, headers in ghosts(chance, chance.randrange(1, 50)):
        producer.produce(TOPIC, value, key, headers=headers)
    producer.flush(60)
    producer.abort_transaction(60)


FAULTS: tuple[Fault, ...] = (
    worker_killed,
    worker_replaced,
    worker_joins_and_leaves,
    worker_hangs,
    decider_killed,
    broker_stopped,
    broker_killed,
    database_stopped,
    database_dropped,
    transaction_killed,
    emission_given_up,
)


def drawn(chance: random.Random, count: int) -> list[Fault]:
    """So many faults in random order, each kind as often as the others."""
    decks = -(-count // len(FAULTS))
    found = [fault for _ in range(decks) for fault in chance.sample(FAULTS, len(FAULTS))]
    return found[:count]
