"""The facts themselves, as the ledger keeps them: retracted ones too."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from projections.reading import ENVELOPE, instant, read_bodies
from projections.session import Row, Session

PAGE = 5_000


@dataclass(frozen=True)
class Wanted:
    """Which facts; None or empty means any. ``ref`` is a business object that they touch."""

    types: Sequence[str] = ()
    subject: str | None = None
    ref: str | None = None
    from_position: int = 1
    to_position: int | None = None
    until: datetime | None = None
    limit: int | None = None


def facts(session: Session, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """The facts by position, as CloudEvents attributes with ``position`` and ``recordedtime``;
    ``data`` holds aware datetimes."""
    tests, parameters = _condition(wanted)
    after, left = wanted.from_position - 1, wanted.limit
    while left is None or left > 0:
        size = PAGE if left is None else min(PAGE, left)
        query = f"{ENVELOPE} WHERE f.position > $after AND {tests} ORDER BY f.position LIMIT {size}"
        page = session.rows(query, {"after": after, **parameters})
        yield from _events(session, page)
        if len(page) < size:
            return
        after = page[-1][1]
        left = None if left is None else left - size


def _condition(wanted: Wanted) -> tuple[str, dict[str, object]]:
    tests: list[str] = ["TRUE"]
    parameters: dict[str, object] = {}
    if wanted.types:
        tests.append("f.type IN (SELECT unnest($types))")
        parameters["types"] = list(wanted.types)
    for value, name, test in (
        (wanted.subject, "subject", "f.subject = $subject"),
        (wanted.ref, "ref", "list_contains(f.links, $ref)"),
        (wanted.to_position, "upto", "f.position <= $upto"),
        (wanted.until, "until", "f.time <= $until"),
    ):
        if value is not None:
            tests.append(test)
            parameters[name] = value
    return " AND ".join(tests), parameters


def _events(session: Session, page: Sequence[Row]) -> Iterator[dict[str, Any]]:
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
        event: dict[str, Any] = {
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
            "position": position,
            "data": bodies[position],
        }
        yield {key: value for key, value in event.items() if value is not None}
