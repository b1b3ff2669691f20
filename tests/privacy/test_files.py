"""What the program writes is for its user alone, whatever the umask that it is started under."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers import ROOT

EXAMPLE = str(ROOT / "mappings" / "example")
COMMANDS = (
    ["import", EXAMPLE, "--data", f"{EXAMPLE}/data", "--home", "{here}/home"],
    ["promises", "--home", "{here}/home"],
    ["sql", "SELECT * FROM fact", "--format", "csv", "--home", "{here}/home"],
    ["rebuild", "--home", "{here}/home"],
    [
        *("promise", "make", "--customer", "customer:1", "--about", "delivery"),
        *("--department", "care", "--home", "{here}/home"),
    ],
    ["copy", "--from", "{here}/home", "--to", "{here}/deep/er/copy"],
    ["demo", "--small", "--home", "{here}/demo"],
)


def ledger(here: Path, command: list[str], umask: int) -> subprocess.CompletedProcess[bytes]:
    """Runs the program as ./pledger does, with the folder for temporary files in ``here`` too."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "entrypoints", *(word.format(here=here) for word in command)],
        cwd=here,
        env=os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(here / "tmp")},
        umask=umask,
        capture_output=True,
        check=False,
    )


def open_to_others(folder: Path) -> Iterator[str]:
    """All that lies under a folder and that somebody else may read, write or enter."""
    for path in folder.rglob("*"):
        mode = stat.S_IMODE(path.lstat().st_mode)
        if mode & 0o077:
            yield f"{path.relative_to(folder)}: {mode:o}"


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_what_is_written_is_for_its_user_alone(tmp_path: Path, umask: int) -> None:
    (tmp_path / "tmp").mkdir(mode=0o700)
    for command in COMMANDS:
        done = ledger(tmp_path, command, umask)
        assert done.returncode == 0, done.stderr.decode()
        assert not list(open_to_others(tmp_path)), command
