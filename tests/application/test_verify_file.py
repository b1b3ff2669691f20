"""What is found in a ledger's file by each kind, also where whoever changed it has put the digests
right; changes at random are in ``test_tampering``."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from eventsourcing.sqlite import SQLiteCursor

from application.embedded_home import EmbeddedHome
from application.errors import Unknown
from application.home import LEDGER_FILE
from application.verify import Verification, verify
from domain.positions import position_of
from ledger.digest import START, extended
from ledger.sqlite import known_ids
from ledger.sqlite.ledger import SQLiteLedger
from ledger.sqlite.origins import Origins
from ledger.sqlite.recorder import statements_in
from ledger.sqlite.rows import content_of, select
from tests.homes import embedded_home
from tests.ledger.making import facts
from tests.ledger.version_1 import write_version_1

#: All that the facts differ in, and that of the fourth one.
ALL = "id, subject, time"
OF_4 = f"SELECT {ALL} FROM fact WHERE position = 4"
#: A trigger of some name that guards nothing.
IDLE = "CREATE TRIGGER {} BEFORE UPDATE ON fact BEGIN SELECT 1; END"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EmbeddedHome:
    """Twelve facts, recorded a second apart, three at a time, the ids of ten of them in the table;
    and the views of them."""
    monkeypatch.setattr(known_ids, "STEP", 5)
    ticks = iter(range(1_900_000_000_000_000, 2_000_000_000_000_000, 1_000_000))
    with SQLiteLedger(tmp_path / LEDGER_FILE, lambda: next(ticks)) as ledger:
        for start in range(0, 12, 3):
            ledger.append(facts(start, start + 3))
    made = embedded_home(tmp_path)
    made.catch_up(lambda done, total: None)
    return made


def tamper(home: EmbeddedHome, *statements: str, rechained: bool = False) -> None:
    """Change a ledger past its guards; ``rechained``: and put each digest right."""
    path = home.folder / LEDGER_FILE
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for table in ("fact", "origin", "known_id"):
            for verb in ("update", "delete"):
                connection.execute(f"DROP TRIGGER {table}_no_{verb}")
        for statement in statements:
            connection.execute(statement)
        if rechained:
            cursor = SQLiteCursor(connection.cursor())
            rows = select(cursor, "ORDER BY position", ())
            contents = [content_of(row, Origins().read(cursor)) for row in rows]
            for row, digest in zip(rows, extended(START, contents), strict=True):
                change = "UPDATE fact SET digest = ? WHERE position = ?"
                connection.execute(change, (digest, row[0]))
        for statement in statements_in("tables.sql"):
            connection.execute(statement)


def found(home: EmbeddedHome, first: int = 1) -> list[tuple[int | str | None, str]]:
    return [(one["position"], one["kind"]) for one in verify(home, Verification(first))["faults"]]


@pytest.mark.parametrize(
    ("statement", "wanted"),
    [
        ("DELETE FROM fact WHERE position BETWEEN 4 AND 6", [(4, "gap")]),
        (
            f"UPDATE fact SET position = {2**63 - 1} WHERE position = 12",
            [(11, "damaged"), (12, "gap")],  # a ledger that ends there has the ids of all others
        ),
        ("UPDATE fact SET id = x'00' WHERE position = 2", [(2, "id")]),
        ("UPDATE fact SET origin = 99 WHERE position = 2", [(2, "unreadable")]),
        ("UPDATE fact SET time = 'noon' WHERE position = 2", [(2, "unreadable")]),
        ("UPDATE fact SET extensions = '{' WHERE position = 2", [(2, "unreadable")]),
        ("UPDATE fact SET digest = 'x' WHERE position = 2", [(2, "checksum")]),
        ("DELETE FROM origin", [(at, "unreadable") for at in range(1, 13)]),
    ],
)
def test_a_change(home: EmbeddedHome, statement: str, wanted: list[tuple[int, str]]) -> None:
    tamper(home, statement)
    assert [one for one in found(home) if one[1] != "views"] == wanted


@pytest.mark.parametrize(
    ("statements", "wanted"),
    [
        (["UPDATE fact SET subject = 'customer:0' WHERE position = 2"], []),
        (["UPDATE fact SET recorded_at = recorded_at - 5000000 WHERE position = 7"], [(7, "time")]),
        (
            ["UPDATE fact SET body = CAST(substr(body, 1, 5) AS BLOB) WHERE position = 7"],
            [(7, "unreadable")],
        ),
        (
            ["UPDATE fact SET id = (SELECT id FROM fact WHERE position = 4) WHERE position = 9"],
            [(9, "conflict"), (9, "damaged")],
        ),
        (
            [f"UPDATE fact SET ({ALL}) = ({OF_4}) WHERE position = 9"],
            [(9, "damaged"), (9, "duplicate")],
        ),
        (
            [f"UPDATE fact SET ({ALL}) = ({OF_4}) WHERE position = 11"],
            [(11, "duplicate")],
        ),
    ],
)
def test_a_change_by_somebody_who_knows_about_digests(
    home: EmbeddedHome, statements: list[str], wanted: list[tuple[int, str]]
) -> None:
    """Each fact by itself is sound then. The views are not of these facts."""
    tamper(home, *statements, rechained=True)
    assert sorted(found(home)) == sorted([*wanted, (12, "views")])


@pytest.mark.parametrize(
    ("statement", "wanted"),
    [
        ("DELETE FROM known_id WHERE position = 7", [(7, "damaged")]),
        ("UPDATE known_id SET position = 3 WHERE position = 7", [(7, "damaged")]),
        ("UPDATE known_id SET position = 99 WHERE position = 7", [(7, "damaged")]),
        ("UPDATE known_id SET id = zeroblob(16) WHERE position = 7", [(7, "damaged")]),
        ("INSERT INTO known_id VALUES (zeroblob(16), 7)", [(7, "damaged")]),
        ("INSERT INTO known_id VALUES (zeroblob(16), 11)", [(11, "damaged")]),
        ("INSERT INTO known_id VALUES (zeroblob(16), -7)", [(-7, "damaged")]),
        ("INSERT INTO known_id VALUES (zeroblob(16), 13)", [(13, "cut")]),
        ("DELETE FROM known_id", [(at, "damaged") for at in range(1, 11)]),
        ("DROP TABLE known_id", [(None, "damaged")] * 3),  # and its triggers
    ],
)
def test_how_ids_are_known_is_looked_at(
    home: EmbeddedHome, statement: str, wanted: list[tuple[int | None, str]]
) -> None:
    with closing(sqlite3.connect(home.folder / LEDGER_FILE, isolation_level=None)) as connection:
        for verb in ("update", "delete"):
            connection.execute(f"DROP TRIGGER known_id_no_{verb}")
        connection.execute(statement)
        if "TABLE" not in statement:
            for made in statements_in("tables.sql"):
                connection.execute(made)
    assert [one for one in found(home) if one[1] != "views"] == wanted
    assert found(home, 8) == [one for one in wanted if one[0] is None or not 0 < one[0] < 8]


def test_facts_that_were_cut_off_are_missed_without_views(home: EmbeddedHome) -> None:
    tamper(home, "DELETE FROM fact WHERE position > 6")
    (home.folder / "views.duckdb").unlink()
    assert found(home) == [(7, "cut")]


def test_from_a_position_on(home: EmbeddedHome) -> None:
    tamper(home, "UPDATE fact SET subject = 'customer:0' WHERE position = 2")
    assert found(home) == [(2, "checksum")]
    assert found(home, 3) == []
    for nowhere, seen in ((13, "13"), (9_999, "9,999"), (position_of(1, 4), "1:5")):
        with pytest.raises(Unknown, match=f"a position from 1 to 12, .* saw {seen};"):
            verify(home, Verification(nowhere))


def test_a_position_that_only_the_views_know_is_none_that_nobody_knows(home: EmbeddedHome) -> None:
    tamper(home, "DELETE FROM fact WHERE position > 6")
    assert found(home, 9) == [(7, "cut")] * 2, "the ids know some too"


def test_an_empty_ledger_is_looked_at(tmp_path: Path) -> None:
    SQLiteLedger(tmp_path / LEDGER_FILE, lambda: 7).close()
    assert found(embedded_home(tmp_path)) == []


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TRIGGER known_id_no_delete",
        "DROP TRIGGER fact_no_update",
        "DROP TRIGGER origin_no_delete",
        f"DROP TRIGGER fact_no_update; {IDLE.format('fact_no_update')}",
        IDLE.format("secret"),
        "DROP VIEW stored_events",
    ],
)
def test_what_guards_the_facts_is_looked_at(home: EmbeddedHome, statement: str) -> None:
    with closing(sqlite3.connect(home.folder / LEDGER_FILE)) as connection:
        connection.executescript(statement)
    assert found(home) == [(None, "damaged")]
    assert "secret" not in str(verify(home))


@pytest.mark.parametrize("position", [0, -5])
def test_a_row_before_all_positions(home: EmbeddedHome, position: int) -> None:
    tamper(
        home,
        f"INSERT INTO fact SELECT {position}, recorded_at, zeroblob(16), origin, subject, time,"
        " correlationid, causationid, sequence, extensions, digest, body FROM fact LIMIT 1",
    )
    assert found(home) == [(position, "order")]


@pytest.mark.parametrize(
    ("content", "kind"), [(b"", "cut"), (b"not a database", "cut"), (b"x" * 5000, "damaged")]
)
def test_a_file_that_is_no_ledger(home: EmbeddedHome, content: bytes, kind: str) -> None:
    (home.folder / LEDGER_FILE).write_bytes(content)
    answer = verify(home)
    assert kind in answer["kinds"]
    assert (answer["facts"], answer["views"]) == (0, "unknown")


def test_what_is_left_of_a_file_that_was_cut_is_looked_at(home: EmbeddedHome) -> None:
    path = home.folder / LEDGER_FILE
    content = path.read_bytes()
    path.write_bytes(content[:-4096])
    answer = verify(home)
    assert "cut" in answer["kinds"]
    assert answer["views"] == "other"
    path.write_bytes(content)
    assert found(home) == []


def test_a_log_that_was_lost(tmp_path: Path) -> None:
    """What was acknowledged lay in it. The views know."""
    with SQLiteLedger(tmp_path / LEDGER_FILE, lambda: 7) as ledger:
        ledger.append(facts(0, 3))
    home = embedded_home(tmp_path)
    lost = (tmp_path / LEDGER_FILE).read_bytes()
    with SQLiteLedger(tmp_path / LEDGER_FILE, lambda: 7) as ledger:
        ledger.append(facts(3, 9))
    home.catch_up(lambda done, total: None)
    (tmp_path / LEDGER_FILE).write_bytes(lost)
    assert found(home) == [(4, "cut")]


def test_views_that_know_no_digest(home: EmbeddedHome) -> None:
    with duckdb.connect(home.folder / "views.duckdb") as connection:
        connection.execute("UPDATE pledger_state SET digest = NULL")
    answer = verify(home)
    assert (answer["faults"], answer["views"]) == ([], "unknown")


def test_an_earlier_form_that_is_refused(home: EmbeddedHome) -> None:
    """It can't be brought to this form; what is wrong with it is told all the same."""
    path = home.folder / LEDGER_FILE
    with SQLiteLedger.open_readonly(path) as ledger:
        told = [fact for batch in ledger.read() for fact in batch]
    path.unlink()
    path.touch()
    told[4] = told[4]._replace(id="secret")
    told[6] = told[6]._replace(time=2**63 - 1)
    write_version_1(path, told)
    assert found(home) == [(5, "id"), (7, "unreadable")]
    assert found(home, 6) == [(7, "unreadable")]
    answer = verify(home)
    assert (answer["facts"], answer["positions"]["to"], answer["views"]) == (12, 12, "unknown")
    assert "secret" not in str(answer)
