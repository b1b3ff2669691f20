"""What the database knows of the tables when it plans a fold.

Nobody gathers statistics of temporary tables unless asked, and of new tables only after a while.
Those of a session's tables stay when the tables are emptied, so they are gathered once, and again
when batches have become much larger or smaller.
"""

from __future__ import annotations

from collections.abc import Iterable

from projections import views
from projections.postgres.connecting import Postgres

#: Batches are alike within this factor.
ALIKE = 4


#: The tables that a fold looks keys up in, beside the views: until there are many facts, the
#: database itself would notice too late how they grow.
LOOKED_UP = ("fact", "commitment_made", "commitment_rescheduled", "touchpoint_occurred")
MANY = 1_000_000


class Statistics:
    """What a session has gathered."""

    def __init__(self, connection: Postgres) -> None:
        self._connection = connection
        self._facts = 0
        self._batch = 0
        self._at = 0

    def gather(self, batch: int) -> None:
        """Gather what is out of date, at the end of a batch of so many facts, while its tables are
        still filled. Tables that somebody else looks at are passed over."""
        if not self._batch or not self._batch / ALIKE <= batch <= self._batch * ALIKE:
            self._batch = batch
            self._analyse(views.TOUCHED)
        self._facts += batch
        if self._facts <= MANY and self._facts >= ALIKE * self._at:
            self._at = self._facts
            self._analyse([*LOOKED_UP, *views.WORKINGS, *(view.name for view in views.VIEWS)])

    def _analyse(self, tables: Iterable[str]) -> None:
        self._connection.execute(f"ANALYZE (SKIP_LOCKED) {', '.join(tables)}".encode())
