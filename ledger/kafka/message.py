"""A fact as a message of Kafka, in the binary mode of CloudEvents, and back.

The key is the subject, the value is the body's wire bytes as every home keeps them, and each
attribute is a header ``ce_NAME`` of UTF-8 text, as in
https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md.
When the ledger learned of the fact is the message's own timestamp (LogAppendTime).

Kafka checks no message, so each reader does, by the rules for facts that come as JSON.
"""

from __future__ import annotations

from typing import NamedTuple

from domain.instants import from_microseconds
from domain.positions import position_of
from ledger.body_rules import refusal
from ledger.envelope import (
    BY_LEDGER,
    OPTIONAL,
    SPECVERSION,
    WIRE_TYPES,
    Envelope,
    NotAFact,
    attribute,
    canonical_id,
    check,
    content_type_problem,
    dataschema_problem,
    envelope_problem,
    time_of,
    type_problem,
    version_problem,
)
from ledger.port import EventData, RecordedEvent
from schemas import catalogue, codec, jsonform
from schemas.errors import Refused, describe

__all__ = ["CONTENT_TYPE", "Headers", "Message", "message_of", "recorded"]

Headers = tuple[tuple[str, bytes | None], ...]

CONTENT_TYPE = WIRE_TYPES[0]
PREFIX = "ce_"
#: A fact has 256 KiB at most, as ``ledger.envelope`` counts. As a message it has more: the subject
#: twice, and five bytes more for each attribute. Whatever they are, it stays under this.
MESSAGE_LIMIT = 1024 * 1024
#: In the place of headers whose names are not UTF-8: no client returns them then.
UNREADABLE_HEADERS = "unreadable-headers"
#: Where CloudEvents or facts as JSON have something else: no fact has such an extension.
ELSEWHERE = ("data", "datacontenttype")

_CONTENT_TYPE_HEADER = ("content-type", CONTENT_TYPE.encode())
_VERSION_HEADER = (PREFIX + "specversion", SPECVERSION.encode())


class Message(NamedTuple):
    """One message as it lies on the topic. ``timestamp`` is in milliseconds since 1970; a header's
    name may come more than once."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers

    @property
    def position(self) -> int:
        """Its place in the ledger: see ``domain.positions``."""
        return position_of(self.partition, self.offset)


def message_of(fact: EventData) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """The key, value and headers of a fact's message. Raises ``ValueError`` for a ``time`` outside
    the years 1 to 9999, which RFC 3339 can't write."""
    key = fact.subject.encode()
    headers = [
        _VERSION_HEADER,
        ("ce_id", fact.id.encode()),
        ("ce_type", fact.type.encode()),
        ("ce_source", fact.source.encode()),
        ("ce_subject", key),
        ("ce_time", _time_to_text(fact.time).encode()),
        _CONTENT_TYPE_HEADER,
    ]
    if fact.correlationid is not None:
        headers.append(("ce_correlationid", fact.correlationid.encode()))
    if fact.causationid is not None:
        headers.append(("ce_causationid", fact.causationid.encode()))
    if fact.sequence is not None:
        headers.append(("ce_sequence", fact.sequence.encode()))
    for name, value in sorted((fact.extensions or {}).items()):
        headers.append((PREFIX + name, value.encode()))
    return key, fact.body, headers


def recorded(message: Message) -> RecordedEvent:
    """The fact in a message. Raises ``NotAFact``, and nothing else, whatever the bytes."""
    fact = envelope(message)
    problem = body_problem(fact.type, message.value)
    if problem is not None:
        raise NotAFact(problem)
    return fact


def envelope(message: Message) -> RecordedEvent:
    """The fact in a message of whose body only the header is looked at. Raises ``NotAFact``."""
    attributes = _attributes(message.headers)
    id = canonical_id(_required(attributes, "id"))
    if id is None:
        raise NotAFact("ce_id: expected a UUID, saw text that is none")
    type = _type(attributes)
    source, subject = _required(attributes, "source"), _required(attributes, "subject")
    correlation, causation, sequence = (attributes.pop(name, None) for name in OPTIONAL)
    check(envelope_problem(source, subject, correlation, causation, sequence), PREFIX)
    if message.key != subject.encode():
        seen = "no key" if message.key is None else "another key"
        raise NotAFact(f"expected the subject as the key of the message, saw {seen}")
    time = time_of(_required(attributes, "time"), PREFIX + "time")
    _check_schema(type, message.value, attributes.pop("dataschema", None))
    checked = Envelope(id, type, source, subject, time, correlation, causation, sequence)
    fact = checked.around(message.value or b"", attributes.items())
    return RecordedEvent(message.position, message.timestamp * 1000, *fact)


def body_problem(type: str, value: bytes | None) -> str | None:
    """Why a value is not the body of a fact of that type, or None."""
    try:
        named, body = codec.decode(value or b"")
    except Refused as unread:
        return str(unread)
    if named != type:
        return f"expected a body of {type}, saw one of {named}"
    problem = refusal(type, body)
    return None if problem is None else str(problem)


def _attributes(headers: Headers) -> dict[str, str]:
    """The attributes of a message by name, all but those for the kind of event that it is. A header
    without a value is as if it were not there, as a null in JSON is."""
    found: dict[str, str] = {}
    seen: set[str] = set()
    for name, value in headers:
        if name == UNREADABLE_HEADERS:
            raise NotAFact("expected UTF-8 in the names of headers, saw another")
        if not name.startswith(PREFIX) and name != "content-type":
            continue  # the transport's own, such as those of tracing
        if name in seen:
            raise NotAFact(f"expected each attribute once, saw {_header(name)} again")
        seen.add(name)
        if value is None:
            continue
        try:
            found[name] = value.decode()
        except UnicodeDecodeError:
            raise NotAFact(f"expected UTF-8 in {_header(name)}, saw another") from None
    check(content_type_problem("content-type", found.pop("content-type", None), WIRE_TYPES))
    attributes = {name.removeprefix(PREFIX): value for name, value in found.items()}
    check(version_problem(_required(attributes, "specversion")), PREFIX)
    for name in (*BY_LEDGER, *ELSEWHERE):
        if name in attributes:
            who = "the ledger alone sets it" if name in BY_LEDGER else "it is not an attribute here"
            raise NotAFact(f"ce_{name}: expected none, since {who}, saw one")
    return attributes


def _header(name: str) -> str:
    """A header in words."""
    bare = name.removeprefix(PREFIX)
    known = name == _CONTENT_TYPE_HEADER[0] or attribute(bare) == bare
    return f'the header "{name}"' if known else f"a header whose name is {describe(name)}"


def _required(attributes: dict[str, str], name: str) -> str:
    try:
        return attributes.pop(name)
    except KeyError:
        raise NotAFact(f"expected the header ce_{name}, saw none: every fact must say it") from None


def _type(attributes: dict[str, str]) -> str:
    type = _required(attributes, "type")
    check(type_problem(type, "if it is a new one, upgrade this home and retry"), PREFIX)
    return type


def _check_schema(type: str, value: bytes | None, dataschema: str | None) -> None:
    """That the value begins as a body of the type does."""
    if value is None:
        raise NotAFact(f"expected a body of {type} as the value of the message, saw none")
    try:
        named = catalogue.type_of(codec.header_id(value))
    except Refused as problem:
        raise NotAFact(str(problem)) from None
    if named != type:
        raise NotAFact(f"expected a body of {type}, saw one of {named}")
    check(dataschema_problem(type, dataschema), PREFIX)


def _time_to_text(time: int) -> str:
    try:
        return jsonform.instant_to_text(from_microseconds(time))
    except OverflowError:
        raise ValueError(f"expected a time in the years 1 to 9999, saw {time} µs") from None
