"""Putting a few decoded facts into their tables, row by row, in the caller's transaction: Arrow
takes longer to import than they take to land. Many go through ``load_facts``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, cast
from uuid import UUID

from domain.facts import sequence_number
from domain.places import place_of
from domain.refs import ID_FIELDS, REF_FIELDS, department_of
from projections.duckdb.session import DuckDBSession
from projections.fact_tables import ENVELOPE_COLUMNS, KEY_COLUMNS, table_of
from projections.session import Row

#: The columns of the table of all envelopes, in the order of ``_envelope``.
_COLUMNS = (
    *("position", "recorded_at", "id", "type", "source", "department", "subject", "time"),
    *("correlationid", "causationid", "sequence", "extensions", "sequence_number", "place"),
    *(*KEY_COLUMNS, "links"),
)


class FactRow(NamedTuple):
    """A fact with its body decoded: instants are aware, ``extensions`` JSON text, and ``body`` has
    every field of the type."""

    position: int
    recorded_at: datetime
    id: UUID
    type: str
    source: str
    subject: str
    time: datetime
    correlationid: str | None
    causationid: str | None
    sequence: str | None
    extensions: str | None
    body: Mapping[str, object]


def land_rows(session: DuckDBSession, facts: Sequence[FactRow]) -> None:
    """Add facts to the table of all envelopes and to those of their types."""
    session.insert("fact", _COLUMNS, [_envelope(fact) for fact in facts])
    by_type: dict[str, list[FactRow]] = {}
    for fact in facts:
        by_type.setdefault(fact.type, []).append(fact)
    for name, alike in by_type.items():
        columns = [*ENVELOPE_COLUMNS, *alike[0].body]
        rows = [(f.position, f.id, f.time, f.source, f.subject, *f.body.values()) for f in alike]
        session.insert(table_of(name), columns, rows)


def _envelope(fact: FactRow) -> Row:
    body = fact.body
    links = list(cast("Sequence[str]", body["refs"]))
    # The links are those of domain.facts.Fact.links; what is named twice is there twice.
    named = ((f"{prefix}:", body.get(name)) for name, prefix in ID_FIELDS.items())
    links += [f"{prefix}{id}" for prefix, id in named if id is not None]
    links += [str(body[name]) for name in REF_FIELDS if body.get(name) is not None]
    return (
        *fact[:5],
        department_of(fact.source),
        *fact[5:11],
        sequence_number(fact.sequence),
        place_of(fact.type),
        *(body.get(name) for name in KEY_COLUMNS),
        links,
    )
