"""Single messages, by their places: for what was set aside and is taken up again."""

from __future__ import annotations

import time
from collections.abc import Iterable

from ledger.errors import Lost, Unreachable
from ledger.kafka.group import GroupReader, OutOfRange
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.wire import Message

#: Offsets that are read over rather than jumped over.
NEAR = 1_000


def fetch(
    settings: KafkaSettings, places: Iterable[tuple[int, int]], *, patience_s: float = 30.0
) -> list[Message]:
    """The messages at places (partition, offset), in order. Raises ``Lost`` if one is not there
    any more, ``Unreachable``."""
    wanted = sorted(set(places))
    found: dict[tuple[int, int], Message] = {}
    reader = GroupReader(settings, None)
    try:
        at = (-1, 0)  # where the reader stands
        for partition, offset in wanted:
            if at[0] != partition or not 0 <= offset - at[1] < NEAR:
                reader.assign({partition: offset})
                at = (partition, offset)
            if at[1] <= offset:
                at = (partition, _read_over(reader, (partition, offset), found, patience_s))
            if (partition, offset) not in found:
                raise _gone(partition, offset)
    finally:
        reader.close()
    return [found[place] for place in wanted]


def _read_over(
    reader: GroupReader,
    place: tuple[int, int],
    found: dict[tuple[int, int], Message],
    patience_s: float,
) -> int:
    """Take in messages until a place is behind; answers where the reader stands then."""
    partition, offset = place
    deadline = time.monotonic() + patience_s
    while True:
        try:
            polled = reader.poll(NEAR, 0.1)
        except OutOfRange as error:
            raise _gone(partition, offset) from error
        for message in polled.messages:
            found[message.partition, message.offset] = message
        last = polled.messages[-1].offset + 1 if polled.messages else 0
        last = max(last, polled.ends.get(partition, 0))
        if last > offset:
            return last
        if partition in polled.ends:
            raise _gone(partition, offset)
        if time.monotonic() > deadline:
            raise Unreachable(
                f"expected Kafka to give offset {offset} of partition {partition} within"
                f" {patience_s:g} s; seen: {polled.trouble or 'no answer'}. Try again later."
            )


def _gone(partition: int, offset: int) -> Lost:
    return Lost(
        f"expected a message at offset {offset} of partition {partition}; seen: none. Facts are"
        " gone: check the topic's retention (./pledger topic check), and take them from a backup."
    )
