"""Locks on a file: shared and exclusive, between processes, with a deadline.

The locks are the operating system's (flock), so that a process that dies lets go of them.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, cast

from projections.errors import Busy, CannotWrite

#: Called once with a sentence when the process has to wait.
OnWait = Callable[[str], None]

PAUSE_S = 0.02
NOTICE_S = 1.0


def never() -> bool:
    """For who waits until the lock is theirs."""
    return False


@contextmanager
def locked(
    path: Path,
    *,
    exclusive: bool,
    purpose: str,
    patience_s: float,
    on_wait: OnWait,
    unless: Callable[[], bool] = never,
) -> Iterator[bool]:
    """Hold a lock on ``path`` for as long as the block lasts; or none, which is what the block is
    told, if ``unless`` becomes true while others have it.

    ``purpose`` is shown to those who wait for an exclusive holder. Raises Busy after ``patience_s``
    seconds, and CannotWrite for an exclusive lock where nothing may be written.
    """
    with _opened(path, exclusive=exclusive) as file:
        if file is None:
            yield True
            return
        if not _take(file, exclusive, patience_s, on_wait, unless, "the views"):
            yield False
            return
        if exclusive:
            _sign(file, f"process {os.getpid()} ({purpose})")
        try:
            yield True
        finally:
            if exclusive:
                _sign(file, "")


def is_locked(path: Path) -> bool:
    """Whether a process holds a lock alone."""
    try:
        with path.open(encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # nobody has ever held it, or it is not for us to see
        return False
    return False


@contextmanager
def lockable(
    path: Path, *, patience_s: float, on_wait: OnWait, what: str
) -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """An exclusive lock on ``path``, for one who takes it again and again and holds it shortly: its
    file stays open for as long as the block lasts, and the holder is not written into it, which
    would wait for the disk. Raises as ``locked``; ``what`` is said to be held."""
    with _opened(path, exclusive=True) as opened:
        file = cast("IO[str]", opened)  # only a lock to read may be had without a file

        @contextmanager
        def held() -> Iterator[None]:
            _take(file, True, patience_s, on_wait, never, what)
            try:
                yield
            finally:
                fcntl.flock(file, fcntl.LOCK_UN)

        yield held


@contextmanager
def _opened(path: Path, *, exclusive: bool) -> Iterator[IO[str] | None]:
    """The file of a lock. Where nothing may be written, a lock to read can still be had on a file
    that is there; None where there is none: then no process has ever written."""
    try:
        # For its owner alone, as all files of a home.
        if not path.exists():
            path.touch(mode=0o600)
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        if exclusive:
            raise CannotWrite(
                f"to be allowed to write in {path.parent}, where the views are made and kept up",
                f"{error.strerror}",
                "allow it, or copy the folder to where you may",
            ) from error
        if not path.exists():
            yield None
            return
        file = path.open(encoding="utf-8")
    with file:
        yield file


def _take(
    file: IO[str],
    exclusive: bool,
    patience_s: float,
    on_wait: OnWait,
    unless: Callable[[], bool],
    what: str,
) -> bool:
    kind = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
    start = time.monotonic()
    noticed = False
    while True:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if unless():
                return False
            waited = time.monotonic() - start
            holder = _holder(file)
            if waited > patience_s:
                raise Busy(
                    f"{what} to be free",
                    f"that {holder} has held {file.name} for more than {patience_s:.0f} s",
                    "wait for it to end, or stop it, and ask again",
                ) from None
            if not noticed and waited > NOTICE_S:
                on_wait(f"waiting for {holder} to let go of {what} ...")
                noticed = True
            time.sleep(PAUSE_S)
        else:
            return True


def _holder(file: IO[str]) -> str:
    file.seek(0)
    return file.read().strip() or "another process that reads"


def _sign(file: IO[str], holder: str) -> None:
    file.seek(0)
    file.truncate()
    file.write(holder)
    file.flush()
