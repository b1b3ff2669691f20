"""Messages of Kafka as a test wants them."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.kafka.message import Message, message_of
from ledger.port import EventData
from tests.ledger.making import a_fact

#: When the broker took a message in, in milliseconds since 1970.
TAKEN_IN = 1_750_000_000_123


def message(fact: EventData | None = None, partition: int = 0, offset: int = 0) -> Message:
    """A fact as it lies on the topic."""
    key, value, headers = message_of(fact or a_fact(1))
    return Message(partition, offset, TAKEN_IN + offset, key, value, tuple(headers))


def messages(facts: Sequence[EventData], partition: int = 0) -> list[Message]:
    return [message(fact, partition, offset) for offset, fact in enumerate(facts)]


def said(one: Message, **attributes: bytes | None) -> Message:
    """The message with other headers: ``time=b"…"``; ``content_type`` is the one without
    ``ce_``."""
    headers = dict(one.headers)
    for name, value in attributes.items():
        headers["content-type" if name == "content_type" else f"ce_{name}"] = value
    return one._replace(headers=tuple(headers.items()))


def unsaid(one: Message, name: str) -> Message:
    """The message without a header."""
    return one._replace(headers=tuple(header for header in one.headers if header[0] != name))
