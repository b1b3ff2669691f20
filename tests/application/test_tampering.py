"""A ledger that was changed past everything that guards it: each single change is found, by its
kind and where it is, and an untouched copy is sound."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from application.embedded_home import EmbeddedHome
from application.home import LEDGER_FILE
from application.verify import Verified, verify
from ledger.port import EventData
from ledger.sqlite import known_ids
from ledger.sqlite.known_ids import kept_upto
from ledger.sqlite.ledger import SQLiteLedger
from ledger.sqlite.recorder import statements_in
from tests.dice import DICE
from tests.homes import embedded_home
from tests.projections.stores import sealed
from tests.simulator.simulated import facts

#: So many here; every night a thousand (``.ci/nightly``).
COUNT = int(os.environ.get("PLEDGER_TAMPERINGS", "200"))

LATE = 1_900_000_000_000_000


class Change(NamedTuple):
    """What a change must be found as: one of these kinds at each of these positions, and nothing at
    any other. No positions: it can't be known where it is."""

    kinds: set[str]
    positions: AbstractSet[int | None] | None = None


class Victim(NamedTuple):
    """A copy of a ledger, its last position, and the dice."""

    path: Path
    head: int
    chance: random.Random

    def place(self) -> int:
        """Any position but the last: that this one is missing only views can know."""
        return self.chance.randrange(1, self.head)

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            for table in ("fact", "origin", "known_id"):
                for verb in ("update", "delete"):
                    connection.execute(f"DROP TRIGGER {table}_no_{verb}")
            yield connection
            for statement in statements_in("tables.sql"):
                connection.execute(statement)


def a_value(victim: Victim) -> Change:
    """A byte of any column, or a bit of a number."""
    at = victim.place()
    with victim.open() as connection:
        cursor = connection.execute("SELECT * FROM fact WHERE position = ?", (at,))
        row = dict(zip([name for name, *_ in cursor.description], cursor.fetchone(), strict=True))
        there = [name for name, value in row.items() if value is not None and name != "position"]
        column = victim.chance.choice(there)
        put = f"UPDATE fact SET {column} = {{}} WHERE position = ?"
        value = row[column]
        if isinstance(value, int):
            other = value ^ 1 << victim.chance.randrange(40)
            connection.execute(put.format("?"), (other, at))
        elif isinstance(value, bytes):
            connection.execute(put.format("?"), (changed(value, victim.chance), at))
        else:
            other_text = changed(value.encode(), victim.chance)
            connection.execute(put.format("CAST(? AS TEXT)"), (other_text, at))
    return Change({"checksum", "unreadable"}, {at})


def changed(value: bytes, chance: random.Random) -> bytes:
    """One byte of it is another."""
    at = chance.randrange(len(value))
    return value[:at] + bytes([value[at] ^ chance.randint(1, 255)]) + value[at + 1 :]


def an_origin(victim: Victim) -> Change:
    """A byte of a type or a source: all facts from there say something else."""
    with victim.open() as connection:
        numbers = connection.execute("SELECT DISTINCT origin FROM fact ORDER BY 1").fetchall()
        (number,) = victim.chance.choice(numbers)
        column = victim.chance.choice(["type", "source"])
        ((value,),) = connection.execute(
            f"SELECT {column} FROM origin WHERE number = ?", (number,)
        ).fetchall()
        other = changed(value.encode(), victim.chance)
        put = f"UPDATE origin SET {column} = CAST(? AS TEXT) WHERE number = ?"
        connection.execute(put, (other, number))
        told = connection.execute("SELECT position FROM fact WHERE origin = ?", (number,))
        return Change({"checksum", "unreadable"}, {at for (at,) in told.fetchall()})


def a_missing_row(victim: Victim) -> Change:
    at = victim.place()
    with victim.open() as connection:
        connection.execute("DELETE FROM fact WHERE position = ?", (at,))
    return Change({"gap"}, {at})


def an_added_row(victim: Victim) -> Change:
    """At the end, made like another one, with an id of its own or with that one's."""
    like, at = victim.place(), victim.head + 1
    key = victim.chance.randbytes(16)
    with victim.open() as connection:
        put = "INSERT INTO fact SELECT ?, recorded_at, {}, origin, subject, time, correlationid,"
        put += " causationid, sequence, extensions, digest, body FROM fact WHERE position = ?"
        if victim.chance.random() < 0.5:
            connection.execute(put.format("?"), (at, key, like))
            # It was recorded before the one in front of it.
            return Change({"checksum"}, {at})
        connection.execute(put.format("id"), (at, like))
        return Change({"checksum", "duplicate"}, {at})


def a_row_put_in(victim: Victim) -> Change:
    """In the middle: all that come after it move on."""
    at = victim.place()
    key = victim.chance.randbytes(16)
    with victim.open() as connection:
        connection.execute("UPDATE fact SET position = -position - 1 WHERE position >= ?", (at,))
        connection.execute("UPDATE fact SET position = -position WHERE position < 0")
        put = "INSERT INTO fact SELECT ?, recorded_at, ?, origin, subject, time, correlationid,"
        put += " causationid, sequence, extensions, digest, body FROM fact WHERE position = ?"
        connection.execute(put, (at, key, at + 1))
    return Change({"checksum", "order"}, set(range(at, victim.head + 2)))


def two_rows_swapped(victim: Victim) -> Change:
    one, other = victim.chance.sample(range(1, victim.head + 1), 2)
    with victim.open() as connection:
        for to, at in ((-1, one), (one, other), (other, -1)):
            connection.execute("UPDATE fact SET position = ? WHERE position = ?", (to, at))
    return Change({"order"}, {one, other})


def a_file_cut(victim: Victim) -> Change:
    content = victim.path.read_bytes()
    victim.path.write_bytes(content[: victim.chance.randrange(len(content))])
    return Change({"cut"})


def a_page_overwritten(victim: Victim) -> Change:
    size = 4096
    pages = victim.path.stat().st_size // size
    with victim.path.open("r+b") as file:
        file.seek(victim.chance.randrange(1, pages) * size)
        file.write(victim.chance.randbytes(size))
    return Change({"damaged"})


def last_rows_cut_off(victim: Victim) -> Change:
    """Which views show, that know more; and the ids, of those that are in the table."""
    at = victim.chance.randrange(victim.head)
    with victim.open() as connection:
        connection.execute("DELETE FROM fact WHERE position > ?", (at,))
    return Change({"cut"}, {at + 1})


def a_known_id(victim: Victim) -> Change:
    """Where a fact lies by its id: missing, elsewhere, or of an id that no fact has."""
    at = victim.chance.randrange(1, kept_upto(victim.head) + 1)
    other = victim.chance.choice([0, at - 1, victim.head + 9])
    key = victim.chance.randbytes(16)
    with victim.open() as connection:
        statement, values = victim.chance.choice(
            [
                ("DELETE FROM known_id WHERE position = ?", (at,)),
                ("UPDATE known_id SET position = ? WHERE position = ?", (other, at)),
                (
                    "UPDATE known_id SET id = ? WHERE position = ?",
                    (key, at),
                ),
                ("INSERT INTO known_id VALUES (?, ?)", (key, at)),
            ]
        )
        connection.execute(statement, values)
    return Change({"damaged"}, {at})


CHANGES: tuple[Callable[[Victim], Change], ...] = (
    a_value,
    a_value,
    a_value,
    an_origin,
    a_missing_row,
    an_added_row,
    a_row_put_in,
    two_rows_swapped,
    a_file_cut,
    a_page_overwritten,
    last_rows_cut_off,
    a_known_id,
)


@pytest.fixture(scope="module", autouse=True)
def _few_ids_at_a_time() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(known_ids, "STEP", 64)
        yield


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with its views: some hundred facts, recorded in some batches."""
    folder = tmp_path_factory.mktemp("original")
    told = [sealed(one) for one in facts(3, 9)]
    assert 0 < kept_upto(len(told)) == kept_upto(len(told) + 1)
    ticks = iter(range(LATE, LATE + 10**9, 1_000_000))
    with SQLiteLedger(folder / LEDGER_FILE, lambda: next(ticks)) as ledger:
        for start in range(0, len(told), 50):
            ledger.append([dressed(one, at) for at, one in enumerate(told[start : start + 50])])
    embedded_home(folder).catch_up(lambda done, total: None)
    return folder


def dressed(fact: EventData, number: int) -> EventData:
    """With something in each column now and then."""
    return fact._replace(
        sequence=str(number) if number % 3 == 0 else fact.sequence,
        extensions={"traceparent": f"é{number}"} if number % 5 == 0 else fact.extensions,
    )


def test_each_change_is_found(
    original: Path,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A row put in moves all that come after it, and each of them is to be found.
    monkeypatch.setattr("ledger.faults.LISTED", 10_000)
    seed = int(os.environ.get("PLEDGER_TAMPERING_SEED", random.SystemRandom().randrange(2**32)))
    record_property(DICE, f"PLEDGER_TAMPERING_SEED={seed} PLEDGER_TAMPERINGS={COUNT}")
    chance = random.Random(seed)
    homes = {views: copied(original, tmp_path / str(views), views=views) for views in (True, False)}
    head = expect_sound(homes[True], "same")
    expect_sound(homes[False], "none")
    for number in range(COUNT):
        change = chance.choice(CHANGES)
        views = change is last_rows_cut_off or chance.random() < 0.5
        home = homes[views]
        for beside in home.folder.glob(f"{LEDGER_FILE}*"):
            beside.unlink()
        shutil.copy(original / LEDGER_FILE, home.folder)
        wanted = change(Victim(home.folder / LEDGER_FILE, head, chance))
        expect_found(verify(home), wanted, f"seed {seed}, number {number}: {change.__name__}")
    for home in homes.values():
        shutil.copy(original / LEDGER_FILE, home.folder)
    expect_sound(homes[True], "same")


def copied(original: Path, folder: Path, *, views: bool) -> EmbeddedHome:
    shutil.copytree(original, folder)
    if not views:
        (folder / "views.duckdb").unlink()
    return embedded_home(folder)


def expect_sound(home: EmbeddedHome, views: str) -> int:
    found = verify(home)
    assert (found["faults"], found["kinds"], found["views"]) == ([], {}, views)
    assert found["facts"] == found["positions"]["to"]
    return found["facts"]


def expect_found(found: Verified, wanted: Change, what: str) -> None:
    # What else the views may be of shows where they end.
    faults = [one for one in found["faults"] if one["kind"] != "views"]
    kinds = {one["kind"] for one in faults}
    assert kinds & wanted.kinds, f"{what}: {found['faults'][:3]}"
    assert found["views"] != "same", what
    assert all(one["remedy"] for one in found["faults"]), what
    if wanted.positions is not None:
        assert kinds <= wanted.kinds, f"{what}: {faults[:3]}"
        assert {one["position"] for one in faults} == wanted.positions, f"{what}: {faults[:3]}"
