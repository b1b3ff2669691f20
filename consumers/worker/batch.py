"""Messages that wait for their batch, and batches: pure, without a server.

A batch has for each of its partitions the first offset and the end; what lies between them and is
no message is a marker of a transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from ledger.kafka.digest import digest_of, together
from ledger.kafka.message import Message

#: Facts of a batch at the least and at the most, if there are so many.
LEAST, MOST = 250, 20_000
#: Bytes of bodies that a batch may have.
SIZE = 32 << 20
#: Seconds that a batch is meant to take at the most: a worker that has to stop ends it first.
TARGET_S = 1.5


class OffsetRange(NamedTuple):
    """The offsets in [start, end) of a partition, when the last message among them was
    recorded, in milliseconds since 1970, and its offset; None if there is no message; and the
    digest of the messages."""

    start: int
    end: int
    recorded_at: int | None
    last_offset: int | None = None
    digest: int = 0


class Batch(NamedTuple):
    """What is written in one transaction: partition -> its offsets, and their messages, in the
    order of each partition."""

    ranges: Mapping[int, OffsetRange]
    messages: list[Message]

    def without(self, partitions: Collection[int]) -> Batch:
        """The batch as if these partitions had not been read."""
        return Batch(
            {p: offsets for p, offsets in self.ranges.items() if p not in partitions},
            [message for message in self.messages if message.partition not in partitions],
        )


class BatchBuffer:
    """Takes messages in as they come, and returns them in batches. Partitions that were not begun,
    and what comes from before where they were, are passed over."""

    def __init__(self) -> None:
        self.size = 0
        self._messages: list[Message] = []
        self._start: dict[int, int] = {}
        self._end: dict[int, int] = {}
        self._last: dict[int, tuple[int, int]] = {}  # when it was recorded, and its offset
        self._digest: Counter[int] = Counter()

    def __len__(self) -> int:
        return len(self._messages)

    def begin(self, partition: int, offset: int) -> None:
        """Take in a partition from an offset on, and forget what was there of it."""
        self.drop([partition])
        self._start[partition] = self._end[partition] = offset

    def drop(self, partitions: Iterable[int]) -> None:
        """Forget partitions, and take in nothing more of them."""
        gone = self._end.keys() & set(partitions)
        if not gone:
            return
        for partition in gone:
            for kept in (self._start, self._end, self._last, self._digest):
                kept.pop(partition, None)
        self._messages = [one for one in self._messages if one.partition not in gone]
        self.size = sum(_size(one) for one in self._messages)

    def add(self, messages: Iterable[Message], ends: Mapping[int, int]) -> None:
        """Take in messages, then that some partitions were read up to an offset."""
        known = self._end
        for message in messages:
            partition, offset = message.partition, message.offset
            end = known.get(partition)
            if end is not None and offset >= end:
                known[partition] = offset + 1
                self._last[partition] = message.timestamp, offset
                self._digest[partition] += digest_of(message)
                self._messages.append(message)
                self.size += _size(message)
        for partition, end in ends.items():
            if end > known.get(partition, end):
                known[partition] = end

    def end(self, partition: int) -> int:
        """The offset up to which a partition was read."""
        return self._end[partition]

    def moved(self) -> bool:
        """Whether there is anything to write."""
        return self._end != self._start

    def flush(self) -> Batch:
        """All that has come since the last time."""
        ranges = {
            partition: self._range(partition, end)
            for partition, end in self._end.items()
            if end > self._start[partition]
        }
        batch = Batch(ranges, self._messages)
        self._start = dict(self._end)
        self._last = {}
        self._digest = Counter()
        self._messages = []
        self.size = 0
        return batch

    def _range(self, partition: int, end: int) -> OffsetRange:
        at, offset = self._last.get(partition, (None, None))
        digest = together([self._digest[partition]])
        return OffsetRange(self._start[partition], end, at, offset, digest)


class Pace:
    """How many facts a batch may have. While little is waiting a batch is what has come; when a
    worker is behind it grows, as long as it takes no longer than it is meant to."""

    def __init__(self, *, least: int = LEAST, most: int = MOST, target_s: float = TARGET_S) -> None:
        self.limit = min(4 * least, most)
        self._least = min(least, most)
        self._most = most
        self._target_s = target_s

    def learn(self, facts: int, seconds: float) -> None:
        """Take in how long a batch took. Small ones say little about the pace, unless they took
        long."""
        if seconds <= 0 or (facts < self.limit / 2 and seconds < self._target_s):
            return
        fitting = int(facts * self._target_s / seconds)
        # By a factor of two at the most: one slow batch may have waited for a lock.
        bounded = min(max(fitting, self.limit // 2), self.limit * 2)
        self.limit = min(max(bounded, self._least), self._most)

    def full(self, buffer: BatchBuffer) -> bool:
        """Whether a batch's worth is gathered."""
        return len(buffer) >= self.limit or buffer.size >= SIZE


def _size(message: Message) -> int:
    return len(message.value or b"")
