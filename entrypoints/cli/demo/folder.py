"""The folder of a demo: whether it is the demo's own, what it holds, and how it is emptied.

A marker in the folder says which demo it is and whether it was finished. It is written before the
first fact, so that nothing is ever mixed into somebody's own ledger, and again after the last one.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from application.errors import Wrong
from application.home import ACCESS_FILE, DESK_FILE, LEDGER_FILE, held_alone
from entrypoints.cli.demo import MARKER

LOCK = "demo.lock"

#: How the names of a file of SQLite's, and of those beside it while it is open, end.
_SQLITE = ("", "-wal", "-shm")
#: What --fresh removes, in this order. The marker goes last: what a crash leaves is still known as
#: the demo's own. A log of SQLite's (-wal) that has lost its ledger is harmless, since SQLite drops
#: it when it makes the file anew; a ledger that has lost its log would lack facts.
OWN = (
    "views.building.duckdb",
    "views.building.duckdb.wal",
    "views.duckdb",
    "views.duckdb.wal",
    "views.lock",
    "views.position",
    "views.wanted",
    "rebuild.lock",
    f"{DESK_FILE}.lock",
    *(f"{file}{end}" for file in (ACCESS_FILE, DESK_FILE, LEDGER_FILE) for end in _SQLITE),
    f"{MARKER}.new",
    MARKER,
)

#: How long one demo waits for another in the same folder, in seconds.
_PATIENCE = 600.0
_SHOWN = 3
_ELSEWHERE = "name another folder with --home"


class Demo(NamedTuple):
    """What decides every fact of a demo."""

    edition: int
    seed: int
    customers: int

    def __str__(self) -> str:
        return f"the demo with {self.customers:,} customers and seed {self.seed}"


class Marker(BaseModel):
    """What a marker says: which demo, and once it is complete, how many facts were told (distinct
    ones, with repeats, and those that came late) and the ledger's position after the last."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    edition: int
    seed: int
    customers: int
    complete: bool = False
    facts: int = 0
    emitted: int = 0
    late: int = 0
    head: int = 0

    @property
    def demo(self) -> Demo:
        """Which demo the folder is for."""
        return Demo(self.edition, self.seed, self.customers)


def look(folder: Path) -> Marker | None:
    """What the folder holds; None where a demo may begin, since there is no folder or nothing in
    it. Raises Wrong for a folder that is anybody else's."""
    if not folder.exists():
        return None
    if not folder.is_dir():
        raise Wrong("a folder for the demo", f"a file at {str(folder)!r}", _ELSEWHERE)
    names = sorted(path.name for path in folder.iterdir() if path.name != LOCK)
    if MARKER in names:
        return _read(folder / MARKER)
    if LEDGER_FILE in names:
        raise Wrong(
            "a folder for the demo",
            f"a ledger in {str(folder)!r} that no demo made",
            f"it was left as it is: {_ELSEWHERE}",
        )
    if names:
        raise Wrong(
            "an empty folder for the demo",
            f"{_some(names)} in {str(folder)!r}",
            f"nothing was changed: {_ELSEWHERE}",
        )
    return None


def expect(found: Marker | None, wanted: Demo, folder: Path) -> None:
    """Raises Wrong where the folder holds another demo than the one that is wanted."""
    if found is None or found.demo == wanted:
        return
    if found.edition != wanted.edition:
        raise Wrong(
            f"edition {wanted.edition} of the demo in {str(folder)!r}",
            f"edition {found.edition}, of another version of Pledger",
            f"make it anew with --fresh, or {_ELSEWHERE}",
        )
    raise Wrong(
        f"{wanted} in {str(folder)!r}",
        f"{found.demo}",
        f"show that one with --customers {found.customers} --seed {found.seed}, make it anew with"
        f" --fresh, or {_ELSEWHERE}",
    )


def expect_own(folder: Path) -> None:
    """Raises Wrong where the folder cannot be cleared: ``look`` would, or it is a link, or
    anything lies there that no demo made."""
    if look(folder) is not None:
        with _opened(folder):
            pass


def clear(folder: Path) -> None:
    """Remove what a demo has made, and nothing at all where ``expect_own`` would raise. No symbolic
    link is followed."""
    if look(folder) is None:
        return
    with _opened(folder) as opened:
        for name in OWN:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=opened)


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    """The folder itself, by a descriptor: whatever its name leads to meanwhile."""
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise Wrong(
            "a folder of its own to make the demo anew in",
            f"{str(folder)!r}, which cannot be opened as one ({error.strerror})",
            "name the folder itself, no link to it",
        ) from error
    try:
        with os.scandir(opened) as entries:
            strange = sorted(
                entry.name
                for entry in entries
                if entry.name not in {*OWN, LOCK} or not entry.is_file(follow_symlinks=False)
            )
        if strange:
            raise Wrong(
                f"nothing but a demo's files in {str(folder)!r}",
                _some(strange),
                f"nothing was removed: move that away, or {_ELSEWHERE}",
            )
        yield opened
    finally:
        os.close(opened)


def write(folder: Path, marker: Marker) -> None:
    """Write the marker, whole or not at all."""
    new = folder / f"{MARKER}.new"
    with new.open("w", encoding="utf-8") as file:
        file.write(marker.model_dump_json() + "\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(folder / MARKER)


@contextmanager
def held(folder: Path, on_wait: Callable[[str], None]) -> Iterator[None]:
    """Have the folder to oneself among demos; it is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    with held_alone(folder / LOCK, "demo", _PATIENCE, on_wait):
        yield


def _read(path: Path) -> Marker:
    try:
        return Marker.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise Wrong(
            f"a demo's marker at {str(path)!r}",
            "something else",
            f"it was left as it is: {_ELSEWHERE}",
        ) from error


def _some(names: list[str]) -> str:
    shown = ", ".join(map(repr, names[:_SHOWN]))
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"
