"""What waits for a missing fact."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

from domain.instants import EARLIEST, LATEST, to_microseconds
from projections.errors import NoCursor
from projections.queries.as_of import Moment
from projections.queries.cursor import from_cursor, to_cursor
from projections.session import Session
from projections.sql_files import statements_of
from projections.stored_facts import instant

if TYPE_CHECKING:
    from projections.queries.answers import Suspense, SuspenseItem

_SQL = statements_of(__file__)


def suspense(
    session: Session, moment: Moment, limit: int | None = None, after: str | None = None
) -> Suspense:
    """One item a reason and id, by the earliest time among its facts, then id, then reason: all of
    them, or, where there is a ``limit`` or a cursor ``after`` which to go on, a page."""
    behind = None if after is None else _after(after)
    items: dict[tuple[str, str], SuspenseItem] = {}
    for reason, about, since, fact_id in session.rows(_SQL["waiting"], {"as_of": moment.as_of}):
        item = items.setdefault(
            (reason, about),
            {"reason": reason, "about": about, "since": instant(since), "facts": []},
        )
        item["facts"].append(fact_id)
    ordered = sorted(items.values(), key=_place)
    if limit is None and behind is None:
        return {"items": ordered}
    rest = [item for item in ordered if behind is None or _place(item) > behind]
    page = rest[:limit]
    return {
        "items": page,
        "by_reason": dict(Counter(item["reason"] for item in ordered)),
        "next": _cursor(page[-1]) if len(page) < len(rest) else None,
    }


def _place(item: SuspenseItem) -> tuple[datetime, str, str]:
    return item["since"], item["about"], item["reason"]


def _cursor(last: SuspenseItem) -> str:
    since, about, reason = _place(last)
    return to_cursor(to_microseconds(since), f"{reason} {about}")


def _after(cursor: str) -> tuple[datetime, str, str]:
    since, name = from_cursor(cursor)
    reason, blank, about = name.partition(" ")
    if not blank or not EARLIEST <= since <= LATEST:  # a cursor of another list
        raise NoCursor(cursor)
    return instant(since), about, reason
