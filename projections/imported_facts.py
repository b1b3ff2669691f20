"""What the tables know of the facts that an importer made: which there are, what they say, and
which of them somebody took back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from projections.fact_tables import Column, quoted, table_of
from projections.session import Row, Session
from projections.sql_files import statements_of

_SQL = statements_of(__file__)
_OF_ENVELOPE = 9


class Contents(NamedTuple):
    """Facts of one type: of each its id, source, subject, time (UTC microseconds),
    ``correlationid``, ``causationid``, ``sequence``, extensions (JSON text or null) and whether it
    is in force; and the values of the body's fields by their names, instants in microseconds."""

    envelopes: Sequence[Row]
    bodies: Mapping[str, Sequence[object]]


class Marked(NamedTuple):
    """A fact that has certain extensions, and these as JSON text."""

    id: str
    extensions: str


class Envelope(NamedTuple):
    """What a retraction takes over from its fact; ``time`` in UTC microseconds."""

    id: str
    source: str
    subject: str
    time: int


class Retraction(NamedTuple):
    """A retraction of ``target``, and whether it is in force itself."""

    target: str
    id: str
    reason: str
    in_force: bool


def contents(
    session: Session, fact_type: str, fields: Sequence[Column], ids: Sequence[str]
) -> Contents:
    """The facts of a type that have one of these ids; ``fields`` are those of its body."""
    body = [
        f"epoch_us(x.{quoted(field.name)})"
        if field.kind == "timestamp"
        else f"x.{quoted(field.name)}"
        for field in fields
    ]
    sql = _SQL["contents"].format(table=table_of(fact_type), body=", ".join(body))
    rows = session.rows(sql, {"ids": list(ids)}) if ids else []
    columns = list(zip(*rows, strict=True))[_OF_ENVELOPE:] if rows else [()] * len(fields)
    names = (field.name for field in fields)
    return Contents([row[:_OF_ENVELOPE] for row in rows], dict(zip(names, columns, strict=True)))


def marked(session: Session, fact_type: str, mark: str, also: str) -> list[Marked]:
    """The facts of a type in whose extensions, as JSON, both texts stand."""
    given = {"type": fact_type, "mark": mark, "also": also}
    return [Marked(*row) for row in session.rows(_SQL["marked"], given)]


def in_force(session: Session, fact_type: str, mark: str) -> list[Marked]:
    """The facts of a type that are in force and in whose extensions, as JSON, a text stands."""
    given = {"type": fact_type, "mark": mark}
    return [Marked(*row) for row in session.rows(_SQL["in_force"], given)]


def known(session: Session, ids: Sequence[str]) -> set[str]:
    """Those of the ids that a fact has."""
    return {row[0] for row in session.rows(_SQL["known"], {"ids": list(ids)})} if ids else set()


def envelopes(session: Session, ids: Sequence[str]) -> list[Envelope]:
    """Of the facts that have one of these ids."""
    rows = session.rows(_SQL["envelopes"], {"ids": list(ids)}) if ids else []
    return [Envelope(*row) for row in rows]


def retractions(session: Session, ids: Sequence[str]) -> list[Retraction]:
    """All that take back a fact with one of these ids."""
    rows = session.rows(_SQL["retractions"], {"ids": list(ids)}) if ids else []
    return [Retraction(*row) for row in rows]
