"""What the database knows of the tables when it plans a fold.

The database gathers none of temporary tables by itself, and those of new tables only after a while.
Those of a session's tables stay when the tables are emptied, so they are gathered once, and again
when batches have become much larger or smaller.
"""

from __future__ import annotations

from collections.abc import Iterable

from projections import view_registry
from projections.postgres.connection import Postgres

#: Gathered statistics hold for so many times as much.
HOLD_FOR = 4

#: The tables that a fold looks keys up in, beside the views. Until there are many facts, the
#: database itself would notice too late how they grow.
LOOKED_UP = ("fact", "commitment_made", "commitment_rescheduled", "touchpoint_occurred")
MANY = 1_000_000

_ESTIMATE = "SELECT reltuples FROM pg_class WHERE oid = 'fact'::regclass"


class Statistics:
    """What a session knows to be gathered: its largest batch, how many facts there were at least,
    and how many it has added since."""

    def __init__(self, connection: Postgres) -> None:
        self._connection = connection
        self._largest = 0
        self._facts = 0
        self._added = 0

    def gather(self, batch: int) -> None:
        """Gather what is out of date, at the end of a batch of so many facts, while its tables are
        still filled. Tables that another session holds are passed over."""
        if batch >= self._largest * HOLD_FOR:
            self._largest = batch
            self._analyse(view_registry.TOUCHED)
        self._added += batch
        if self._outgrown():
            # Another worker, or the database itself, may have gathered them.
            ((estimate,),) = self._connection.execute(_ESTIMATE).fetchall()
            self._facts = max(0, int(estimate))
            if self._facts < MANY and self._outgrown():
                self._facts += self._added
                self._added = 0
                self._analyse([*LOOKED_UP, *view_registry.folded_tables()])

    def _outgrown(self) -> bool:
        return self._facts + self._added >= self._facts * HOLD_FOR

    def _analyse(self, tables: Iterable[str]) -> None:
        self._connection.execute(f"ANALYZE (SKIP_LOCKED) {', '.join(tables)}".encode())
