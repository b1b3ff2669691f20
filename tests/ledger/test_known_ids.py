"""Ids are known wherever they lie: in the table, in memory, or in facts that others appended."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from eventsourcing.persistence import IntegrityError
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import CannotWrite, Damaged, LedgerError
from ledger.port import EventData, Receipt
from ledger.sqlite import known_ids
from ledger.sqlite.ledger import SQLiteLedger
from ledger.sqlite.migration import migrate
from ledger.sqlite.recorder import stored_event
from tests.ledger.homes import Home
from tests.ledger.making import BODY, a_body, a_fact, facts, flat, sealed
from tests.ledger.model import Model
from tests.ledger.tampering import tamper

STEP = 10


@pytest.fixture(autouse=True)
def _few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_ids, "STEP", STEP)


def open_it(path: Path) -> SQLiteLedger:
    return SQLiteLedger(path, lambda: 1_800_000_000_000_000)


@pytest.fixture
def kept(path: Path) -> Iterator[SQLiteLedger]:
    with open_it(path) as ledger:
        yield ledger


@pytest.fixture
def other(path: Path, kept: SQLiteLedger) -> Iterator[SQLiteLedger]:
    with open_it(path) as ledger:
        yield ledger


def in_table(path: Path) -> int:
    """How many ids are in the table, each for the position of its fact."""
    with closing(sqlite3.connect(path)) as database:
        ((number,),) = database.execute(
            "SELECT count(*) FROM known_id JOIN fact USING (id, position)"
        ).fetchall()
        assert database.execute("SELECT count(*) FROM known_id").fetchone() == (number,)
        return int(number)


@pytest.mark.parametrize("size", [1, 3, 9, 10, 11, 25])
def test_the_table_has_the_first_ones(kept: SQLiteLedger, path: Path, size: int) -> None:
    for start in range(0, 50, size):
        receipts = kept.append(facts(start, start + size))
        assert [receipt.position for receipt in receipts] == [*range(start + 1, start + size + 1)]
        assert in_table(path) == (start + size) // STEP * STEP
    assert kept.verify() == []


BATCHES = st.lists(
    st.tuples(
        st.booleans(),
        st.lists(
            st.tuples(st.integers(0, 40), st.sampled_from([BODY, a_body("other")])), max_size=25
        ),
        st.booleans(),
    ),
    max_size=12,
)


def test_two_ledgers_on_one_file_are_one_list(new_sqlite_home: Callable[[], Home]) -> None:
    @settings(max_examples=80)
    @given(BATCHES)
    def behave(batches: list[tuple[bool, list[tuple[int, bytes]], bool]]) -> None:
        home, model = new_sqlite_home(), Model()
        ledgers = home.open(), home.open()
        for which, given_facts, all_or_nothing in batches:
            batch = [a_fact(number, body) for number, body in given_facts]
            receipts = ledgers[which].append(batch, all_or_nothing=all_or_nothing)
            assert receipts == model.append(batch, all_or_nothing)
        assert [sealed(fact) for fact in flat(list(ledgers[0].read()))] == model.facts
        for ledger in ledgers:
            assert isinstance(ledger, SQLiteLedger)
            assert ledger.verify() == []
            ledger.close()

    behave()


@pytest.mark.parametrize("there", [0, 7, 10, 13])
@pytest.mark.parametrize("more", [1, 2, 3, 5, 17, 20])
def test_what_another_appended_is_known(
    kept: SQLiteLedger, other: SQLiteLedger, there: int, more: int
) -> None:
    """Opened before ids came into the table, or after; asked within a batch that brings them in, or
    that does not."""
    kept.append(facts(0, there))
    other.append(facts(there, there + more))
    again = [*facts(0, there + more), *facts(900, 904)]
    outcomes = ["duplicate"] * (there + more) + ["accepted"] * 4
    assert [receipt.outcome for receipt in kept.append(again)] == outcomes
    (receipt,) = other.append([a_fact(901)])
    assert receipt == Receipt(there + more + 2, "duplicate")
    assert kept.verify() == []


@pytest.mark.parametrize("number", [5, 6, 11])
def test_twice_in_one_batch(kept: SQLiteLedger, number: int) -> None:
    kept.append(facts(0, 5))
    batch = [*facts(5, 5 + number), a_fact(5)]
    assert kept.append(batch)[-1] == Receipt(6, "duplicate")
    assert kept.head() == 5 + number


@pytest.mark.parametrize("number", [1, 3, 4, 9, 30])
@pytest.mark.parametrize("meanwhile", [0, 1, 9, 30])
def test_what_was_rolled_back_is_not_known(
    kept: SQLiteLedger,
    other: SQLiteLedger,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    meanwhile: int,
) -> None:
    def fail(connection: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    kept.append(facts(0, 7))
    with monkeypatch.context() as patch:
        patch.setattr("eventsourcing.sqlite.SQLiteConnection.commit", fail)
        with pytest.raises(LedgerError, match="disk I/O error"):
            kept.append(facts(100, 100 + number))
    other.append(facts(200, 200 + meanwhile))
    batch = [*facts(200, 200 + meanwhile), *facts(100, 100 + number), *facts(0, 7)]
    assert [receipt.outcome for receipt in kept.append(batch)] == (
        ["duplicate"] * meanwhile + ["accepted"] * number + ["duplicate"] * 7
    )
    assert kept.verify() == []


def test_what_was_rolled_back_comes_again_at_once(
    kept: SQLiteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the same to the last byte then, but not known."""

    def fail(connection: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    kept.append(facts(0, 3))
    with monkeypatch.context() as patch:
        patch.setattr("eventsourcing.sqlite.SQLiteConnection.commit", fail)
        with pytest.raises(LedgerError, match="disk I/O error"):
            kept.append(facts(3, 6))
    monkeypatch.setattr(SQLiteLedger, "_append_judged", None)
    assert kept.append(facts(3, 6)) == [Receipt(at, "accepted") for at in (4, 5, 6)]


def test_a_full_disk_in_the_middle(kept: SQLiteLedger) -> None:
    def limit(pages: int) -> None:
        with kept._datastore.transaction(commit=True) as c:
            c.execute(f"PRAGMA max_page_count = {pages}")

    kept.append(facts(0, 9))
    limit(12)
    with pytest.raises(CannotWrite, match="the disk is full"):
        kept.append([a_fact(number, bytes(1000)) for number in range(9, 99)])
    limit(1_000_000)
    assert [r.outcome for r in kept.append(facts(8, 30))] == ["duplicate"] + ["accepted"] * 21
    assert kept.verify() == []


def test_a_fact_that_cannot_be_kept_leaves_no_id_behind(kept: SQLiteLedger) -> None:
    kept.append(facts(0, 9))
    with pytest.raises(LedgerError, match="more than 64 bits"):
        kept.append([*facts(9, 30), a_fact(30)._replace(time=2**63)])
    assert {receipt.outcome for receipt in kept.append(facts(9, 31))} == {"accepted"}


def test_eventsourcings_way_in_knows_them_too(kept: SQLiteLedger) -> None:
    kept.append(facts(0, 13))
    for number in (3, 12):
        fact = a_fact(number)
        with pytest.raises(IntegrityError):
            kept.recorder.insert_events([stored_event(fact)], envelopes=[fact])
    assert kept.head() == 13


def test_reading_alone_needs_none_of_it(kept: SQLiteLedger, path: Path) -> None:
    kept.append(facts(0, 25))
    with SQLiteLedger.open_readonly(path) as reader:
        assert [sealed(fact) for fact in flat(list(reader.read()))] == facts(0, 25)
        assert reader.verify() == []


def test_a_fact_is_a_page_in_the_log(
    kept: SQLiteLedger, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there are: that of the fact. (At times another one, where that is full.)"""
    monkeypatch.setattr(known_ids, "STEP", 4_096)
    kept.append(facts(0, 5_000))
    pages = []
    with closing(sqlite3.connect(path)) as database:
        for number in range(5_000, 5_020):
            database.execute("PRAGMA wal_checkpoint")  # the log begins anew
            kept.append([a_fact(number)])
            _, in_log, _ = database.execute("PRAGMA wal_checkpoint").fetchone()
            pages.append(in_log)
    assert set(pages) <= {1, 2, 3}
    assert pages.count(1) > len(pages) / 2


@pytest.mark.parametrize(
    ("change", "batch", "seen"),
    [
        ("UPDATE known_id SET position = 3 WHERE position = 2", [a_fact(1)], "at position 3"),
        ("UPDATE known_id SET position = 99 WHERE position = 2", [a_fact(1)], "at position 99"),
        ("UPDATE fact SET position = -5 WHERE position = 2", [a_fact(1)], "at position 2 none"),
        # The id of a fact that is late, which comes into the table with this batch.
        (
            "INSERT INTO known_id SELECT id, 14 FROM fact WHERE position = 13",
            facts(50, 60),
            "agree",
        ),
    ],
)
def test_a_table_that_was_changed_blames_nobody(
    kept: SQLiteLedger, path: Path, change: str, batch: list[EventData], seen: str
) -> None:
    kept.append(facts(0, 13))
    tamper(path, change)
    with pytest.raises(Damaged, match=f"saw .*{seen}") as told:
        kept.append([*batch, *facts(70, 72)])
    assert "put the last sound copy" in str(told.value)
    assert kept.head() == 13


def as_version_2(path: Path) -> None:
    """A ledger with an index of its ids, as version 2 had it."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript(
            "DROP TABLE known_id; CREATE UNIQUE INDEX fact_id ON fact (id);"
            " PRAGMA user_version = 2;"
        )


@pytest.mark.parametrize("number", [0, 9, 10, 35])
def test_a_ledger_of_version_2(path: Path, number: int) -> None:
    with open_it(path) as ledger:
        ledger.append(facts(0, number))
    as_version_2(path)
    assert migrate(path) == number
    assert in_table(path) == number // STEP * STEP
    with open_it(path) as ledger:
        assert ledger.verify() == []
        again = ledger.append(facts(0, number + 1))
        assert [receipt.outcome for receipt in again] == ["duplicate"] * number + ["accepted"]
    assert migrate(path) == number + 1, "twice is once"
