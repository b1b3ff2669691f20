"""The check of the whole ledger sees what it is for."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger.errors import Damaged
from ledger.sqlite.ledger import SQLiteLedger
from tests.ledger.making import a_fact, an_id, facts

ROW = "'commitment.made', '/care', 'customer:1', 0, {at}, NULL, NULL, NULL, {more}, x'00'"


@pytest.fixture
def made(path: Path) -> Path:
    with SQLiteLedger(path, lambda: 1_800_000_000_000_000) as ledger:
        ledger.append([*facts(0, 400), a_fact(400)._replace(extensions={"a": "é"})])
        assert ledger.verify() == []
    return path


def faults_after(path: Path, *statements: str) -> list[str]:
    with closing(sqlite3.connect(path)) as other:
        for verb in ("update", "delete"):
            other.execute(f"DROP TRIGGER stored_events_no_{verb}")
        for statement in statements:
            other.execute(statement)
        other.commit()
    with SQLiteLedger.open_readonly(path) as ledger:
        return ledger.verify()


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("DELETE FROM stored_events WHERE rowid = 7", "position 7: the next one there is 8"),
        ("DELETE FROM stored_events WHERE rowid = 1", "position 1: the next one there is 2"),
        ("UPDATE stored_events SET rowid = 500 WHERE rowid = 401",
         "position 401: the next one there is 500"),
        ("UPDATE stored_events SET recorded_at = 3 WHERE rowid = 401",
         "position 401: recorded at 3, before 1800000000000000"),
        ("UPDATE stored_events SET originator_id = upper(originator_id) WHERE rowid = 2",
         f"position 2: the id '{an_id(1).upper()}' is not canonical"),
        ("UPDATE stored_events SET originator_version = 2 WHERE rowid = 2",
         "position 2: version 2 of a fact that has but one"),
        ("UPDATE stored_events SET extensions = '{' WHERE rowid = 2",
         "position 2: the extensions '{' are not a map"),
        ("UPDATE stored_events SET extensions = '{\"a\": 1}' WHERE rowid = 2",
         "position 2: the extensions '{\"a\": 1}' are not a map"),
    ],
)  # fmt: skip
def test_broken_promises(made: Path, statement: str, fault: str) -> None:
    assert faults_after(made, statement) == [fault]


def test_an_id_that_is_there_twice(made: Path) -> None:
    faults = faults_after(
        made,
        # The table without what keeps ids apart.
        "ALTER TABLE stored_events RENAME TO was",
        "CREATE TABLE stored_events AS SELECT * FROM was",
        "UPDATE stored_events SET originator_id = "
        "(SELECT originator_id FROM stored_events WHERE rowid = 1) WHERE rowid = 2",
    )
    assert faults == [f"the id '{an_id(0)}' is there 2 times"]


def test_a_page_that_was_overwritten(made: Path) -> None:
    with made.open("r+b") as file:
        file.seek(5 * 8192)
        file.write(b"\x55" * 8192)
    with SQLiteLedger.open_readonly(made) as ledger:
        faults = ledger.verify()
        with pytest.raises(Damaged, match="expected a sound ledger, saw .*; take the last sound"):
            list(ledger.read())
    assert len(faults) >= 1
    assert "integrity" in faults[0] or "can't be read" in faults[0]
