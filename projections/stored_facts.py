"""Facts read back from their tables, as the folds of ``domain/`` take them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from domain.facts import NO_EXTENSIONS, Fact
from domain.instants import EPOCH
from projections.fact_tables import ENVELOPE_COLUMNS, quoted, table_of
from projections.session import Row, Session

ENVELOPE = (
    "SELECT f.type, f.position, epoch_us(f.recorded_at), f.id, f.source, f.subject,"
    " epoch_us(f.time), f.correlationid, f.causationid, f.sequence, f.extensions FROM fact AS f"
)


def instant(microseconds: int) -> datetime:
    """The aware UTC instant of so many microseconds since 1970, exactly."""
    return EPOCH + timedelta(microseconds=microseconds)


def optional_instant(microseconds: int | None) -> datetime | None:
    """As ``instant``; null stays null."""
    return None if microseconds is None else instant(microseconds)


def read_facts(
    session: Session, where: str, parameters: Mapping[str, object] | None = None
) -> list[Fact]:
    """The facts ``f`` of the table ``fact`` for which an SQL condition holds, by position."""
    envelopes: dict[str, list[Row]] = {}
    for row in session.rows(f"{ENVELOPE} WHERE {where}", parameters):
        envelopes.setdefault(row[0], []).append(row)
    facts = []
    for fact_type, rows in envelopes.items():
        bodies = read_bodies(session, fact_type, [row[1] for row in rows])
        facts += [fact_of(row, bodies[row[1]]) for row in rows]
    return sorted(facts, key=lambda fact: fact.position)


def read_bodies(
    session: Session,
    fact_type: str,
    positions: Sequence[int],
    fields: Collection[str] | None = None,
) -> dict[int, dict[str, object]]:
    """The bodies of those facts of one type, by position; instants are aware datetimes. ``refs``,
    which every body has, come first, then the fields in the order of the type; or only those of
    them that are in ``fields``."""
    table = table_of(fact_type)
    there = session.columns(table)
    names = ["refs", *(name for name in there if name not in {"refs", *ENVELOPE_COLUMNS})]
    if fields is not None:
        names = [name for name in names if name in fields]
    instants = [place for place, name in enumerate(names) if there[name]]
    values = [f"epoch_us({quoted(n)})" if there[n] else quoted(n) for n in names]
    bodies = {}
    for position, *row in session.rows(
        f"SELECT {', '.join(['position', *values])} FROM {table}"
        " WHERE position IN (SELECT unnest($positions))",
        {"positions": positions},
    ):
        for place in instants:
            row[place] = optional_instant(row[place])
        bodies[position] = dict(zip(names, row, strict=True))
    return bodies


def fact_of(row: Row, body: Mapping[str, object]) -> Fact:
    """The fact of a row of ``ENVELOPE`` and its body."""
    # Imported here: most questions look at no body, and the models take long to import.
    from domain.events import BODIES

    name, position, recorded_at, fact_id, source, subject, time, *rest = row
    correlationid, causationid, sequence, extensions = rest
    return Fact(
        id=fact_id if isinstance(fact_id, UUID) else UUID(fact_id),
        type=name,
        source=source,
        subject=subject,
        time=instant(time),
        body=BODIES[name].model_validate(body),
        position=position,
        recorded_at=instant(recorded_at),
        correlationid=correlationid,
        causationid=causationid,
        sequence=sequence,
        extensions=json.loads(extensions) if extensions else NO_EXTENSIONS,
    )
