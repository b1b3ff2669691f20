"""What people decide about messages in quarantine while views are built anew holds in the new ones.

A message that is retried is folded into the live views alone, and what the new ones were built of
was read before. A message that is dismissed may be a fact to the program that builds. Both are put
right when no decision can be made any more: a decision holds the pointer, and so does the swap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from consumers.worker.apply_batch import BatchWriter, instant, prepare
from consumers.worker.batch import Batch
from ledger.errors import Lost
from ledger.kafka.message import Message
from projections.postgres import generations, parked_subjects
from projections.postgres.apply_batch import remove_facts
from projections.postgres.errors import explained
from projections.postgres.session import PostgresSession

#: Messages that are folded in by one transaction.
AT_ONCE = 500

#: Returns the messages at some places (partition, offset). Raises ``Lost``.
Fetched = Callable[[Sequence[tuple[int, int]]], list[Message]]


class Reconciliation:
    """Brings one generation, which is being built, into line with the quarantine."""

    def __init__(
        self, session: PostgresSession, writer: BatchWriter, schema: str, fetched: Fetched
    ) -> None:
        self._session = session
        self._connection = session.connection
        self._writer = writer
        self._schema = schema
        self._fetched = fetched

    def take_up_retried(self) -> None:
        """Take up what was retried since the generation was begun. What the program that builds
        can't read is open in quarantine again: a newer one has read it, and may once more."""
        after, generation = (-1, -1), self._writer.generation
        while True:
            found = self._writer.quarantine().retried_since(generation, after, AT_ONCE)
            if not found:
                return
            self._write([one for place, at in found for one in self._at(place, at)])
            after = found[-1][0]

    def leave_out_dismissed(self, live: int) -> None:
        """Take out what was dismissed since it was read. What counts in its place is what the live
        views count."""
        found = self._writer.quarantine().dismissed_in_views()
        if found:
            ids = [fact_id for _, fact_id in found]
            instead = generations.places_of(self._connection, self._schema, live, ids)
            # In one transaction: after a kill, nothing else would show that one is missing.
            with explained(), self._session.transaction():
                remove_facts(self._session, [position for position, _ in found])
                self._write(self._fetched(instead))

    def drop_dismissed(self, subject: str) -> bool:
        """Let the facts of a parked subject that were dismissed wait no more; answers whether there
        were any."""
        waiting = parked_subjects.waiting(self._connection, subject)
        ranges = [(partition, offset, offset + 1) for partition, offset in waiting]
        found = self._writer.quarantine().dismissed_in(ranges)
        gone = [(p, offset) for p, offset, at in found if self._at((p, offset), at)]
        parked_subjects.drop(self._connection, gone)
        return bool(gone)

    def _at(self, place: tuple[int, int], recorded_at: object) -> list[Message]:
        """The message at a place, if it is still the one that was there."""
        try:
            found = self._fetched([place])
        except Lost:
            return []
        return [one for one in found if instant(one.timestamp) == recorded_at]

    def _write(self, messages: Sequence[Message]) -> None:
        if messages:
            self._writer.write(prepare(Batch({}, list(messages))), {})
