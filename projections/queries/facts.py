"""The facts themselves, as the ledger keeps them: retracted ones too."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, cast
from uuid import UUID

from domain.errors import Unknown, Wrong
from domain.positions import Reach, Vector, offset_of, partition_of
from projections.known_positions import known, shown, shown_reach
from projections.queries.as_of import Moment
from projections.session import Row, Session
from projections.stored_facts import ENVELOPE, instant, optional_instant, read_bodies

if TYPE_CHECKING:
    from projections.queries.answers import Fact

PAGE = 5_000
#: So many of the facts that came last are looked at for one that happened lately.
LATEST = 1_000


@dataclass(frozen=True)
class FactFilter:
    """Which facts; None or empty means any. ``ref`` is a business object that they touch."""

    types: Sequence[str] = ()
    subject: str | None = None
    ref: str | None = None
    from_position: int = 1
    upto: Reach | None = None
    until: datetime | None = None
    limit: int | None = None
    id: UUID | None = None


def fact(session: Session, moment: Moment, fact_id: str) -> Fact:
    """One fact, if it was known at the moment. Raises Unknown where none was of that id."""
    with suppress(ValueError):
        wanted = FactFilter(upto=moment.known_at, limit=1, id=UUID(fact_id))
        if found := page(session, wanted)[0]:
            return found[0]
    raise Unknown("the id of a fact that is known", f"{fact_id!r}", "{facts} lists those there are")


def page(session: Session, wanted: FactFilter) -> tuple[list[Fact], FactFilter | None]:
    """The next facts by position, as CloudEvents attributes with ``position`` and
    ``recordedtime``; ``data`` holds aware datetimes. And what is wanted after them, None at the
    end: a reader that takes its time between pages need not hold the session meanwhile."""
    tests, parameters = _condition(wanted)
    size = PAGE if wanted.limit is None else min(PAGE, wanted.limit)
    query = f"{ENVELOPE} WHERE f.position >= $first AND {tests} ORDER BY f.position LIMIT {size}"
    rows = session.rows(query, {"first": wanted.from_position, **parameters})
    left = None if wanted.limit is None else wanted.limit - size
    if len(rows) < size or left == 0:
        return list(_events(session, rows, wanted.upto)), None
    return list(_events(session, rows, wanted.upto)), replace(
        wanted, from_position=rows[-1][1] + 1, limit=left
    )


def expect_begun(head: Reach, position: int) -> None:
    """Raises Wrong for a position that lies beyond the next fact's, in a partition or in all."""
    if isinstance(head, int):
        beyond = position > head + 1
    else:
        beyond = offset_of(position) > head.get(partition_of(position), 0)
    if beyond:
        raise Wrong(
            f"to begin at a position up to the next one, after {shown_reach(head)}",
            f"{shown(position, Vector({}) if partition_of(position) else head)}",
            "{status} shows how far the ledger goes",
        )


def newest(session: Session, moment: Moment, since: datetime) -> datetime | None:
    """When the last known fact happened, of those at or before the moment; None where there is
    none, or it happened at ``since`` or later. A ledger that is kept up shows that among the facts
    that came last, and no more of it is read."""
    which = known("f.position", moment.known_at)
    latest = f"SELECT f.time FROM fact AS f WHERE {which} ORDER BY f.position DESC LIMIT {LATEST}"
    fresh = f"SELECT 1 FROM ({latest}) AS f WHERE f.time >= $since AND f.time <= $as_of LIMIT 1"
    if session.rows(fresh, {"since": since, "as_of": moment.as_of}):
        return None
    ((last,),) = session.rows(
        f"SELECT epoch_us(max(f.time)) FROM fact AS f WHERE f.time <= $as_of AND {which}",
        {"as_of": moment.as_of},
    )
    found = optional_instant(last)
    return found if found is not None and found < since else None


def first_recorded(session: Session) -> datetime | None:
    """When the ledger learned its first fact, in whichever partition; None where it has none."""
    ((first,),) = session.rows("SELECT epoch_us(min(f.recorded_at)) FROM fact AS f")
    return optional_instant(first)


def _condition(wanted: FactFilter) -> tuple[str, dict[str, object]]:
    tests: list[str] = ["TRUE"]
    parameters: dict[str, object] = {}
    if wanted.upto is not None:
        tests.append(known("f.position", wanted.upto))
    if wanted.types:
        tests.append("f.type IN (SELECT unnest($types))")
        parameters["types"] = list(wanted.types)
    for value, name, test in (
        (wanted.subject, "subject", "f.subject = $subject"),
        (wanted.ref, "ref", "list_contains(f.links, $ref)"),
        (wanted.until, "until", "f.time <= $until"),
        (wanted.id, "id", "f.id = $id"),
    ):
        if value is not None:
            tests.append(test)
            parameters[name] = value
    return " AND ".join(tests), parameters


def _events(session: Session, page: Sequence[Row], reach: Reach | None) -> Iterator[Fact]:
    positions: dict[str, list[int]] = {}
    for row in page:
        positions.setdefault(row[0], []).append(row[1])
    bodies = {
        position: body
        for name, own in positions.items()
        for position, body in read_bodies(session, name, own).items()
    }
    for row in page:
        name, position, recorded_at, fact_id, source, subject, time, *rest = row
        correlationid, causationid, sequence, extensions = rest
        event = {
            "specversion": "1.0",
            "id": str(fact_id),
            "type": name,
            "source": source,
            "subject": subject,
            "time": instant(time),
            "correlationid": correlationid,
            "causationid": causationid,
            "sequence": sequence,
            **(json.loads(extensions) if extensions else {}),
            "recordedtime": instant(recorded_at),
            "position": position if reach is None else shown(position, reach),
            "data": bodies[position],
        }
        # Extensions are added and nulls dropped, which no type follows.
        yield cast("Fact", {key: value for key, value in event.items() if value is not None})
