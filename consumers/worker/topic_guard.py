"""Whether the topic is the one that the views are of, and still has the records that they were
folded up to.

A topic that was deleted and made anew has its old name and another id. One that lost its tail and
grew again has its old id, and at offsets that were folded in other records: so of each partition
the database keeps the last record, and reading begins with that one. Where it stands as it did,
those before it do too, since a partition loses records at its ends alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from consumers.errors import Missing
from consumers.worker.apply_batch import instant
from domain.topics import Topic
from ledger.errors import Repartitioned
from ledger.kafka.message import Message
from ledger.kafka.topic_state import Watch
from projections.postgres.checkpoints import OwnedPartition

_UNCHANGED = "nothing was skipped, and the views are as they were."
_RESTORE = (
    f"{_UNCHANGED} Restore the topic from a backup; or build views of what it has now with"
    " {rebuild}, which says what they would lack"
)


class Last(NamedTuple):
    """The last record of a partition that was folded in."""

    offset: int
    recorded_at: datetime


def expect_same(remembered: Topic, seen: Topic) -> None:
    """See that a topic is the one that views are of. Raises ``Missing`` and ``Repartitioned``."""
    if not remembered.is_same(seen):
        raise Missing(
            f"the topic {remembered}, which the views are of",
            f"{seen}, which is another one: it was made anew, or pledger.toml names another",
            f"{_UNCHANGED} Name the one that they are of. If that one is gone, copy its facts into"
            " the new one from a backup, and build views of it with {rebuild}, which says what they"
            " would lack",
            partition=None,
            wanted=f"the topic {remembered}",
            there=f"the topic {seen}",
        )
    if remembered.partitions != seen.partitions:
        raise Repartitioned(
            f"the topic {remembered} to have {remembered.partitions} partitions, as when its views"
            " were begun",
            str(seen.partitions),
            "subjects have changed their partition with that, and their facts their order. Nothing"
            " was changed. Make another topic with {topic create}, of as many partitions as there"
            " are to be, and copy the facts to it with {copy}",
        )


def beyond(partition: int, wanted: int, bounds: tuple[int, int]) -> Missing:
    """What to raise where the topic has not the next offset of a partition."""
    seen = f"offsets {bounds[0]} up to {bounds[1]}"
    return Missing(
        f"offset {wanted} of partition {partition}, which the views need next, on the topic",
        seen,
        f"facts are gone; {_RESTORE}",
        partition=partition,
        wanted=f"offset {wanted}",
        there=seen,
    )


def expect_within(partition: int, wanted: int, bounds: tuple[int, int]) -> None:
    """See that a partition has the offset that views need next, or ends there. Raises
    ``Missing``."""
    if not bounds[0] <= wanted <= bounds[1]:
        raise beyond(partition, wanted, bounds)


class TopicGuard:
    """Sees that each partition still has its last record that was folded in, which is read once
    more for it. A question to the broker takes ``timeout_s`` at the most."""

    def __init__(self, watch: Watch, timeout_s: float) -> None:
        self._watch = watch
        self._timeout_s = timeout_s
        self._expected: dict[int, Last] = {}

    def topic(self) -> Topic:
        """What the topic is known by now. Raises ``Unreachable``."""
        return self._watch.topic(self._timeout_s)

    def starts(self, owned: Mapping[int, OwnedPartition]) -> dict[int, int]:
        """From which offset on each partition is to be read. Raises ``Missing`` and
        ``Unreachable``."""
        bounds = self._watch.bounds(owned, self._timeout_s)
        return {
            partition: self.begin(partition, owned[partition], bounds[partition])
            for partition in owned
        }

    def begin(self, partition: int, held: OwnedPartition, bounds: tuple[int, int]) -> int:
        """From which offset on a partition is to be read: from its last record, if it is known and
        was not cut off since, and else from the next one. Raises ``Missing``."""
        self._expected.pop(partition, None)
        expect_within(partition, held.next_offset, bounds)
        if held.last_offset is None or held.last_at is None or held.last_offset < bounds[0]:
            return held.next_offset
        self._expected[partition] = Last(held.last_offset, held.last_at)
        return held.last_offset

    def out_of_range(self, partition: int, wanted: int) -> None:
        """The topic lacks the offset that was asked for. That is no loss if it was the last record
        that was folded in, and was cut off after the topic's bounds were read; then the partition
        is begun once more. Raises ``Missing``, ``Unreachable``."""
        bounds = self._watch.bounds([partition], self._timeout_s)[partition]
        first, end = bounds
        if partition not in self._expected or not first <= wanted <= end:
            raise beyond(partition, wanted, bounds)

    def drop(self, partitions: Collection[int]) -> None:
        """These partitions are not read any more."""
        for partition in partitions:
            self._expected.pop(partition, None)

    def see(self, messages: Iterable[Message], ends: Mapping[int, int]) -> None:
        """Take in what was read, in the order of each partition. Raises ``Missing`` if the first of
        a partition is not its last record."""
        if not self._expected:
            return
        for message in messages:
            last = self._expected.pop(message.partition, None)
            if last is not None and last != (message.offset, instant(message.timestamp)):
                raise _other_record(message.partition, last, message)
            if not self._expected:
                return
        for partition in self._expected.keys() & ends.keys():
            raise _other_record(partition, self._expected[partition], None)


def _other_record(partition: int, last: Last, seen: Message | None) -> Missing:
    there = "none"
    if seen is not None:
        there = f"offset {seen.offset}, recorded at {instant(seen.timestamp).isoformat()}"
    wanted = f"offset {last.offset}, recorded at {last.recorded_at.isoformat()}"
    return Missing(
        f"the last record of partition {partition} that the views have on the topic, at {wanted}",
        there,
        f"the topic has lost its end, and has grown again since; {_RESTORE}",
        partition=partition,
        wanted=wanted,
        there=there,
    )
