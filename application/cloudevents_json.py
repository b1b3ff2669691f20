"""The door: one CloudEvents 1.0 event in structured JSON in, one sealed fact out.

Whatever bytes come, the answer is a ``Sealed`` or a ``Rejected`` whose text says what was expected,
what was seen and what to do. A reason never quotes a value of the body, nor a subject: they may
tell of a person. ``type``, ``source``, ``time`` and names of attributes are quoted when they look
like what they should be.
"""

from __future__ import annotations

import binascii
import difflib
import json
import re
from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from application.strictjson import LINE_LIMIT, NotReadable, read_object, unkeepable, what
from ledger.envelope import (
    canonical_id,
    dataschema_problem,
    envelope_problem,
    extension_problem,
    name_problem,
    shown,
    size_problem,
    tellable,
)
from ledger.port import Sealed
from schemas import catalogue, codec, jsonform
from schemas.errors import Refused

__all__ = ["LINE_LIMIT", "Rejected", "envelope_problem", "read_event", "unknown_type"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TYPES = frozenset(catalogue.TYPES)
_TEXTS = ("specversion", "id", "type", "source", "subject", "time")
_OPTIONAL = ("correlationid", "causationid", "sequence")
_BODY = ("data", "data_base64", "datacontenttype", "dataschema")
_BY_LEDGER = ("recordedtime", "position")
_ATTRIBUTES = frozenset(_TEXTS + _OPTIONAL + _BODY + _BY_LEDGER)
_GLIMPSE = re.compile(rb'"id"\s*:\s*"([^"\\]{32,60})"')
_BINARY_TYPES = ("application/avro", "application/octet-stream")


class Rejected(ValueError):
    """An event that can't be let in: ``why`` for people, ``id`` where one could be read."""

    def __init__(self, why: str, id: str | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.id = id


def read_event(line: bytes) -> Sealed:
    """The fact in one line of JSON. Raises ``Rejected``, and nothing else, whatever the bytes."""
    try:
        event = read_object(line)
    except NotReadable as problem:
        raise Rejected(str(problem), _glimpsed_id(line)) from None
    id = _identifier(event)
    try:
        return _sealed(id, event)
    except (Rejected, Refused) as problem:
        raise Rejected(str(problem), id) from None


def unknown_type(name: str) -> str:
    """The reason for a type that is not in the catalogue, with the name nearest to it."""
    nearest = difflib.get_close_matches(name[:100], catalogue.TYPES, n=1, cutoff=0.5)
    advice = f"did you mean {nearest[0]}?" if nearest else "see the catalogue of facts"
    return f"type: expected a type of the catalogue, saw {shown(name)}: {advice}"


def _glimpsed_id(line: bytes) -> str | None:
    """The id in a line that is not good JSON, for the one who looks for it in the source system;
    None where there is none, or several."""
    found = {canonical_id(each.decode("ascii", "replace")) for each in _GLIMPSE.findall(line)}
    return found.pop() if len(found) == 1 else None


# --- the attributes ------------------------------------------------------------------------------


def _identifier(event: Mapping[str, object]) -> str:
    text = _text(event, "id")
    id = canonical_id(text)
    if id is None:
        raise Rejected(
            "id: expected a UUID, as in 0192f5c8-7e3a-7b1c-9d2e-3f4a5b6c7d8e, saw text of"
            f" {len(text)} characters that is none"
        )
    return id


def _sealed(id: str, event: Mapping[str, object]) -> Sealed:
    _check_marks(event)
    type = _text(event, "type")
    if type not in _TYPES:
        raise Rejected(unknown_type(type))
    source, subject = _text(event, "source"), _text(event, "subject")
    correlationid, causationid = _optional(event, "correlationid"), _optional(event, "causationid")
    sequence = _sequence(event)
    problem = envelope_problem(source, subject, correlationid, causationid, sequence)
    if problem is not None:
        raise Rejected(problem)
    fact = Sealed(
        id,
        type,
        source,
        subject,
        _microseconds(_text(event, "time")),
        _body(type, event),
        correlationid,
        causationid,
        sequence,
        _extensions(event),
    )
    problem = size_problem(fact)
    if problem is not None:
        raise Rejected(problem)
    return fact


def _check_marks(event: Mapping[str, object]) -> None:
    """The attributes that say what kind of event this is, and those that only the ledger sets."""
    version = _text(event, "specversion")
    if version != "1.0":
        raise Rejected(f'specversion: expected "1.0", saw {shown(version)}')
    for name in _BY_LEDGER:
        if event.get(name) is not None:
            raise Rejected(
                f"{name}: expected none, since the ledger alone sets it, saw one: to emit again"
                " what `facts` printed, take it out (jq -c 'del(.recordedtime, .position)')"
            )


def _text(event: Mapping[str, object], name: str) -> str:
    value = event.get(name)
    if isinstance(value, str):
        return value
    seen = "nothing" if value is None else what(value)
    raise Rejected(f"{name}: expected text, saw {seen}: every event must say it")


def _optional(event: Mapping[str, object], name: str) -> str | None:
    """Null means that the attribute is not there, as in the JSON format of CloudEvents."""
    value = event.get(name)
    if value is None or isinstance(value, str):
        return value
    raise Rejected(f"{name}: expected text, saw {what(value)}: put it in quotes")


def _sequence(event: Mapping[str, object]) -> str | None:
    value = event.get("sequence")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _optional(event, "sequence")


def _microseconds(text: str) -> int:
    """The instant in UTC microseconds since 1970, by the same rules as instants in a body."""
    try:
        instant = jsonform.instant_from_text(text)
    except ValueError as problem:
        why = str(problem) if tellable(text) else f"expected an instant, saw {shown(text)}"
        raise Rejected(f"time: {why}") from None
    return (instant - _EPOCH) // _MICROSECOND


def _extensions(event: Mapping[str, object]) -> dict[str, str] | None:
    if event.keys() <= _ATTRIBUTES:
        return None
    kept = {}
    for name, value in event.items():
        if name in _ATTRIBUTES or value is None:
            continue
        kept[name] = _extension(name, value)
    return kept or None


def _extension(name: str, value: object) -> str:
    if isinstance(value, bool | int | float):
        value = json.dumps(value)
    elif not isinstance(value, str):
        raise Rejected(
            name_problem(name)
            or f"{name}: expected text, a number or a boolean in an attribute, saw {what(value)}:"
            " what has parts belongs in data"
        )
    problem = extension_problem(name, value)
    if problem is not None:
        raise Rejected(problem)
    return value


# --- the body ------------------------------------------------------------------------------------


def _body(type: str, event: Mapping[str, object]) -> bytes:
    """The body's wire bytes. Bytes that came as ``data_base64`` are written anew, so that the
    same content is the same bytes whichever way it came, and emitting it twice is a duplicate."""
    _check_schema(type, _optional(event, "dataschema"))
    encoded, content = _optional(event, "data_base64"), event.get("data")
    if encoded is None:
        _check_content_type(event, ("application/json",))
        if not isinstance(content, dict):
            seen = "nothing" if content is None else what(content)
            raise Rejected(f"data: expected an object with the fields of {type}, saw {seen}")
        return codec.encode(type, jsonform.from_json(type, content))
    if content is not None:
        raise Rejected("expected either data or data_base64, saw both: keep one")
    _check_content_type(event, _BINARY_TYPES)
    return codec.encode(type, _from_base64(type, encoded))


def _from_base64(type: str, encoded: str) -> Mapping[str, object]:
    try:
        wire = b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise Rejected("data_base64: expected base64, saw something else") from None
    try:
        named, body = codec.decode(wire)
    except Refused as problem:
        raise Rejected(f"data_base64: {problem}") from None
    if named != type:
        raise Rejected(f"data_base64: expected the body of {type}, saw that of {named}")
    if found := unkeepable(body):
        raise Rejected(f"data_base64: expected text that can be kept, saw {found}: remove it")
    return body


def _check_content_type(event: Mapping[str, object], accepted: tuple[str, ...]) -> None:
    given = _optional(event, "datacontenttype")
    if given is not None and given.partition(";")[0].strip().lower() not in accepted:
        raise Rejected(
            f"datacontenttype: expected {' or '.join(accepted)}, or none, saw {shown(given)}"
        )


def _check_schema(type: str, given: str | None) -> None:
    problem = None if given is None else dataschema_problem(type, given)
    if problem is not None:
        raise Rejected(problem)
