"""DuckDB's home of views keeps the contract, and says what is the matter with its file."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import duckdb
import pytest

from consumers import embedded_projector
from consumers.embedded_projector import keep_up, rebuild
from projections import file_locks
from projections.duckdb import store as duckdb_store
from projections.duckdb.session import DuckDBSession
from projections.duckdb.store import (
    ASIDE,
    BUILDING,
    FILE,
    DuckDBStore,
    write_position,
)
from projections.duckdb.told import told
from projections.errors import Busy, CannotWrite, Damaged
from tests.projections.comparison import expect_rows_in
from tests.projections.contract import (
    HALF,
    STORY,
    Interruption,
    KeepsViews,
    LetsReadersBe,
    OpenHome,
    failing_after,
)
from tests.projections.rows import Row
from tests.projections.stores import MemoryLedger, OpenFile, table_rows

LEDGER = MemoryLedger(STORY)


class DuckDBKeeper:
    """The file of views with the projector that keeps it up."""

    def __init__(self, home: DuckDBStore) -> None:
        self.home = home
        self.definition = home.definition

    def position(self) -> int | None:
        state = self.home.state()
        return None if state is None else state.position

    def built_by(self) -> str | None:
        state = self.home.state()
        return None if state is None else state.definition

    def keep_up(self, ledger: MemoryLedger) -> int:
        return keep_up(ledger, self.home)

    def rebuild(self, ledger: MemoryLedger) -> int:
        return rebuild(ledger, self.home, forget_lost=True)

    def reading(self) -> AbstractContextManager[DuckDBSession]:
        return self.home.reading()

    def writing(self) -> AbstractContextManager[DuckDBSession]:
        return self.home.writing("a test")

    @contextmanager
    def building(self) -> Iterator[DuckDBSession]:
        with self.home.alone(), self.home.building() as session:
            yield session

    def rows(self, view: str) -> list[Row]:
        with self.reading() as session:
            return table_rows(session.connection, view)

    def write_position(self, session: DuckDBSession, position: int) -> None:
        write_position(session, position, LEDGER.digest(position))


@pytest.fixture
def open_home(open_file: OpenFile) -> OpenHome:
    return lambda: DuckDBKeeper(open_file())


class TestDuckDBKeepsViews(KeepsViews):
    steps = ((embedded_projector, "fold_fresh"), (embedded_projector, "write_position"))
    steps_of_a_rebuild = ((embedded_projector, "fold_all"), (embedded_projector, "write_position"))


class TestDuckDBLetsReadersBe(LetsReadersBe):
    pass


def test_an_interrupted_rebuild_leaves_nothing_beside(
    open_file: OpenFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuild(LEDGER, open_file())
    before = sorted(path.name for path in tmp_path.iterdir())
    with failing_after(monkeypatch, (embedded_projector, "fold_all")), pytest.raises(Interruption):
        rebuild(LEDGER, open_file())
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_what_a_killed_rebuild_has_left_is_in_nobodys_way(
    open_file: OpenFile, tmp_path: Path
) -> None:
    (tmp_path / BUILDING).write_bytes(b"half a file")
    (tmp_path / f"{BUILDING}.wal").write_bytes(b"half a log")
    keep_up(LEDGER, open_file())
    expect_rows_in(open_file(), STORY)
    assert not list(tmp_path.glob(f"{BUILDING}*"))


# ---------------------------------------------------------------------------- files that are wrong


def nothing(good: bytes) -> bytes:
    return b""


def text(good: bytes) -> bytes:
    return b"customer,order\n" * 1000


def sqlite(good: bytes) -> bytes:
    return b"SQLite format 3\0" + good[16:]


def cut_in_the_header(good: bytes) -> bytes:
    return good[:5000]


def damaged_header(good: bytes) -> bytes:
    return good[:100] + bytes(byte ^ 0xFF for byte in good[100:20_000]) + good[20_000:]


@pytest.mark.parametrize("spoil", [nothing, text, sqlite, cut_in_the_header, damaged_header])
def test_a_damaged_file_is_put_aside_and_built_again(
    open_file: OpenFile, tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    keep_up(LEDGER, open_file())
    bad = spoil((tmp_path / FILE).read_bytes())
    (tmp_path / FILE).write_bytes(bad)
    said: list[str] = []
    assert keep_up(LEDGER, open_file(on_wait=said.append)) == len(STORY)
    expect_rows_in(open_file(), STORY)
    assert (tmp_path / ASIDE).read_bytes() == bad
    (sentence,) = said
    assert FILE in sentence
    assert ASIDE in sentence


def test_somebodys_own_database_is_put_aside_whole(open_file: OpenFile, tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / FILE)) as own:
        own.execute("CREATE TABLE thesis AS SELECT 42 AS answer")
    keep_up(LEDGER, open_file())
    expect_rows_in(open_file(), STORY)
    with duckdb.connect(str(tmp_path / ASIDE), read_only=True) as own:
        assert own.execute("SELECT answer FROM thesis").fetchall() == [(42,)]


def test_an_older_layout_of_ours_is_built_again_and_not_kept(
    open_file: OpenFile, tmp_path: Path
) -> None:
    with duckdb.connect(str(tmp_path / FILE)) as old:
        old.execute("CREATE TABLE pledger_state AS SELECT 12 AS position, 'old' AS definition")
    keep_up(LEDGER, open_file())
    expect_rows_in(open_file(), STORY)
    assert not (tmp_path / ASIDE).exists()


def test_a_file_that_is_cut_short_is_built_again_or_says_what_to_do(
    open_file: OpenFile, tmp_path: Path
) -> None:
    keep_up(LEDGER, open_file())
    good = (tmp_path / FILE).read_bytes()
    for length in range(12288, len(good), len(good) // 4):
        (tmp_path / FILE).write_bytes(good[:length])
        try:
            assert keep_up(LEDGER, open_file()) == len(STORY)
            expect_rows_in(open_file(), STORY)
        except Damaged:
            pass
        else:
            continue
        rebuild(LEDGER, open_file())
        expect_rows_in(open_file(), STORY)


def test_damage_found_later_says_what_to_do(open_file: OpenFile) -> None:
    keep_up(LEDGER, open_file())
    with pytest.raises(Damaged) as found, open_file().reading():
        raise duckdb.Error("Corrupt database file: computed checksum 1 does not match")
    said = str(found.value)
    assert "saw parts that are not; " in said, "in a database's own words"
    assert said.endswith("; the views can be thrown away: 'rebuild' makes them anew")


@pytest.mark.parametrize("opening", ["writing", "building"])
def test_a_full_disk_says_what_to_do(open_file: OpenFile, opening: str) -> None:
    keep_up(LEDGER, open_file())
    home = open_file()
    block = home.building() if opening == "building" else home.writing("a test")
    with pytest.raises(CannotWrite) as found, block:
        raise duckdb.FatalException("database has been invalidated: No space left on device")
    assert str(found.value).endswith(
        "for the views, saw none left; the views are as they were, and the ledger has every fact:"
        " free some space, then ask again"
    )
    expect_rows_in(open_file(), STORY)


# ---------------------------------------------------------------------------- waiting for others


def test_who_meets_a_writer_waits_is_told_and_goes_on(
    open_file: OpenFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_locks, "NOTICE_S", 0.0)
    keep_up(LEDGER, open_file())
    told = Event()
    said: list[str] = []

    def on_wait(sentence: str) -> None:
        said.append(sentence)
        told.set()

    read: list[object] = []
    reader = Thread(target=lambda: read.append(open_file(on_wait=on_wait).state()))
    with open_file().writing("taking in new facts"):
        reader.start()
        assert told.wait(timeout=30)
        assert not read
    reader.join(timeout=30)
    assert read == [open_file().state()]
    (sentence,) = said
    assert "(taking in new facts)" in sentence
    assert "process " in sentence


def test_who_meets_a_writer_too_long_is_told_what_to_do(open_file: OpenFile) -> None:
    keep_up(LEDGER, open_file())
    with open_file().writing("taking in new facts"):
        with pytest.raises(Busy) as busy:
            open_file(patience_s=0.05).state()
        for part in ("expected", "process ", "(taking in new facts)", "wait", "ask again"):
            assert part in str(busy.value)


def test_a_writer_waits_for_readers(open_file: OpenFile) -> None:
    keep_up(MemoryLedger(STORY[:HALF]), open_file())
    with open_file().reading(), pytest.raises(Busy) as busy:
        keep_up(LEDGER, open_file(patience_s=0.05))
    assert "another process that reads" in str(busy.value)
    assert keep_up(LEDGER, open_file()) == len(STORY)


def test_a_lock_that_was_signed_by_a_dead_process_is_free(
    open_file: OpenFile, tmp_path: Path
) -> None:
    keep_up(LEDGER, open_file())
    (tmp_path / "views.lock").write_text("process 4711 (rebuild)")
    assert open_file(patience_s=0.05).state() is not None


HOLDER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


def test_another_program_that_holds_the_file_is_named(
    open_file: OpenFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duckdb_store, "NOTICE_S", 0.0)
    keep_up(LEDGER, open_file())
    said: list[str] = []
    command = [sys.executable, "-c", HOLDER, str(tmp_path / FILE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Busy) as busy:
            open_file(patience_s=0.5, on_wait=said.append).state()
        holder.communicate(timeout=30)
    for part in ("expected", FILE, f"PID {holder.pid}", "close it there and ask again"):
        assert part in str(busy.value)
    (sentence,) = said
    assert f"PID {holder.pid}" in sentence
    assert open_file().state() is not None


# ------------------------------------------------------------------- folders that can't be written


@pytest.fixture
def only_to_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be written, as far as Python is asked: permissions don't bind everybody who runs
    tests."""
    whole = Path.open

    def refusing(self: Path, mode: str = "r", *args: Any, **named: Any) -> Any:
        if set(mode) & set("wax+"):
            raise PermissionError(errno.EACCES, "Permission denied", str(self))
        return whole(self, mode, *args, **named)

    monkeypatch.setattr(Path, "open", refusing)


def test_views_that_are_up_to_date_can_be_read_where_nothing_may_be_written(
    open_file: OpenFile, request: pytest.FixtureRequest
) -> None:
    keep_up(LEDGER, open_file())
    request.getfixturevalue("only_to_be_read")
    assert keep_up(LEDGER, open_file()) == len(STORY)
    expect_rows_in(open_file(), STORY)


def test_views_without_any_lock_can_be_read_there_too(
    open_file: OpenFile, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    keep_up(LEDGER, open_file())
    (tmp_path / "views.lock").unlink()
    request.getfixturevalue("only_to_be_read")
    assert keep_up(LEDGER, open_file()) == len(STORY)


@pytest.mark.parametrize("known", [0, HALF])
def test_facts_can_not_be_taken_in_where_nothing_may_be_written(
    open_file: OpenFile, tmp_path: Path, known: int, request: pytest.FixtureRequest
) -> None:
    if known:
        keep_up(MemoryLedger(STORY[:known]), open_file())
    request.getfixturevalue("only_to_be_read")
    with pytest.raises(CannotWrite) as found:
        keep_up(LEDGER, open_file())
    for part in ("expected", str(tmp_path), "Permission denied", "allow it, or copy the folder"):
        assert part in str(found.value)


# ----------------------------------------------------------------------- many who take facts in


def test_who_waits_goes_on_when_another_has_taken_in_what_it_waits_for(
    open_file: OpenFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_up(MemoryLedger(STORY[:HALF]), open_file())
    waiting, done = Event(), Event()
    given: list[object] = []

    def wait() -> None:
        home = open_file()

        def seen(folder: Path) -> int:
            waiting.set()
            return told(folder)

        monkeypatch.setattr(duckdb_store, "told", seen)
        with home.taking_in(len(STORY)) as session:
            given.append(session)
        done.set()

    with open_file().taking_in(len(STORY)) as session:
        assert session is not None
        waiter = Thread(target=wait)
        waiter.start()
        assert waiting.wait(60)
        # The position that others are told is what the views have when the block ends.
        write_position(session, len(STORY), LEDGER.digest(len(STORY)))
    assert done.wait(60)
    waiter.join()
    assert len(given) == 1, "with the lock, or without having had to wait for it"
    assert told(open_file().folder) == len(STORY)


def test_who_has_the_views_takes_in_all_that_is_there_by_then(open_file: OpenFile) -> None:
    class Growing(MemoryLedger):
        heads = iter([HALF + 1, HALF + 1])

        def head(self) -> int:
            return next(self.heads, len(self.facts))

    keep_up(MemoryLedger(STORY[:HALF]), open_file())
    assert keep_up(Growing(STORY), open_file()) == HALF + 1
    expect_rows_in(open_file(), STORY)
