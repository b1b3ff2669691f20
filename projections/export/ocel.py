"""Facts as an object-centric event log, by OCEL 2.0 (https://www.ocel-standard.org).

Facts in force are its events; customers, commitments, issues, payments, decisions, journeys and
refs its objects. Nobody at work is among these, since no fact names one; departments and teams of
which facts speak are parties. Who is one customer changes with time, and so do the owner, the
state and the dates of a commitment.

It is made of tables that were exported, by the database alone: no more of it is in memory than the
database takes. Queries run in one thread each, and none sorts what comes out: their rows come in
the order of the tables that they are made of, and so in the same one each time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, NamedTuple

from domain.components import components
from domain.identity import canonical_names
from domain.refs import ID_FIELDS, REF_FIELDS
from projections.dictionary.tables import Table
from projections.duckdb.files import batches, instant_text
from projections.duckdb.session import DuckDBSession
from projections.fact_tables import ENVELOPE_COLUMNS, quoted
from projections.sql_files import statements_of

_SQL = statements_of(__file__)

#: What is told by the event itself, and by the objects that it relates to.
_RELATED = frozenset({*ENVELOPE_COLUMNS, "refs", *ID_FIELDS, *REF_FIELDS})

#: When an object had its first values, as the standard has it.
ALWAYS = "1970-01-01T00:00:00.000000Z"

#: The kind of a column's values by the standard.
KINDS: Mapping[str, str] = {
    "SMALLINT": "integer",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "DOUBLE": "float",
    "BOOLEAN": "boolean",
    "TIMESTAMPTZ": "time",
}


class Attribute(NamedTuple):
    """An attribute of events or objects: its name and its column's type."""

    name: str
    type: str

    @property
    def kind(self) -> str:
        """Its kind by the standard."""
        return KINDS.get(self.type, "string")

    def text(self, of: str) -> str:
        """Its value in a row ``of`` as text, as SQL; null where it is null."""
        column = f"{of}.{quoted(self.name)}"
        if self.type == "TIMESTAMPTZ":
            return instant_text(column)
        if self.type == "VARCHAR[]":
            return f"CAST(to_json({column}) AS VARCHAR)"
        return f"CAST({column} AS VARCHAR)"


@dataclass(frozen=True)
class EventType:
    """A type of fact, the table that its facts are in, and what is told of each."""

    name: str
    table: str
    attributes: tuple[Attribute, ...]


@dataclass(frozen=True)
class ObjectType:
    """A kind of object, what is told of each, and which of that changes with time."""

    name: str
    attributes: tuple[Attribute, ...]
    changing: tuple[str, ...] = ()


#: The table of the steps in which objects of a type change.
STEPS = {"commitment": "held", "issue": "turn"}
CHANGING = {
    "commitment": ("owner", "state", "first_due_at", "agreed_due_at", "latest_due_at"),
    "issue": ("resolved",),
    "customer": ("customer",),
    "party": ("customer",),
}
#: Each kind of object, and the statement that finds those that there are.
OBJECT_TYPES = {
    "commitment": "of_commitment",
    "issue": "of_issue",
    "payment": "of_payment",
    "decision": "of_decision",
    "journey": "of_journey",
    "customer": "of_customer",
    "party": "of_party",
    "ref": "of_ref",
}

#: What every event tells, beside the fields of its fact: the department that spoke. Some types have
#: a field of that name, which speaks of another one.
DEPARTMENT = Attribute("by", "VARCHAR")


def make_events(session: DuckDBSession, tables: Iterable[Table]) -> tuple[EventType, ...]:
    """Make the events of the exported tables that a session reads, and answer of which types they
    may be."""
    session.execute(_SQL["event"].format(at=instant_text("f.time")))
    return tuple(_event_type(table) for table in tables if _is_of_type(table))


def make_objects(session: DuckDBSession) -> tuple[ObjectType, ...]:
    """Make the objects that the events relate to, and all that is told of them."""
    for name in ("known_as", "party", "object", "held", "turn", "relation"):
        session.execute(_SQL[name])
    _note_changes(session)
    object_types = []
    for name, found in OBJECT_TYPES.items():
        session.execute(f"CREATE TABLE of_{name} AS {_SQL[found]} ORDER BY ALL")
        columns = session.rows(f"DESCRIBE of_{name}")[1:]
        attributes = tuple(Attribute(row[0], _short(row[1])) for row in columns)
        object_types.append(ObjectType(name, attributes, CHANGING.get(name, ())))
    return tuple(object_types)


def _short(kind: str) -> str:
    return kind.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")


def _is_of_type(table: Table) -> bool:
    return table.kind == "facts" and table.name != "fact"


def _event_type(table: Table) -> EventType:
    told = [one for one in table.columns if one.name not in _RELATED]
    attributes = (DEPARTMENT, *(Attribute(one.name, one.type) for one in told))
    return EventType(table.facts[0], table.name, attributes)


def _note_changes(session: DuckDBSession) -> None:
    session.execute(_SQL["no_changes"])
    for type, steps in STEPS.items():
        for field in CHANGING[type]:
            instant = field.endswith("_at")
            value = Attribute(field, "TIMESTAMPTZ" if instant else "VARCHAR").text("h")
            session.execute(_SQL["change"].format(field=field, steps=steps, value=value))
    links = session.rows(
        "SELECT l.party_a, l.party_b, l.since, l.until FROM party_link AS l ORDER BY ALL"
    )
    changes = [(party, at, "customer", name) for party, at, name in names_in_time(links)]
    session.insert("change", ("id", "since", "field", "value"), changes)


Link = tuple[str, str, datetime, datetime | None]


def names_in_time(links: Sequence[Link]) -> Iterator[tuple[str, datetime, str]]:
    """Every change of a party's canonical name: the party, when, and the name from then on. Links
    are pairs of parties with the instants from and until which they hold."""
    parties = sorted({party for a, b, *_ in links for party in (a, b)})
    number = {party: index for index, party in enumerate(parties)}
    group = components((number[a], number[b]) for a, b, *_ in links)
    in_groups = sorted(links, key=lambda link: group[number[link[0]]])
    for _, together in groupby(in_groups, key=lambda link: group[number[link[0]]]):
        yield from _names_of_group(list(together))


def _names_of_group(links: Sequence[Link]) -> Iterator[tuple[str, datetime, str]]:
    instants = sorted({at for _, _, *ends in links for at in ends if at is not None})
    parties = sorted({party for a, b, *_ in links for party in (a, b)})
    before = {party: party for party in parties}
    for at in instants:
        names = canonical_names(
            (a, b) for a, b, since, until in links if since <= at and (until is None or at < until)
        )
        for party in parties:
            name = names.get(party, party)
            if name != before[party]:
                yield party, at, name
                before[party] = name


# ------------------------------------------------------------------------------------------ JSON


def write_json(
    session: DuckDBSession,
    event_types: Sequence[EventType],
    object_types: Sequence[ObjectType],
    path: Path,
) -> None:
    """Write the log as JSON, an event or an object a line. Lines are made by the database, and go
    into the file as they come."""
    for name in ("changes", "relations"):
        session.execute(_SQL[name].format(since=instant_text("c.since")))
    types = {
        "eventTypes": [_declared(one) for one in event_types],
        "objectTypes": [_declared(one) for one in object_types],
    }
    with path.open("wb") as file:
        file.write(json.dumps(types).removesuffix("}").encode())
        for name, queries in (
            ("objects", map(_json_object, object_types)),
            ("events", map(_json_event, event_types)),
        ):
            file.write(f',\n"{name}": [\n'.encode())
            _write_lines(session, queries, file)
            file.write(b"]")
        file.write(b"}\n")


def _write_lines(session: DuckDBSession, queries: Iterable[str], file: BinaryIO) -> None:
    """Write the texts of queries, each of which begins with a comma, but for the first one's."""
    begun = False
    for query in queries:
        for batch in batches(session, query):
            (lines,) = batch.columns
            _, ends, text = lines.buffers()
            places = memoryview(ends).cast("i")[lines.offset : lines.offset + len(lines) + 1]
            # The texts lie one after the other.
            start = places[0] if begun else places[0] + 1
            file.write(memoryview(text)[start : places[-1]])
            begun = True


def _declared(one: EventType | ObjectType) -> dict[str, object]:
    told = [{"name": attribute.name, "type": attribute.kind} for attribute in one.attributes]
    return {"name": one.name, "attributes": told}


def _json_event(one: EventType) -> str:
    told = [_named(each, each.text("e" if each is DEPARTMENT else "t")) for each in one.attributes]
    return _SQL["json_event"].format(type=one.name, table=one.table, attributes=", ".join(told))


def _json_object(one: ObjectType) -> str:
    told = [_named(each, _first(one, each), f'"time":"{ALWAYS}",') for each in one.attributes]
    return _SQL["json_object"].format(type=one.name, attributes=", ".join(told))


def _named(attribute: Attribute, value: str, time: str = "") -> str:
    """A value with its name as JSON, as SQL; null where it is null."""
    return f"""'{{"name":"{attribute.name}",{time}"value":' || to_json({value}) || '}}'"""


def _first(one: ObjectType, attribute: Attribute) -> str:
    """The first value of an attribute as text. One that changes has one in any case."""
    value = attribute.text("t")
    if attribute.name not in one.changing:
        return value
    return f"CASE WHEN t.id IS NOT NULL THEN coalesce({value}, 'null') END"
