"""Opening what is and what is not a ledger, and who may do what with it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from ledger.errors import Busy, CannotWrite, NoLedger, NotALedger, UnknownVersion
from ledger.sqlite.ledger import SQLiteLedger
from ledger.sqlite.lock_holders import writers
from ledger.sqlite.recorder import APPLICATION_ID
from tests.helpers import ROOT
from tests.ledger.making import a_fact, facts, flat, sealed
from tests.ledger.processes import acknowledged, expect_kept, start_appender

NOBODY = 65534
# Opens the ledger argv[1] for reading (argv[2] == "read") or for appending, as a user who may do
# only what files allow, and says how it went. The superuser becomes one after the imports, since
# nobody else may be able to read Python's own files.
USE = f"""
import os, sys
from pathlib import Path
from ledger.errors import LedgerError
from ledger.sqlite.ledger import SQLiteLedger
if os.getuid() == 0:
    os.setgroups([])
    os.setgid({NOBODY})
    os.setuid({NOBODY})
try:
    with SQLiteLedger(Path(sys.argv[1]), lambda: 0, readonly=sys.argv[2] == "read") as ledger:
        print(ledger.head())
except LedgerError as error:
    print(type(error).__name__, error)
"""


def open_it(path: Path) -> SQLiteLedger:
    return SQLiteLedger(path, lambda: 1_800_000_000_000_000, patience=0.05)


@pytest.fixture
def made(path: Path) -> Path:
    """A ledger with three facts, closed."""
    with open_it(path) as ledger:
        ledger.append(facts(0, 3))
    return path


class TestOpening:
    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(NoLedger, match="expected the folder .*/no to make .*saw.*make it"):
            open_it(tmp_path / "no" / "ledger.sqlite")
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_instead_of_a_file(self, tmp_path: Path) -> None:
        for opened in (open_it, SQLiteLedger.open_readonly):
            with pytest.raises(NotALedger, match="expected .* a ledger's file, saw a folder"):
                opened(tmp_path)

    @pytest.mark.parametrize("content", [b"PAR1" * 500, b"text\n", b"\0" * 4096])
    def test_a_file_that_is_no_database(self, path: Path, content: bytes) -> None:
        path.write_bytes(content)
        for opened in (open_it, SQLiteLedger.open_readonly):
            with pytest.raises(NotALedger, match="is something else; it was left as it is"):
                opened(path)
        assert path.read_bytes() == content

    def test_the_database_of_something_else(self, path: Path) -> None:
        with closing(sqlite3.connect(path)) as other:
            other.execute("CREATE TABLE songs (title TEXT)")
        before = path.read_bytes()
        for opened in (open_it, SQLiteLedger.open_readonly):
            with pytest.raises(NotALedger, match="database of something else .application_id 0"):
                opened(path)
        assert path.read_bytes() == before

    def test_a_ledger_of_the_future(self, made: Path) -> None:
        with closing(sqlite3.connect(made)) as other:
            other.execute("PRAGMA user_version = 5")
        for opened in (open_it, SQLiteLedger.open_readonly):
            with pytest.raises(UnknownVersion, match="expected .*version 4, saw .*version 5"):
                opened(made)

    def test_a_ledger_that_was_only_begun(self, path: Path) -> None:
        path.touch()
        with open_it(path) as ledger:
            assert ledger.append([a_fact(1)])[0].position == 1

    def test_a_ledger_whose_maker_was_killed_before_the_table(self, path: Path) -> None:
        with closing(sqlite3.connect(path)) as other:
            other.execute("PRAGMA journal_mode = WAL")
        with open_it(path) as ledger:
            assert ledger.append([a_fact(1)])[0].position == 1

    def test_names_that_look_like_addresses(self, tmp_path: Path) -> None:
        for name in (":memory:", "file:x?mode=memory", "50%41 # é"):
            with open_it(tmp_path / name) as ledger:
                ledger.append([a_fact(1)])
            assert (tmp_path / name).stat().st_size > 0
            with SQLiteLedger.open_readonly(tmp_path / name) as ledger:
                assert ledger.head() == 1

    def test_a_path_from_here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        with open_it(Path("ledger.sqlite")) as ledger:
            ledger.append([a_fact(1)])
        assert (tmp_path / "ledger.sqlite").exists()

    def test_processes_that_make_it_at_once(self, path: Path) -> None:
        children = {
            name: start_appender(f"sqlite:{path}", name, 3) for name in ("a", "b", "c", "d", "e")
        }
        said = {name: child.communicate(timeout=60) for name, child in children.items()}
        assert {name: err for name, (_, err) in said.items()} == dict.fromkeys(children, b"")
        with open_it(path) as ledger:
            assert ledger.verify() == []
            kept = flat(list(ledger.read()))
        for name, (out, _) in said.items():
            assert list(acknowledged(out)) == [0, 1, 2]
            expect_kept(kept, name, acknowledged(out))


class TestBusy:
    def test_the_holder_is_named(self, made: Path) -> None:
        with open_it(made) as ledger, closing(sqlite3.connect(made)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Busy) as busy:
                ledger.append([a_fact(9)])
            said = str(busy.value)
            assert said.startswith(f"expected to get the write lock of {made} within 0.05 s, saw")
            if Path("/proc/locks").exists():
                assert f"held by process {os.getpid()} (" in said
                assert "pytest" in said
            assert "nothing was written: let that process finish, or end it" in said
            assert ledger.head() == 3, "reading goes on"
            other.rollback()
            assert writers(made) == []
            assert ledger.append([a_fact(9)])[0].position == 4

    def test_nobody_writes_to_a_ledger_that_is_not_there(self, path: Path) -> None:
        assert writers(path) == []


class TestReadonly:
    def test_reads_while_another_appends(self, made: Path) -> None:
        with SQLiteLedger.open_readonly(made) as reader, open_it(made) as writer:
            assert reader.head() == 3
            writer.append(facts(3, 5))
            assert [sealed(fact) for fact in flat(list(reader.read()))] == facts(0, 5)
            assert reader.verify() == []

    def test_appends_nothing(self, made: Path) -> None:
        with SQLiteLedger.open_readonly(made) as reader:
            with pytest.raises(
                CannotWrite, match="saw that .* opened to read; open it for writing"
            ):
                reader.append([a_fact(9)])
            assert reader.head() == 3

    def test_nothing_is_made_where_nothing_is(self, path: Path) -> None:
        with pytest.raises(NoLedger, match="saw no such file; emit or import"):
            SQLiteLedger.open_readonly(path)
        assert not path.exists()
        path.touch()
        with pytest.raises(NoLedger, match="saw an empty file; emit or import"):
            SQLiteLedger.open_readonly(path)
        assert path.read_bytes() == b""

    def test_sees_what_a_killed_writer_left(self, path: Path) -> None:
        child = start_appender(f"sqlite:{path}", "writer", 1_000_000)
        assert child.stdout is not None
        said = b""
        while b"\n" not in said:
            said += child.stdout.read(100)
        child.kill()
        rest, _ = child.communicate(timeout=60)
        with SQLiteLedger.open_readonly(path) as reader:
            expect_kept(flat(list(reader.read())), "writer", acknowledged(said + rest))


class TestPermissions:
    """As a user who may read but not write; the superuser, who may everything, becomes one."""

    @pytest.fixture
    def folder(self) -> Iterator[Path]:
        # pytest's own folders are closed to other users.
        with tempfile.TemporaryDirectory() as name:
            Path(name).chmod(0o755)
            yield Path(name)

    def use(self, path: Path, how: str) -> str:
        command = [sys.executable, "-c", USE, str(path), how]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        return done.stdout

    def test_a_file_that_may_only_be_read(self, folder: Path) -> None:
        path = folder / "ledger.sqlite"
        with open_it(path) as ledger:
            ledger.append(facts(0, 3))
        path.chmod(0o444)
        folder.chmod(0o777)
        said = self.use(path, "append")
        assert said.startswith("CannotWrite expected to write to")
        assert "this user may only read it" in said
        assert self.use(path, "read") == "3\n"

    def test_a_folder_that_may_only_be_read(self, folder: Path) -> None:
        path = folder / "ledger.sqlite"
        with open_it(path) as ledger:
            ledger.append(facts(0, 3))
            path.chmod(0o444)
            folder.chmod(0o555)
            for beside in folder.iterdir():
                beside.chmod(0o444)
            assert self.use(path, "read") == "3\n", "a writer has it open"
        said = self.use(path, "read")
        assert said.startswith("CannotWrite expected to open")
        assert "copying the folder to where you may write" in said

    def test_a_disk_that_may_only_be_read(
        self, made: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("os.statvfs", lambda path: SimpleNamespace(f_flag=os.ST_RDONLY))
        with SQLiteLedger.open_readonly(made) as reader:
            assert [sealed(fact) for fact in flat(list(reader.read()))] == facts(0, 3)
            assert reader.verify() == []
            assert list(made.parent.iterdir()) == [made], "no file was made beside it"


def test_the_application_id_is_a_word() -> None:
    assert APPLICATION_ID.to_bytes(4, "big") == b"Pldg"
