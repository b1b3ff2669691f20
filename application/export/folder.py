"""The folder that an export fills: it is there whole, or not at all.

Everything is written to a folder beside it, of the same name with ``.unfinished`` at its end. When
all is written and on the disk, one rename puts it in its place. What goes wrong before, Ctrl-C too,
takes that folder away. A kill leaves it, by a name that says what it is; the next export to that
place empties it and begins anew.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from application.errors import NoRoom, Unavailable, Wrong

UNFINISHED = ".unfinished"
#: What the databases that write files say of a disk that is full.
_FULL = ("No space left on device", "Disk quota exceeded", "disk is full", "File too large")
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def filled(folder: Path) -> Iterator[Path]:
    """A new folder to write to, for its owner alone, which is ``folder`` once the block has ended
    well. Raises ``Wrong`` where there is something already, or somebody stands in it,
    ``Unavailable`` where another export is on its way there, and ``NoRoom`` where the disk is
    full."""
    _expect_free(folder)
    folder = Path(os.path.realpath(folder))
    beside = folder.with_name(folder.name + UNFINISHED)
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside.mkdir(mode=0o700, exist_ok=True)
    with _alone(beside, folder):
        try:
            _empty(beside)  # of what a kill has left
            with _room(folder):
                yield beside
                _keep(beside)
            _expect_free(folder)
            # A crash before the next line leaves the unfinished folder, although all is in it.
            beside.replace(folder)
            _sync(folder.parent)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise


def _expect_free(folder: Path) -> None:
    """Raise ``Wrong`` where an export could not take that place."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise Wrong(
            "an empty folder, or none yet, to export to",
            f"a file or a link at {str(folder)!r}",
            "{export to another folder}",
        )
    if folder.is_dir() and any(folder.iterdir()):
        raise Wrong(
            "an empty folder, or none yet, to export to",
            f"other files in {str(folder)!r}",
            "{export to another folder}, or move them away",
        )
    if os.path.realpath(folder) == os.path.realpath("."):
        raise Wrong(
            "a folder that can be put in its place when all is written",
            "the one that this is run in, which would then be another",
            "{export to another folder}, such as one in it",
        )
    if folder.is_mount():
        raise Wrong(
            "a folder that can be put in its place when all is written",
            f"a disk that is mounted at {str(folder)!r}",
            "{export to another folder}, such as one in it",
        )


@contextmanager
def _alone(beside: Path, folder: Path) -> Iterator[None]:
    """Hold the folder for this process. A process that dies lets go of it."""
    descriptor = os.open(beside, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unavailable(
                f"no other export to {str(folder)!r} at this moment",
                "one that writes to it",
                "wait for it, or {export to another folder}",
            ) from None
        yield
    finally:
        os.close(descriptor)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _keep(folder: Path) -> None:
    """For its owner alone, and on the disk: otherwise a crash of the machine after the rename could
    leave files that are there and not whole."""
    for path in folder.iterdir():
        path.chmod(0o600)
        _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _room(folder: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        full = isinstance(error, OSError) and error.errno in _NO_ROOM
        if full or any(word in str(error) for word in _FULL):
            raise NoRoom(
                f"room on the disk of {str(folder)!r} for the export",
                "none left",
                "nothing is left of it: free some, or {export to another folder}",
            ) from error
        raise
