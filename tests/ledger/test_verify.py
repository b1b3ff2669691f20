"""The check of the whole ledger sees what it is for, and reading gives nothing that was changed."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.errors import Damaged, LedgerError
from ledger.port import RecordedEvent
from ledger.sqlite import known_ids
from ledger.sqlite.ledger import SQLiteLedger
from ledger.sqlite.reader import FactReader, ranges
from tests.ledger.making import a_fact, facts, flat
from tests.ledger.tampering import tamper

FACTS = 401


@pytest.fixture
def made(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(known_ids, "STEP", 100)
    with SQLiteLedger(path, lambda: 1_800_000_000_000_000) as ledger:
        imported = a_fact(399)._replace(extensions={"importer": "m/f"})
        ledger.append([*facts(0, 399), imported, a_fact(400)._replace(extensions={"a": "é"})])
        assert ledger.verify() == []
    return path


def read_all(ledger: SQLiteLedger) -> int:
    return sum(len(batch) for batch in ledger.read(batch=150))


def columns_all(ledger: SQLiteLedger) -> int:
    return sum(batch.num_rows for batch in ledger.columns(batch=150))


def read_or_told(path: Path) -> tuple[list[RecordedEvent], str]:
    """The facts of a ledger, or what is said of why there are none."""
    try:
        with SQLiteLedger.open_readonly(path) as ledger:
            return flat(list(ledger.read())), ""
    except LedgerError as error:
        return [], str(error)


CHANGES = [
    ("DELETE FROM fact WHERE position = 7", [7]),
    ("DELETE FROM fact WHERE position = 1", [1]),
    ("UPDATE fact SET position = 500 WHERE position = 401", [401]),
    ("UPDATE fact SET recorded_at = 3 WHERE position = 401", [401]),
    ("UPDATE fact SET id = zeroblob(16) WHERE position = 2", [2]),
    ("UPDATE fact SET id = x'00' WHERE position = 2", [2]),
    ("UPDATE fact SET extensions = '{' WHERE position = 401", [401]),
    ("UPDATE fact SET extensions = '{}' WHERE position = 2", [2]),
    ("UPDATE fact SET body = x'0000000007' || substr(body, 6) WHERE position = 301", [301]),
    ("UPDATE fact SET body = 7 WHERE position = 301", [301]),
    ("UPDATE fact SET subject = x'ff' WHERE position = 3", [3]),
    ("UPDATE fact SET time = 'noon' WHERE position = 3", [3]),
    ("UPDATE fact SET origin = 99 WHERE position = 3", [3]),
    ("UPDATE fact SET origin = -1 WHERE position = 3", [3]),
    ("UPDATE fact SET correlationid = '' WHERE position = 150", [150]),
    ("UPDATE fact SET digest = 5 WHERE position = 150", [150]),
    ("UPDATE fact SET digest = 5 WHERE position = 401", [401]),
    ("UPDATE fact SET digest = 'x' WHERE position = 150", [150]),
    ("UPDATE fact SET digest = 'x' WHERE position = 401", [401]),
    ("UPDATE origin SET type = 'customer.chased'", list(range(1, 402))),
    ("UPDATE origin SET mark = '{}' WHERE mark IS NOT NULL", [400]),
    ("UPDATE origin SET mark = x'ff' WHERE mark IS NOT NULL", [400]),
    ("DELETE FROM origin", list(range(1, 402))),
]


@pytest.mark.parametrize(("statement", "positions"), CHANGES)
@pytest.mark.parametrize("read", [read_all, columns_all])
def test_what_was_changed_is_not_given(
    made: Path, statement: str, positions: list[int], read: Callable[[SQLiteLedger], int]
) -> None:
    tamper(made, statement)
    with SQLiteLedger.open_readonly(made) as ledger:
        assert ledger.verify() != []
        if ledger.head() == 500:
            positions = list(range(401, 501))
        with pytest.raises(Damaged) as damaged:
            read(ledger)
        first = [at for at in positions if at <= (positions[0] - 1) // 150 * 150 + 150]
        assert list(damaged.value.positions) == first
        assert f"at position {first[0]} " in str(damaged.value)
        assert "put the last sound copy in its place" in str(damaged.value)
    with SQLiteLedger.open_readonly(made, without=positions) as ledger:
        left = FACTS - len([at for at in positions if at <= FACTS])
        assert (read_all(ledger), columns_all(ledger)) == (left, left)


@pytest.mark.parametrize(
    "change", ["digest = 'x'", "digest = digest + 1", "recorded_at = 'x'", "body = 7", "origin = 9"]
)
def test_nothing_is_appended_to_a_last_fact_that_was_changed(made: Path, change: str) -> None:
    tamper(made, f"UPDATE fact SET {change} WHERE position = {FACTS}")
    with SQLiteLedger(made, lambda: 1_800_000_000_000_000) as ledger:
        for some in ([a_fact(900)], [a_fact(5), a_fact(900)]):
            with pytest.raises(Damaged, match=f"at position {FACTS} .*nothing was written") as told:
                ledger.append(some)
            assert told.value.positions == (FACTS,)
        assert ledger.head() == FACTS


@pytest.mark.parametrize(
    "change",
    [
        "subject = 'customer:0'",
        "subject = x'ff'",
        "subject = CAST(x'ff' AS TEXT)",
        "extensions = '{'",
        "time = 'noon'",
        "origin = 99",
        "body = 7",
        "digest = 'x'",
        "position = -5",
    ],
)
def test_nobody_is_blamed_for_a_stored_fact_that_was_changed(made: Path, change: str) -> None:
    """Whoever emits that fact again says what was said before."""
    tamper(made, f"UPDATE fact SET {change} WHERE position = 150")
    with SQLiteLedger(made, lambda: 1_800_000_000_000_000) as ledger:
        with pytest.raises(Damaged, match="at position 150 .*nothing was written") as told:
            ledger.append([a_fact(900), a_fact(149), a_fact(3)])
        assert told.value.positions == (150,)
        assert ledger.head() == FACTS
        assert ledger.append([a_fact(3)])[0].outcome == "duplicate", "others can be compared"


@pytest.mark.parametrize("value", ["'x'", "digest + 1"])
def test_what_is_wrong_before_the_last_fact_keeps_nobody_from_appending(
    made: Path, value: str
) -> None:
    tamper(made, f"UPDATE fact SET digest = {value} WHERE position = {FACTS - 1}")
    with SQLiteLedger(made, lambda: 1_800_000_000_000_000) as ledger:
        assert ledger.append([a_fact(900)])[0].position == FACTS + 1
        assert [fault.position for fault in ledger.verify()] == [FACTS - 1]


def test_the_number_of_an_origin_takes_no_memory(made: Path) -> None:
    tamper(made, "UPDATE origin SET number = 9e18 WHERE number = (SELECT max(number) FROM origin)")
    with SQLiteLedger(made, lambda: 1_800_000_000_000_000) as ledger:
        with pytest.raises(Damaged):
            read_all(ledger)
        with pytest.raises(Damaged):
            columns_all(ledger)
        assert ledger.verify()


def test_two_rows_that_changed_places(made: Path) -> None:
    tamper(
        made,
        "UPDATE fact SET position = 900 WHERE position = 20",
        "UPDATE fact SET position = 20 WHERE position = 40",
        "UPDATE fact SET position = 40 WHERE position = 900",
    )
    with SQLiteLedger.open_readonly(made) as ledger:
        with pytest.raises(Damaged) as damaged:
            read_all(ledger)
        assert {20, 40} <= set(damaged.value.positions)


def test_a_thousand_bytes_changed_at_random(made: Path) -> None:
    """Each alone, somewhere in the file: it is told, or nothing of it shows in a fact."""
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - pytest shows it when the test fails
    chance = random.Random(seed)
    with SQLiteLedger.open_readonly(made) as ledger:
        whole = flat(list(ledger.read()))
    content = made.read_bytes()
    for _ in range(200):
        at = chance.randrange(100, len(content))
        changed = bytes([content[at] ^ chance.randint(1, 255)])
        made.write_bytes(content[:at] + changed + content[at + 1 :])
        given, told = read_or_told(made)
        assert given == whole or told, f"byte {at}"
        assert "sqlite" not in told.replace(str(made), "").lower()


@pytest.mark.parametrize("read", [read_all, columns_all])
def test_a_file_that_was_cut(made: Path, read: Callable[[SQLiteLedger], int]) -> None:
    content = made.read_bytes()
    made.write_bytes(content[: len(content) // 2 // 4096 * 4096])
    with pytest.raises(Damaged) as damaged, SQLiteLedger.open_readonly(made) as ledger:
        read(ledger)
    assert "malformed" not in str(damaged.value)


def test_what_is_sound_is_checked_together(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One by one is a hundred times slower, and gives the same: nothing else would show it."""

    def never(*given: object) -> None:
        raise AssertionError("each row was looked at by itself")

    monkeypatch.setattr(FactReader, "_one_by_one", never)
    with SQLiteLedger.open_readonly(made) as ledger:
        assert (read_all(ledger), columns_all(ledger)) == (FACTS, FACTS)


@pytest.mark.parametrize(
    ("positions", "shown"),
    [([7], "7"), ([7, 8], "7-8"), ([1, 2, 3, 5, 9, 10], "1-3, 5, 9-10")],
)
def test_positions_are_shown_as_they_are_given_to_leave_them_out(
    positions: list[int], shown: str
) -> None:
    assert ranges(positions) == shown


def test_an_id_that_is_there_twice(made: Path) -> None:
    tamper(made, "UPDATE fact SET id = (SELECT id FROM fact WHERE position = 1) WHERE position = 2")
    with SQLiteLedger.open_readonly(made) as ledger:
        found = {(fault.position, fault.kind) for fault in ledger.verify()}
    assert found == {(2, "conflict"), (2, "checksum")}


def test_a_page_that_was_overwritten(made: Path) -> None:
    with made.open("r+b") as file:
        file.seek(9 * 4096)
        file.write(b"\x55" * 4096)
    with SQLiteLedger.open_readonly(made) as ledger:
        faults = ledger.verify()
        with pytest.raises(Damaged, match="expected .*, saw .*; .*put the last sound copy"):
            list(ledger.read())
    assert "damaged" in {fault.kind for fault in faults}
