"""Batches of any size, beside those that other processes append."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.errors import Damaged
from ledger.port import EventData
from ledger.sqlite.ledger import SQLiteLedger
from tests.ledger.envelopes import ANYTHING
from tests.ledger.making import a_fact, an_id, facts, flat
from tests.ledger.tampering import tamper

# All that is stored of facts; not the numbers of their origins, which are given as these come.
ROWS = """
SELECT position, recorded_at, id, type, source, subject, time, correlationid, causationid, sequence,
    extensions, digest, body
FROM fact JOIN origin ON origin = number ORDER BY position
"""


def open_it(path: Path) -> SQLiteLedger:
    return SQLiteLedger(path, lambda: 1_800_000_000_000_000)


@pytest.fixture
def kept(path: Path) -> Iterator[SQLiteLedger]:
    with open_it(path) as ledger:
        yield ledger


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ANYTHING, min_size=2, max_size=6, unique_by=lambda fact: fact.id))
def test_one_by_one_or_together_gives_the_same_rows(tmp_path: Path, batch: list[EventData]) -> None:
    def rows(*batches: list[EventData]) -> list[tuple[object, ...]]:
        with TemporaryDirectory(dir=tmp_path) as folder:
            path = Path(folder) / "ledger.sqlite"
            with open_it(path) as ledger:
                for each in batches:
                    ledger.append(each)
                assert [fact.id for fact in flat(list(ledger.read()))] == [x.id for x in batch]
            with closing(sqlite3.connect(path)) as database:
                return database.execute(ROWS).fetchall()

    assert rows(*([fact] for fact in batch)) == rows(batch)


@pytest.mark.parametrize("number", [1, 19, 20, 21, 59, 60])
def test_of_any_size_are_kept_whole(kept: SQLiteLedger, number: int) -> None:
    kept.append([a_fact(900)])
    batch = [
        fact._replace(sequence=f"{at}" if at % 3 else None, extensions={"a": "é"} if at else {})
        for at, fact in enumerate(facts(0, number))
    ]
    assert [receipt.position for receipt in kept.append(batch)] == [*range(2, 2 + number)]
    assert [
        (fact.id, fact.sequence, fact.extensions or {}) for fact in flat(list(kept.read()))[1:]
    ] == [(fact.id, fact.sequence, fact.extensions or {}) for fact in batch]
    assert kept.verify() == []


@pytest.mark.parametrize("known", [0, 19, 20, 24])
def test_an_id_that_is_known_keeps_nothing_else_out(kept: SQLiteLedger, known: int) -> None:
    batch = facts(0, 25)
    kept.append([batch[known]])
    outcomes = [receipt.outcome for receipt in kept.append(batch)]
    assert outcomes == ["duplicate" if at == known else "accepted" for at in range(25)]
    assert kept.verify() == []


def test_another_process_appends_in_between(kept: SQLiteLedger, path: Path) -> None:
    with open_it(path) as other:
        for number in range(0, 40, 4):
            kept.append(facts(number, number + 1))
            other.append(facts(number + 1, number + 3))
            kept.append(facts(number + 3, number + 4))
    assert [fact.id for fact in flat(list(kept.read()))] == [an_id(n) for n in range(40)]
    assert kept.verify() == []


def test_what_another_process_appended_is_checked(kept: SQLiteLedger, path: Path) -> None:
    kept.append([a_fact(0)])
    with open_it(path) as other:
        other.append([a_fact(1)])
    tamper(path, "UPDATE fact SET subject = 'customer:0' WHERE position = 2")
    with pytest.raises(Damaged, match="at position 2 .*nothing was written"):
        kept.append([a_fact(2)])


def test_an_end_that_was_changed_is_checked(kept: SQLiteLedger, path: Path) -> None:
    kept.append([a_fact(0)])
    tamper(path, "UPDATE fact SET digest = digest + 1 WHERE position = 1")
    with pytest.raises(Damaged, match="at position 1 .*nothing was written"):
        kept.append([a_fact(1)])
