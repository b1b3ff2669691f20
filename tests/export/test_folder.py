"""An export is there whole or not at all, for its owner alone."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from application.errors import NoRoom, Unavailable, Wrong
from application.export.folder import UNFINISHED, filled
from tests.entrypoints.children import finish, start
from tests.export.exported import export
from tests.helpers import run, wait_until
from tests.small_disk import small_disk_in

#: A tmpfs of so many bytes stands for a disk that is full.
DISK = 200 * 1024


def test_what_is_written_is_for_its_owner_alone(home: Path, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        export(home, tmp_path / "deep" / "out")
    finally:
        os.umask(before)
    out = tmp_path / "deep" / "out"
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {0o600}
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_an_empty_folder_is_filled(home: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    export(home, tmp_path / "out")
    assert (tmp_path / "out" / "datapackage.json").is_file()


def test_what_is_there_is_never_touched(home: Path, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name, seen in (("full", "other files"), ("file", "a file or a link"), ("link", "a link")):
        outcome = run(home, ["export", "--to", str(tmp_path / name)])
        assert (outcome.code, outcome.out) == (2, "")
        assert seen in outcome.err
        assert "name another with --to" in outcome.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "full", "link"]
    assert [path.name for path in full.iterdir()] == ["mine"]


def test_a_place_that_can_hold_no_folder(home: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for place, seen in (
        ("file/x", "saw something"),
        ("file/x/y", "a file among them"),
        ("loop/x", "saw something"),
        ("x" * 250, "one that the disk can't hold"),
    ):
        outcome = run(home, ["export", "--to", str(tmp_path / place)])
        assert (outcome.code, outcome.out) == (2, ""), place
        assert seen in outcome.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "loop"]


@pytest.mark.parametrize("place", [".", "", "sub/.."])
def test_nobody_stands_in_a_folder_that_is_replaced(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = run(home, ["export", "--to", place])
    assert (outcome.code, outcome.out) == (2, "")
    assert "the one that this is run in" in outcome.err
    assert not list(tmp_path.iterdir())
    export(home, Path("sub"))
    assert (tmp_path / "sub" / "datapackage.json").is_file()


def test_two_at_once_do_not_meet(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with filled(out) as first:
        (first / "one").touch()
        with pytest.raises(Unavailable, match="no other export to"), filled(out):
            pass
    assert [path.name for path in out.iterdir()] == ["one"]


def test_a_folder_that_was_filled_meanwhile_is_left_alone(tmp_path: Path) -> None:
    full, out = tmp_path / "full", tmp_path / "out"
    full.mkdir()
    (full / "mine").touch()
    with pytest.raises(Wrong, match="other files in"), filled(out):
        shutil.copytree(full, out)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full", "out"]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose export lasts."""
    tmp_path = tmp_path_factory.mktemp("large")
    (tmp_path / "shop").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "shop" / "commitment.made.sql").write_text(
        "SELECT CAST(i AS VARCHAR) AS key, TIMESTAMPTZ '2026-01-01 00:00:00Z' AS time,"
        " '/shop/import' AS source, 'customer:' || i AS subject, 'C-' || i AS commitment_id,"
        " 'delivery' AS about FROM range(40_000) AS r (i)"
    )
    argv = ["import", str(tmp_path / "shop"), "--data", str(tmp_path / "data")]
    assert run(tmp_path / "home", argv).code == 0
    assert run(tmp_path / "home", ["rebuild"]).code == 0
    return tmp_path / "home"


def started(home: Path, out: Path) -> subprocess.Popen[bytes]:
    """An export in a process of its own, of which something is written."""
    child = start(["export", "--to", out, "--home", home], start_new_session=True)
    beside = out.with_name(out.name + UNFINISHED)
    wait_until(lambda: any(beside.rglob("*.parquet")) or child.poll() is not None)
    assert child.poll() is None, finish(child)
    return child


def test_ctrl_c_leaves_nothing(large: Path, tmp_path: Path) -> None:
    (tmp_path / "at").mkdir()
    child = started(large, tmp_path / "at" / "out")
    os.killpg(child.pid, signal.SIGINT)
    status, out, err = finish(child)
    assert (status, out) == (130, ""), err
    assert "interrupted" in err
    assert not list((tmp_path / "at").iterdir())


def test_a_kill_leaves_nothing_that_looks_whole(large: Path, tmp_path: Path) -> None:
    (tmp_path / "at").mkdir()
    out = tmp_path / "at" / "out"
    child = started(large, out)
    child.kill()
    child.communicate()
    (left,) = (tmp_path / "at").iterdir()
    assert left.name == "out.unfinished"
    assert not (left / "datapackage.json").exists()
    (left / "stage").mkdir(exist_ok=True)
    answer = export(large, out)
    assert [path.name for path in (tmp_path / "at").iterdir()] == ["out"]
    assert {file["path"] for file in answer["files"]} == {path.name for path in out.iterdir()}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk_in(tmp_path, DISK) as place:
        yield place


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_full_disk_leaves_nothing(home: Path, small_disk: Path, kind: str) -> None:
    outcome = run(home, ["export", "--to", str(small_disk / "out"), "--format", kind])
    assert (outcome.code, outcome.out) == (1, "")
    assert f"room on the disk of '{small_disk / 'out'}' for the export" in outcome.err
    assert not list(small_disk.iterdir())


def test_a_mounted_disk_can_be_no_export(home: Path, small_disk: Path) -> None:
    outcome = run(home, ["export", "--to", str(small_disk)])
    assert outcome.code == 2
    assert "mounted" in outcome.err


@pytest.mark.parametrize("number", ["ENOSPC", "EDQUOT", "EFBIG"])
def test_no_room_by_any_name(tmp_path: Path, number: str) -> None:
    with pytest.raises(NoRoom), filled(tmp_path / "out"):
        raise OSError(getattr(errno, number), "refused")
    assert not list(tmp_path.iterdir())


def test_the_folder_is_held_by_the_process_alone(tmp_path: Path) -> None:
    with filled(tmp_path / "out") as folder:
        other = os.open(folder, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(other)
    assert (tmp_path / "out").is_dir()
