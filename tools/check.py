"""``./pledger test``: every check of the house, in one go.

All of them run, whatever fails on the way, and the tests run last, so that their closing line
closes the output. Arguments go to pytest (``./pledger test -k door``); only a run without any
uses several processes, and keeps the tests' folders in memory where there is room. To measure
coverage too takes half as long again: ``--coverage`` runs all that without does, and measures; that
of a part of the tests says nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

ROOT = Path(__file__).resolve().parent.parent

#: What is run with this Python, by the name under which it is reported.
STATIC: dict[str, tuple[str, ...]] = {
    # The contract that the installable package carries is copied from the rest, and not in git.
    "the package's contract": ("-m", "sdk.hatch_build"),
    "ruff check": ("-m", "ruff", "check", "."),
    "ruff format": ("-m", "ruff", "format", "--check", "."),
    "mypy": ("-m", "mypy"),
    "import-linter": (
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
        "--no-logo",
    ),
}
#: One process more than there are cores on a small machine: while a test waits for a server,
#: another computes. The folder of a test that passed is of no use to anybody.
WHOLE_SUITE = ("-n", "3", "--dist", "loadgroup", "-o", "tmp_path_retention_policy=failed")
COVERAGE = ("--cov", "--cov-report=term")

#: A file system in memory, and how many bytes have to be free there. Ledgers and views wait for the
#: disk whenever they commit, so that facts outlive a power cut, which is none that a test can make.
MEMORY = Path("/dev/shm")  # noqa: S108 -- a folder of our own is made in it
ROOM = 8 << 30


def run(
    name: str, arguments: Sequence[str], more: Mapping[str, str] = MappingProxyType({})
) -> bool:
    """Runs one check in the checkout, with ``more`` in its environment and its output straight to
    ours; true if it passed."""
    line = f"── {name}: python {' '.join(arguments)} "
    print(line.ljust(100, "─"), flush=True)  # noqa: T201 -- this is a command's output
    path = f"{ROOT}{os.pathsep}{ROOT / 'sdk' / 'src'}"
    environment = {**os.environ, "PYTHONPATH": path, **more}
    command = [sys.executable, "-P", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0


def main(arguments: Sequence[str]) -> int:
    """0 if every check passed, 1 otherwise."""
    failed = [name for name, command in STATIC.items() if not run(name, command)]
    whole = list(arguments) in ([], ["--coverage"])
    wanted = (*WHOLE_SUITE, *(COVERAGE if arguments else ())) if whole else arguments
    with ExitStack() as stack:
        more = stack.enter_context(in_memory(MEMORY)) if whole else {}
        if not run("pytest", ("-m", "pytest", *wanted), more):
            failed.append("pytest")
    if failed:
        sys.stderr.write(f"pledger test: failed: {', '.join(failed)}\n")
    return 1 if failed else 0


@contextmanager
def in_memory(place: Path, room: int = ROOM) -> Iterator[Mapping[str, str]]:
    """What tells pytest, by its environment, to keep its folders in memory: in one at ``place``,
    that is gone with the block. Nothing where there is too little room, or no program may run."""
    if not has_room(place, room):
        yield {}
        return
    with TemporaryDirectory(prefix="t", dir=place, ignore_cleanup_errors=True) as folder:
        yield {"PYTEST_DEBUG_TEMPROOT": folder}


def has_room(place: Path, room: int) -> bool:
    """Whether so many bytes are free in a file system from which programs may be run."""
    try:
        found = os.statvfs(place)
    except OSError:
        return False
    return found.f_bavail * found.f_frsize >= room and not found.f_flag & os.ST_NOEXEC


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
