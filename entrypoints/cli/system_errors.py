"""What the operating system refuses, as a problem: a bare errno tells nobody what to do."""

from __future__ import annotations

import errno
import os

from domain.errors import Problem, Wrong

_ALLOW = "let its owner allow it (chmod, chown), or name another place"
_ROOM = "free some, then run it again: what was acknowledged is kept, and is not written twice"
#: By the number of the error: what was expected of a file, what was seen, and what to do.
KNOWN: dict[int, tuple[str, str, str]] = {
    errno.EACCES: ("to be allowed to use {}", "that this user may not", _ALLOW),
    errno.EPERM: ("to be allowed to use {}", "that this user may not", _ALLOW),
    errno.EROFS: (
        "to be allowed to write {}",
        "that its disk may only be read",
        "name another place, or have that disk mounted to be written to",
    ),
    errno.ENOENT: ("{} to be there", "none", "make it, or name another place"),
    errno.ENOTDIR: ("folders alone on the way to {}", "a file among them", "name another place"),
    errno.EISDIR: ("a file at {}", "a folder", "name a file"),
    errno.EEXIST: ("nothing at {} yet", "something", "name another place, or move that away"),
    errno.ELOOP: ("a link at {} that leads somewhere", "one that leads back to itself", "mend it"),
    errno.ENAMETOOLONG: ("a shorter name than {}", "one that the disk can't hold", "shorten it"),
    errno.ENOSPC: ("room on the disk of {}", "none", _ROOM),
    errno.EDQUOT: ("room on the disk of {}", "that this user's share is used up", _ROOM),
    errno.EIO: (
        "the disk to read and write {}",
        "an error of the device",
        "read the system's log; if that disk fails, go on from the last sound copy, elsewhere",
    ),
    errno.EMFILE: (
        "to be allowed to open {} too",
        "that this process has as many files open as it may",
        "allow it more (ulimit -n), then run it again",
    ),
    errno.ENOMEM: ("memory for {}", "none", "end what else takes memory, then run it again"),
}


#: Those that another name does away with: the call is wrong, and not the system.
MISNAMED = frozenset(
    (
        *(errno.ENOENT, errno.ENOTDIR, errno.EISDIR),
        *(errno.EEXIST, errno.ELOOP, errno.ENAMETOOLONG),
    )
)


def in_words(error: BaseException) -> BaseException:
    """An error of the system as a problem: what was refused, of which file, and what to do. Any
    other as it is."""
    if not isinstance(error, OSError) or error.errno is None:
        return error
    file = "a file" if error.filename is None else repr(os.fsdecode(error.filename))
    if error.errno in KNOWN:
        expected, seen, remedy = KNOWN[error.errno]
        kind = Wrong if error.errno in MISNAMED else Problem
        return kind(expected.format(file), seen, remedy)
    return Problem(
        f"the system to do what was asked of {file}",
        f"{error.strerror or type(error).__name__} (errno {error.errno})",
        "mend that, then run it again",
    )
