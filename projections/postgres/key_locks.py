"""Which keys a batch may fold: two workers that fold one key at once would each see the facts of
the other too late, and the later commit would overwrite the other's rows with less.

Few facts bear on keys that they do not name: retractions, policies and calendars. A batch with one
of them excludes all others (the lock "rules"); and so does a batch of a worker that is alone, which
then claims nothing. Other batches share that lock, and claim the keys that they fold: rows of the
table ``claim``, inserted in one order. A transaction that inserts a key that another has claimed
waits in its unique index until that transaction has ended, and then sees what it committed. Claims
are taken back before the commit, so that no other transaction ever sees one: a crash takes them
away with everything else. Two that wait for each other all the same are a deadlock, of which the
database ends one; that batch is to be tried again.
"""

from __future__ import annotations

from typing import Any, Literal

import psycopg

from projections.fold.affected_keys import RULES
from projections.sql_files import statements_of

_SQL = statements_of(__file__)

#: Types whose facts bear on keys that they do not name.
BEARING = RULES | {"fact.retracted"}

#: A batch's claims in its session: parties as they are named, and the numbers of all keys.
OWN_TABLES = (
    'CREATE TEMP TABLE claimed_party (party text COLLATE "C") ON COMMIT DELETE ROWS',
    "CREATE TEMP TABLE claimed (key bigint) ON COMMIT DELETE ROWS",
)

_RULES = "hashtextextended(current_schema() || ':rules', 0)"

_OWNERS = "SELECT count(DISTINCT owner) FROM progress"


_PARTIES = "SELECT 'party:' || c.party FROM claimed_party AS c"


Postgres = psycopg.Connection[tuple[Any, ...]]


class KeyLocks:
    """The claims of a session. Each batch begins with ``hold_rules`` and ends with ``let_go``."""

    def __init__(self, connection: Postgres) -> None:
        self._connection = connection
        #: Whether all other batches are excluded, so that nothing need be claimed.
        self.alone = False

    def hold_rules(self, *, alone: bool) -> None:
        """Take the lock "rules" until the transaction, or the savepoint, ends. ``alone``: no other
        worker may fold meanwhile."""
        function = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
        self._connection.execute(f"SELECT {function}({_RULES})".encode())
        self.alone = alone

    def only_worker(self) -> bool:
        """Whether one worker keeps up all partitions. It may change at any time; a transaction that
        excludes others because of it does no harm."""
        row = self._connection.execute(_OWNERS).fetchone()
        return row is not None and row[0] == 1

    def claim(self, keys: Literal["parties", "keys"]) -> None:
        """See ``Session.claim``."""
        if self.alone:
            return
        if keys == "keys":
            self._insert(_SQL["keys"])
            return
        found = self._connection.execute(_SQL["named"])
        while found.rowcount:
            self._insert(_PARTIES)
            found = self._connection.execute(_SQL["linked"])

    def let_go(self) -> None:
        """Take the claims back; the transaction is about to commit."""
        if self.alone:
            return
        self._connection.execute(
            "WITH own AS (DELETE FROM claimed RETURNING key)"
            " DELETE FROM claim WHERE key IN (SELECT o.key FROM own AS o)"
        )
        self._connection.execute("DELETE FROM claimed_party")

    def _insert(self, keys: str) -> None:
        self._connection.execute(_SQL["claim"].format(keys=keys).encode())


def bears_on_others(types: set[str]) -> bool:
    """Whether facts of these types bear on keys that they do not name."""
    return bool(types & BEARING)
