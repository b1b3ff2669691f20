"""Faults at random while facts come in: in the end nothing is lost and nothing is there twice."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from psycopg.rows import dict_row

from application.desk import relay
from projections.view_registry import VIEWS
from tests.chaos.company import SCHEMA, Company, Emitter, open_company
from tests.chaos.facts import parcels
from tests.chaos.faults import drawn
from tests.chaos.oracle import facts_in, folded, ids_of, plain, read_back
from tests.desk.deciding import log_of
from tests.dice import DICE
from tests.helpers import skip_or_fail
from tests.homes import opened
from tests.servers.broker import Broker, NoBroker
from tests.servers.postgres import NoPostgres, Postgres, account
from tests.servers.process import server_folder
from tests.servers.set_aside import quarantine_of_live

#: Ten faults here; every night fifty (``.ci/nightly``).
COUNT = int(os.environ.get("PLEDGER_CHAOS_FAULTS", "10"))


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    """One with servers of its own, which may be stopped."""
    with ExitStack() as stack:
        try:
            broker = Broker(stack.enter_context(server_folder()))
            postgres = Postgres(stack.enter_context(server_folder(account())))
        except (NoBroker, NoPostgres) as why:
            skip_or_fail(str(why))
        stack.enter_context(broker)
        stack.enter_context(postgres)
        company = open_company(tmp_path / "home", broker, postgres)
        stack.callback(company.dismiss_all)
        yield company


def test_nothing_is_lost_and_nothing_is_there_twice(
    company: Company, record_property: Callable[[str, object], None]
) -> None:
    seed = int(os.environ.get("PLEDGER_CHAOS_SEED", random.SystemRandom().randrange(2**32)))
    record_property(DICE, f"PLEDGER_CHAOS_SEED={seed} PLEDGER_CHAOS_FAULTS={COUNT}")
    chance = random.Random(seed)
    emitter = Emitter(company.broker.address, parcels(chance, -(-COUNT // 10)))
    emitter.start()
    try:
        company.hire()
        company.hire()
        company.open_desk()
        company.hear_of_decisions()
        for number, fault in enumerate(drawn(chance, COUNT), 1):
            say(f"seed {seed}, fault {number} of {COUNT}: {fault.__name__}")
            emitter.let(number / (COUNT + 1))
            fault(company, chance)
            # Every other time the next fault finds this one's traces.
            if chance.random() < 0.5:
                company.catch_up(company.ends())
        emitter.finish()
        company.hear_of_decisions()
        company.close_desk()
    finally:
        emitter.give_up()
    relay(opened(company.home))
    company.catch_up(company.ends())
    expect_what_the_ledger_says(company)
    expect_each_decision_once(company)
    for worker in company.workers:
        worker.stop()


def expect_each_decision_once(company: Company) -> None:
    """All that was decided is in the ledger, in the order of the desk's log: its facts are of one
    subject, and so lie in one partition. Nothing is lost of which somebody was told."""
    with opened(company.home).desk() as desk:
        log = log_of(desk)
        assert desk.decisions.records.waiting() == 0
    decided = set(log)
    assert [id for id in ids_of(read_back(company)) if id in decided] == log
    assert company.told() <= decided


def say(what: str) -> None:
    """For whoever runs it with ``-s``; pytest shows it when the test fails."""
    print(f"chaos: {datetime.now(UTC):%H:%M:%S}, {what}", flush=True)  # noqa: T201


def expect_what_the_ledger_says(company: Company) -> None:
    facts, unreadable = facts_in(read_back(company))
    expected = folded(facts)
    with company.asking() as connection:
        assert connection.execute("SELECT count(*) FROM parked").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM claim").fetchone() == (0,)
        kept = quarantine_of_live(connection, SCHEMA).listed(limit=10_000)
        assert unreadable <= {(one.partition, one.offset) for one in kept}
        with connection.cursor(row_factory=dict_row) as cursor:
            for table, rows in expected.items():
                seen = cursor.execute(f"SELECT * FROM {table}".encode()).fetchall()
                assert plain(seen) == rows, table
    assert {view.name for view in VIEWS} < expected.keys()
    assert sum(len(rows) for rows in expected.values()) > len(facts) > 1000
