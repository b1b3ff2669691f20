"""Personal fields of facts in answers: who has not the scope ``personal`` reads null in their
place, and who has it leaves an access record.

What is a fact in an answer is told by its shape, so that no route can forget one: an object with
``type``, a type of the catalogue, and ``data``, its body.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypedDict

from application.access.principals import Principal
from application.request_checks import expect_from
from domain.access import AccessRecord

if TYPE_CHECKING:
    from application.access.store import AccessStore

#: The parts of a message in quarantine that are bytes.
_BYTES = ("headers", "key", "value")
#: How much of a question is kept with the record that it was asked.
WHAT_LIMIT = 1_000


@dataclass(frozen=True)
class Reader:
    """Who reads, by which question, and when."""

    who: Principal
    what: str
    at: datetime


@dataclass
class _Found:
    """The personal fields that hold something in an answer, as ``commitment.made.wording``, and the
    ids of the facts that they are of."""

    fields: set[str] = field(default_factory=set)
    facts: dict[str, None] = field(default_factory=dict)


def shown(answer: Any, reader: Reader, store: AccessStore | None) -> Any:
    """An answer as somebody may read it. Without the scope ``personal``, every personal field that
    holds something reads null, and the answer (each of a list of answers) has ``"personal":
    "withheld"`` and their names in ``withheld``; a fact that has extensions of these names keeps
    them. With the scope nothing changes, and there is a record of the reading before anybody has
    the answer; where no ``store`` keeps one, they are withheld."""
    withheld = store is None or not reader.who.may("personal")
    found = _Found()
    if isinstance(answer, list):
        read: Any = [_shown(each, found, withheld=withheld) for each in answer]
    else:
        read = _shown(answer, found, withheld=withheld)
    if store is not None and found.fields and not withheld:
        store.record(_record(reader, found.fields, tuple(found.facts)))
    return read


def message_shown(message: Mapping[str, Any], reader: Reader, store: AccessStore | None) -> Any:
    """A message in quarantine as somebody may read it: wherever there are bytes in it, they may be
    what a customer said."""
    if store is not None and reader.who.may("personal"):
        place = f"{message['partition']}:{message['offset']}"
        store.record(_record(reader, set(_BYTES), (place,)))
        return message
    headers = [{**each, "value": _emptied(each["value"])} for each in message["headers"]]
    parts = {"key": _emptied(message["key"]), "value": _emptied(message["value"])}
    return {
        **message,
        **parts,
        "headers": headers,
        "personal": "withheld",
        "withheld": list(_BYTES),
    }


def _emptied(value: Mapping[str, Any] | None) -> dict[str, None] | None:
    """Bytes as JSON has them, without what is in them."""
    return None if value is None else dict.fromkeys(value)


def _record(reader: Reader, fields: set[str], facts: tuple[str, ...]) -> AccessRecord:
    what = reader.what[:WHAT_LIMIT]
    return AccessRecord(reader.at, reader.who.name, what, tuple(sorted(fields)), facts)


def _shown(answer: Any, every: _Found, *, withheld: bool) -> Any:
    found = _Found()
    read = _read(answer, found, withheld=withheld)
    every.fields |= found.fields
    every.facts |= found.facts
    if withheld and found.fields and isinstance(read, dict):
        return {"personal": "withheld", "withheld": sorted(found.fields), **read}
    return read


def _read(value: Any, found: _Found, *, withheld: bool) -> Any:
    """A value without what is withheld; itself where nothing is."""
    if isinstance(value, list | tuple):
        inner = [_read(each, found, withheld=withheld) for each in value]
        return inner if withheld else value
    if not isinstance(value, Mapping):
        return value
    if (held := _held(value)) is not None:
        if not held:
            return value
        found.fields |= {f"{value['type']}.{name}" for name in held}
        found.facts[str(value.get("id"))] = None
        if not withheld:
            return value
        return {**value, "data": {**value["data"], **dict.fromkeys(held)}}
    read = {key: _read(each, found, withheld=withheld) for key, each in value.items()}
    return read if withheld else value


def _held(value: Mapping[str, Any]) -> list[str] | None:
    """The personal fields of a fact that hold something; None of what is no fact."""
    data = value.get("data")
    if not isinstance(data, Mapping) or not isinstance(value.get("type"), str):
        return None
    personal = _personal_fields().get(value["type"])
    if personal is None:
        return None
    return [name for name in personal if data.get(name) is not None]


@cache
def _personal_fields() -> Mapping[str, tuple[str, ...]]:
    """The fields of each type's body that hold personal text."""
    from schemas.catalogue import TYPES, fields

    return {name: tuple(each.name for each in fields(name) if each.personal) for name in TYPES}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A page of the access records: at most ``limit``, behind the cursor ``after``, of one reader
    or of all."""

    limit: int = 100
    after: str | None = None
    who: str | None = None

    def __post_init__(self) -> None:
        expect_from(1, "limit", self.limit)


class Record(TypedDict):
    """That somebody read personal fields: of which facts, by their ids, which fields, and by which
    question."""

    at: datetime
    who: str
    what: str
    fields: list[str]
    facts: list[str]


class Records(TypedDict):
    """A page of access records, the oldest first; ``next`` is the cursor of what is behind it."""

    records: list[Record]
    next: str | None


def records(store: AccessStore, asked: Asked) -> Records:
    """Who read personal fields. Raises ``NoCursor``, which is ``Wrong``."""
    from projections.queries.cursor import from_cursor, to_cursor

    after = 0 if asked.after is None else from_cursor(asked.after)[0]
    found = store.records(after, asked.limit + 1, asked.who)
    page: Sequence[AccessRecord] = found[: asked.limit]
    return {
        "records": [
            {
                "at": one.at,
                "who": one.who,
                "what": one.what,
                "fields": list(one.fields),
                "facts": list(one.facts),
            }
            for one in page
        ],
        "next": to_cursor(page[-1].number, "") if len(found) > len(page) else None,
    }
