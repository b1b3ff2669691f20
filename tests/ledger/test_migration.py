"""A ledger of version 1 becomes one of this version, whatever happens on the way."""

from __future__ import annotations

import itertools
import os
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from ledger.errors import CannotWrite, Damaged, Outdated
from ledger.port import RecordedEvent
from ledger.sqlite import known_ids, migration, origins, recorder
from ledger.sqlite.ledger import SQLiteLedger
from ledger.sqlite.migration import migrate
from tests.helpers import ROOT
from tests.ledger.making import a_fact, batch_of, flat
from tests.ledger.version_1 import write_version_1

KILLS = 25
#: What tells a ledger of version 3 from one of today, but for the marks of importers.
AS_VERSION_3 = """
DROP VIEW stored_events;
CREATE TABLE pairs AS SELECT number, type, source FROM origin;
DROP TABLE origin;
CREATE TABLE origin (
    number INTEGER PRIMARY KEY, type TEXT NOT NULL, source TEXT NOT NULL, UNIQUE (type, source)
);
INSERT INTO origin SELECT * FROM pairs;
DROP TABLE pairs;
PRAGMA user_version = 3;
"""


def recorded(count: int) -> list[RecordedEvent]:
    """Facts of all sizes, with and without further attributes, as version 1 recorded them."""
    batches = (batch_of("old", number) for number in itertools.count())
    given = itertools.islice(itertools.chain.from_iterable(batches), count)
    return [
        RecordedEvent(at, 1_700_000_000_000_000 + at // 7 * 1_000_000, *fact)
        for at, fact in enumerate(given, 1)
    ]


def test_positions_and_recorded_times_stay(path: Path) -> None:
    facts = recorded(300)
    write_version_1(path, facts)
    told: list[tuple[int, int]] = []
    with pytest.raises(Outdated):
        SQLiteLedger(path, lambda: 0)
    assert migrate(path, lambda *both: told.append(both)) == len(facts)
    assert told[-1] == (len(facts), len(facts))
    with SQLiteLedger(path, lambda: 1_700_000_300_000_000) as ledger:
        assert ledger.verify() == []
        assert flat(list(ledger.read())) == facts
        again = ledger.append([*batch_of("old", 0), a_fact(1)])
        assert [receipt.outcome for receipt in again[:-1]] == ["duplicate"] * (len(again) - 1)
        assert again[-1].position == len(facts) + 1
        assert ledger.recorder.max_notification_id() == len(facts) + 1
    assert migrate(path) == len(facts) + 1, "twice is once"


@pytest.mark.parametrize("count", [0, 1])
def test_small_ones(path: Path, count: int) -> None:
    path.touch()
    write_version_1(path, recorded(20)[:count])
    assert migrate(path) == count
    with SQLiteLedger.open_readonly(path) as ledger:
        assert ledger.verify() == []
        assert ledger.head() == count


def test_the_importers_of_version_3(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Facts keep their own text; those that come later share one."""
    monkeypatch.setattr(known_ids, "STEP", 2)
    imported = [a_fact(at)._replace(extensions={"importer": "m/f"}) for at in range(9)]
    monkeypatch.setattr(recorder, "mark_of", lambda extensions: None)
    with SQLiteLedger(path, lambda: 1_700_000_000_000_000) as ledger:
        ledger.append([*batch_of("old", 0), *imported[:6]])
        facts = flat(list(ledger.read()))
    monkeypatch.setattr(recorder, "mark_of", origins.mark_of)
    with closing(sqlite3.connect(path)) as database:
        database.executescript(AS_VERSION_3)
    with pytest.raises(Outdated):
        SQLiteLedger(path, lambda: 0)
    assert migrate(path) == len(facts)
    with SQLiteLedger(path, lambda: 1_700_000_300_000_000) as ledger:
        assert ledger.verify() == []
        assert flat(list(ledger.read())) == facts
        outcomes = [receipt.outcome for receipt in ledger.append(imported)]
        assert outcomes == ["duplicate"] * 6 + ["accepted"] * 3
        assert [each[2:] for each in flat(list(ledger.read()))[-3:]] == imported[6:]
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT mark FROM origin WHERE mark IS NOT NULL").fetchall() == [
            ('{"importer": "m/f"}',)
        ]


def test_killed_at_any_point(path: Path) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - pytest shows it when the test fails
    chance = random.Random(seed)
    facts = recorded(2_000)
    write_version_1(path, facts[:-1])
    finished = False
    for life in range(KILLS):
        finished |= killed_after(chance, path)
        if life == 2 and not finished:  # a program of version 1 goes on appending meanwhile
            write_version_1(path, facts[-1:])
        with closing(sqlite3.connect(path)) as database:
            (version,) = database.execute("PRAGMA user_version").fetchone()
            if version == 1:
                (left,) = database.execute("SELECT count(*) FROM stored_events").fetchone()
                assert left >= len(facts) - 1, "nothing is taken away before all is carried over"
            assert (version == 4) >= finished
    head = migrate(path)
    with SQLiteLedger.open_readonly(path) as ledger:
        assert ledger.verify() == []
        assert flat(list(ledger.read())) == facts[:head]
    assert head >= len(facts) - 1


def killed_after(chance: random.Random, path: Path) -> bool:
    """Let it be brought on for a random number of told batches, and a little longer. Whether it
    came to its end."""
    command = [sys.executable, "-m", "tests.ledger.version_1", str(path), "100"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, bufsize=0) as child:
        assert child.stdout is not None
        wanted = chance.randint(0, 6) * len("100/2000\n")
        said = b""
        while len(said) < wanted and (more := os.read(child.stdout.fileno(), wanted - len(said))):
            said += more
        for _ in range(chance.randrange(300_000)):
            pass
        child.kill()
        said += child.stdout.read()
    return b"done" in said


def test_two_at_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration, "BATCH", 10)
    facts = recorded(100)
    write_version_1(path, facts)
    seen: list[int] = []

    def meanwhile(done: int, total: int) -> None:
        if not seen:
            seen.append(migrate(path))

    assert migrate(path, meanwhile) == len(facts)
    assert seen == [len(facts)]
    with SQLiteLedger.open_readonly(path) as ledger:
        assert ledger.verify() == []
        assert flat(list(ledger.read())) == facts


def test_a_row_that_is_no_fact(path: Path) -> None:
    facts = recorded(30)
    write_version_1(path, [*facts[:9], facts[9]._replace(id="nobody's"), *facts[10:]])
    with pytest.raises(Damaged, match="a fact at position 10 of .*put the last sound copy") as bad:
        migrate(path)
    assert bad.value.positions == (10,)
    assert "nobody" not in str(bad.value)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ("originator_id = 'secret'", "id"),
        ("originator_id = x'00'", "id"),
        ("topic = x'00'", "type"),
        ("source = x'00'", "source"),
        ("subject = x'ff00'", "subject"),
        ("subject = CAST(x'ff00' AS TEXT)", "text"),
        ("time = 'secret'", "time"),
        ("time = 9223372036854775807", "time"),
        ("recorded_at = 1.5", "recorded time"),
        ("recorded_at = -9223372036854775808", "recorded time"),
        ("sequence = x'00'", "sequence"),
        ("extensions = '{'", "extensions"),
        ("extensions = '[]'", "extensions"),
        ("extensions = '{\"a\": 1}'", "extensions"),
        ("state = 'secret'", "body"),
        ("state = 7", "body"),
    ],
)
def test_what_is_no_fact_is_told_by_its_position(path: Path, change: str, name: str) -> None:
    write_version_1(path, recorded(30))
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP TRIGGER stored_events_no_update")
        database.execute(f"UPDATE stored_events SET {change} WHERE rowid = 10")
        database.commit()
    with pytest.raises(Damaged, match=f"a fact at position 10 of .* a row whose {name} is") as bad:
        migrate(path)
    assert bad.value.positions == (10,)
    assert "secret" not in str(bad.value)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (1,), "it is as it was"


def test_where_nothing_may_be_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_version_1(path, recorded(30))
    before = path.read_bytes()
    monkeypatch.setattr("os.access", lambda path, how: False)
    with pytest.raises(CannotWrite):
        migrate(path)
    with pytest.raises(Outdated, match="copy the folder to where you may write"):
        SQLiteLedger.open_readonly(path)
    assert path.read_bytes() == before
