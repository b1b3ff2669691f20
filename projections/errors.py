"""What can go wrong with the views, and with requests to them.

    Problem
    ├── Wrong
    │   ├── QueryRefused      SQL of the data teams' own that can't be run
    │   ├── NoCursor          a text that no list gave as its cursor
    │   ├── NoDsn             a text that is no DSN
    │   └── Unholdable        facts that PostgreSQL can't hold
    ├── Unavailable
    │   ├── Busy              another process holds the file of the views
    │   ├── NoViews           a database that holds no views yet
    │   ├── OlderViews        views of another version that lack what is asked for
    │   ├── AlreadyBuilding   another process builds them anew
    │   ├── Away              the database does not answer, or can't work
    │   ├── AtFault           it met an error of its own
    │   └── TryAgain          another transaction was in the way
    ├── TooSlow             a query that goes on beyond its time
    ├── CannotWrite           a place in which nothing may be written
    ├── Damaged               a file of views that is not as it was left
    ├── Forbidden             the database refuses what has to be done
    ├── TooNew                a newer program has changed the control schema
    ├── InTheWay              views of the data teams' own hold on to old columns
    └── Fenced                another worker took a partition over

What is not there at the moment that a question is about is ``domain.errors.Unknown``. A fact that
does not fit is ``Unfoldable``, which is no ``Problem``: it is about one fact, and parks its
subject.
"""

from __future__ import annotations

from collections.abc import Sequence

from domain.errors import Problem, Unavailable, Wrong


class QueryRefused(Wrong):
    """The query can't be run."""


class NoCursor(Wrong):
    """Text that no list gave as its cursor."""

    def __init__(self, cursor: str) -> None:
        seen = cursor if len(cursor) <= 80 else f"{cursor[:80]}…"
        super().__init__(
            "a cursor as 'next' of the same list gave it", f"{seen!r}", "ask again without {after}"
        )


class NoDsn(Wrong):
    """A text that is no DSN. The message does not show it: it may hold a password."""

    def __init__(self) -> None:
        super().__init__(
            "a DSN as libpq takes it, such as 'host=db dbname=pledger user=pledger'",
            "another text",
            "put values with blanks into quotes, write %40 for an @ in the password of a URL,"
            " and keep the password apart",
        )


class Unholdable(Wrong):
    """Facts with a NUL character in a text, which PostgreSQL can't hold: their positions. Nothing
    was written; the others may be landed without them."""

    def __init__(self, positions: Sequence[int]) -> None:
        super().__init__(
            "text that PostgreSQL can hold",
            f"the character NUL in facts at positions {', '.join(map(str, positions[:10]))}",
            "park their subjects",
        )
        self.positions = tuple(positions)


class Busy(Unavailable):
    """Another process holds what is needed, for longer than the caller would wait."""


class NoViews(Unavailable):
    """The database holds no views yet."""


class OlderViews(Unavailable):
    """The live views were built by another version of the program, and lack what this one asks."""


class AlreadyBuilding(Unavailable):
    """Another process builds the views anew at the moment."""


class Away(Unavailable):
    """The database is not there, or can't work at the moment. It may pass; what was being written
    may be there or not."""


class AtFault(Unavailable):
    """The database met an error of its own, and nothing was written. It may go through the next
    time; if it never does, some fact brings it about, or the database is damaged."""


class TryAgain(Unavailable):
    """Nothing was written, since another transaction was in the way; ``seen`` is what the database
    calls that."""

    def __init__(self, seen: str) -> None:
        super().__init__("no other transaction in the way", seen, "try again")


class TooSlow(Problem):
    """A query of the data teams' own went on beyond its time, and was ended."""


class CannotWrite(Problem):
    """A place in which something has to be written, and nothing may be."""


class Damaged(Problem):
    """A file of views that is not as it was left. The ledger has all that was in it."""


class Forbidden(Problem):
    """The database refuses what has to be done. The set-up has to be changed."""


class TooNew(Problem):
    """The control schema was changed by a newer program than this one."""


class InTheWay(Problem):
    """Views of the data teams' own hold on to columns that are no more."""


class Fenced(Problem):
    """The partition is another worker's by now, or stands elsewhere than expected."""

    def __init__(self, partition: int) -> None:
        super().__init__(
            f"partition {partition} to be ours still",
            "that another worker took it over",
            "nothing of this batch was kept, and the other one goes on from where we had come to",
        )
        self.partition = partition


class Unfoldable(Exception):
    """Some fact of what was being written does not fit. ``kind`` names the error, and the message
    says where it was met. Neither quotes a value: both are kept, and shown."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
