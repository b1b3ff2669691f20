"""What waits for a missing fact."""

from __future__ import annotations

from typing import Any

from projections.asks.moment import Moment
from projections.reading import instant
from projections.session import Session

WAITING = """
SELECT s.reason, s.about, epoch_us(s.since), CAST(s.fact_id AS VARCHAR)
FROM suspense AS s
WHERE s.since <= $as_of AND (s.until IS NULL OR s.until > $as_of)
ORDER BY s.since, s.fact_id
"""


def suspense(session: Session, moment: Moment) -> dict[str, Any]:
    """One item a reason and id, by the earliest time among its facts, then id, then reason."""
    items: dict[tuple[str, str], dict[str, Any]] = {}
    for reason, about, since, fact_id in session.rows(WAITING, {"as_of": moment.as_of}):
        item = items.setdefault(
            (reason, about),
            {"reason": reason, "about": about, "since": instant(since), "facts": []},
        )
        item["facts"].append(fact_id)
    ordered = sorted(items.values(), key=lambda i: (i["since"], i["about"], i["reason"]))
    return {"items": ordered}
