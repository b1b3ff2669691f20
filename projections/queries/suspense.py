"""What waits for a missing fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from projections.queries.as_of import Moment
from projections.session import Session
from projections.sql_files import statements_of
from projections.stored_facts import instant

if TYPE_CHECKING:
    from projections.queries.answers import Suspense, SuspenseItem

_SQL = statements_of(__file__)


def suspense(session: Session, moment: Moment) -> Suspense:
    """One item a reason and id, by the earliest time among its facts, then id, then reason."""
    items: dict[tuple[str, str], SuspenseItem] = {}
    for reason, about, since, fact_id in session.rows(_SQL["waiting"], {"as_of": moment.as_of}):
        item = items.setdefault(
            (reason, about),
            {"reason": reason, "about": about, "since": instant(since), "facts": []},
        )
        item["facts"].append(fact_id)
    ordered = sorted(items.values(), key=lambda i: (i["since"], i["about"], i["reason"]))
    return {"items": ordered}
