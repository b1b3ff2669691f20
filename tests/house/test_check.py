"""Where a whole run of the checks keeps the tests' folders."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from tools.check import has_room, in_memory


def test_folders_are_in_memory_for_as_long_as_a_run_lasts(tmp_path: Path) -> None:
    with in_memory(tmp_path, room=1) as more:
        (named,) = more.values()
        folder = Path(named)
        assert folder.parent == tmp_path
        (folder / "left by a test").touch()
    assert not folder.exists()


def test_they_stay_on_the_disk_where_there_is_too_little_room(tmp_path: Path) -> None:
    for place, room in ((tmp_path, 1 << 62), (tmp_path / "nowhere", 1)):
        with in_memory(place, room) as more:
            assert more == {}


@pytest.mark.parametrize(("flags", "fit"), [(0, True), (os.ST_NOEXEC, False)])
def test_they_stay_where_programs_may_be_run(
    flags: int, fit: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = SimpleNamespace(f_bavail=2, f_frsize=4096, f_flag=os.ST_NOSUID | flags)
    monkeypatch.setattr("os.statvfs", lambda place: found)
    assert has_room(Path("/anywhere"), 8192) is fit
