"""One CloudEvents 1.0 event in JSON in, one fact out: in structured mode, or in binary mode, where
the attributes lie beside the body.

Whatever bytes come, the answer is an ``EventData`` or a ``Rejected`` whose text says what was
expected, what was seen and what to do. A reason never quotes a value, nor a name that came with
the event: they may be personal. See ``schemas.errors`` for what is written as an instant.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from typing import ParamSpec

from application.errors import Wrong
from application.json_line import (
    NotKeepable,
    NotReadable,
    read_object,
    read_objects,
    unkeepable,
    what,
)
from ledger.envelope import (
    ATTRIBUTES,
    BY_LEDGER,
    OF_BODY,
    WIRE_TYPES,
    Envelope,
    NotAFact,
    attribute,
    canonical_id,
    check,
    content_type_problem,
    dataschema_problem,
    envelope_problem,
    name_problem,
    text_of,
    time_of,
    type_problem,
    version_problem,
)
from ledger.port import EventData
from projections.public_holidays import public_holidays
from schemas import codec, jsonform
from schemas.errors import Refused, describe

P = ParamSpec("P")

_REASON = re.compile(
    r"(?:(?P<where>[^:]*): )?expected (?P<expected>.*?)[,;] saw (?P<seen>.*?)(?:: (?P<remedy>.*))?",
    re.DOTALL,
)
_GLIMPSE = re.compile(rb'"id"\s*:\s*"([^"\\]{32,60})"')


class Rejected(ValueError):
    """An event that is rejected: ``why`` for people, ``id`` where one could be read."""

    def __init__(self, why: str, id: str | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.id = id


class Unreadable(Rejected):
    """Bytes that are no JSON object."""


#: What was read: a fact, or why it is none.
Event = EventData | Rejected


def read_event(line: bytes) -> EventData:
    """The fact in one line of JSON. Raises ``Rejected``, and nothing else, whatever the bytes."""
    try:
        event = read_object(line)
    except NotReadable as problem:
        raise _rejected(problem, _glimpsed_id(line)) from None
    return _read(event)


def read_batch(array: bytes) -> list[Event] | None:
    """The events in an array, each as ``read_event`` reads it, or why it is rejected. None where it
    can't be read in one go (see ``read_objects``): they are to be read one by one then."""
    events = read_objects(array)
    return None if events is None else [event_or_reason(_read, event) for event in events]


def read_parts(event: Mapping[str, object]) -> tuple[EventData, Mapping[str, object]]:
    """The fact of an event whose parts are as JSON has them, and the fields of its body as
    ``schemas.codec.decode`` would give them. Raises ``Rejected``."""
    # Texts of the body are looked at where it is encoded.
    if found := unkeepable([event.get("source"), event.get("subject")]):
        raise Rejected(f"expected text that can be kept, saw {found}: remove it")
    return _read_with_fields(event)


def read_binary(attributes: Mapping[str, str], body: bytes) -> EventData:
    """The fact of which the attributes came as texts, and the body's fields as a JSON object.
    Raises ``Rejected``."""
    try:
        data = read_object(body)
    except NotReadable as problem:
        raise _rejected(problem, canonical_id(attributes.get("id", ""))) from None
    twice = sorted(attributes.keys() & {*OF_BODY} - {"dataschema"})
    if twice:
        raise Rejected(f"expected the body as the content, saw it in {twice[0]} too: keep one")
    return _read({**attributes, "data": data})


def _rejected(problem: NotReadable, id: str | None) -> Rejected:
    kind = Rejected if isinstance(problem, NotKeepable) else Unreadable
    return kind(str(problem), id)


def event_or_reason(read: Callable[P, EventData], *given: P.args, **named: P.kwargs) -> Event:
    """What a reader gives, or why it gives nothing."""
    try:
        return read(*given, **named)
    except Rejected as rejected:
        return rejected


def in_parts(why: str) -> Wrong:
    """The reason for which something is no fact, in the parts of an error."""
    found = _REASON.fullmatch(why)
    if found is None:
        return Wrong("what makes a fact", why)
    where = f" ({found['where']})" if found["where"] else ""
    return Wrong(f"{found['expected']}{where}", found["seen"], found["remedy"] or "")


def _read(event: Mapping[str, object]) -> EventData:
    return _read_with_fields(event)[0]


def _read_with_fields(event: Mapping[str, object]) -> tuple[EventData, Mapping[str, object]]:
    id = None
    try:
        id = _identifier(event)
        return _fact(id, event)
    except (NotAFact, Refused) as problem:
        raise Rejected(str(problem), id) from None


def _glimpsed_id(line: bytes) -> str | None:
    """The id in a line that is not good JSON, for a person who looks for it in the source system;
    None where there is none, or several."""
    found = {canonical_id(each.decode("ascii", "replace")) for each in _GLIMPSE.findall(line)}
    return found.pop() if len(found) == 1 else None


# --- the attributes ------------------------------------------------------------------------------


def _identifier(event: Mapping[str, object]) -> str:
    text = _text(event, "id")
    id = canonical_id(text)
    if id is None:
        raise NotAFact(
            "id: expected a UUID, as in 0192f5c8-7e3a-7b1c-9d2e-3f4a5b6c7d8e, saw"
            f" {describe(text)} that is none"
        )
    return id


def _fact(id: str, event: Mapping[str, object]) -> tuple[EventData, Mapping[str, object]]:
    _check_marks(event)
    type = _text(event, "type")
    check(type_problem(type, "see the catalogue of facts"))
    source, subject = _text(event, "source"), _text(event, "subject")
    correlationid, causationid = _optional(event, "correlationid"), _optional(event, "causationid")
    sequence = _sequence(event)
    check(envelope_problem(source, subject, correlationid, causationid, sequence))
    time = time_of(_text(event, "time"))
    envelope = Envelope(id, type, source, subject, time, correlationid, causationid, sequence)
    fields = _fields(type, event)
    return envelope.seal(fields, _extensions(event), holidays=public_holidays), fields


def _check_marks(event: Mapping[str, object]) -> None:
    """The attributes for the kind of event that this is, and those that only the ledger sets."""
    check(version_problem(_text(event, "specversion")))
    for name in BY_LEDGER:
        if event.get(name) is not None:
            raise NotAFact(
                f"{name}: expected none, since the ledger alone sets it, saw one: to emit again"
                " what `facts` printed, take it out (jq -c 'del(.recordedtime, .position)')"
            )


def _text(event: Mapping[str, object], name: str) -> str:
    value = event.get(name)
    if isinstance(value, str):
        return value
    seen = "nothing" if value is None else what(value)
    raise NotAFact(f"{name}: expected text, saw {seen}: every event must say it")


def _optional(event: Mapping[str, object], name: str) -> str | None:
    """Null means that the attribute is not there, as in the JSON format of CloudEvents."""
    value = event.get(name)
    if value is None or isinstance(value, str):
        return value
    raise NotAFact(f"{name}: expected text, saw {what(value)}: put it in quotes")


def _sequence(event: Mapping[str, object]) -> str | None:
    value = event.get("sequence")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _optional(event, "sequence")


def _extensions(event: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    if event.keys() <= ATTRIBUTES:
        return
    for name, value in event.items():
        if name in ATTRIBUTES or value is None:
            continue
        text = text_of(value)
        if text is None:
            raise NotAFact(
                name_problem(name)
                or f"{attribute(name)}: expected text, a number or a boolean in an attribute, saw"
                f" {what(value)}: what has parts belongs in data"
            )
        yield name, text


# --- the body ------------------------------------------------------------------------------------


def _fields(type: str, event: Mapping[str, object]) -> Mapping[str, object]:
    """The body's fields. Those that came as wire bytes (``data_base64``) are read too, since they
    are written anew: the same content is the same bytes whichever way it came, and emitting it
    twice is a duplicate."""
    check(dataschema_problem(type, _optional(event, "dataschema")))
    encoded, content = _optional(event, "data_base64"), event.get("data")
    if encoded is not None and content is not None:
        raise NotAFact("expected either data or data_base64, saw both: keep one")
    accepted = ("application/json",) if encoded is None else WIRE_TYPES
    check(content_type_problem("datacontenttype", _optional(event, "datacontenttype"), accepted))
    if encoded is not None:
        return _from_base64(type, encoded)
    if not isinstance(content, dict):
        seen = "nothing" if content is None else what(content)
        raise NotAFact(f"data: expected an object with the fields of {type}, saw {seen}")
    return jsonform.from_json(type, content)


def _from_base64(type: str, encoded: str) -> Mapping[str, object]:
    try:
        wire = b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise NotAFact("data_base64: expected base64, saw something else") from None
    try:
        named, body = codec.decode(wire)
    except Refused as problem:
        raise NotAFact(f"data_base64: {problem}") from None
    if named != type:
        raise NotAFact(f"data_base64: expected the body of {type}, saw that of {named}")
    if found := unkeepable(body):
        raise NotAFact(f"data_base64: expected text that can be kept, saw {found}: remove it")
    return body
