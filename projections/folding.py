"""Folding: from facts in their tables to rows of the views, for the keys that are touched.

The caller owns the transaction: facts, views and the position they stand for become visible
together, or not at all.
"""

from __future__ import annotations

from projections.dating import update_policy_dates
from projections.identifying import update_identities
from projections.retracting import update_retracted
from projections.session import Session
from projections.stitching import stitch
from projections.touching import CUSTOMERS, FROM_FRESH, forget, touch, touch_fresh
from projections.views import (
    COMMITMENT_HISTORY,
    COMMITMENT_VIEW,
    CUSTOMER_VIEW,
    JOURNEY,
    JOURNEY_STEP,
    LOOSE_FACT,
    SUSPENSE,
    create_touched,
    refresh,
)

#: Facts folded at a time when everything is built from nothing: it bounds the memory of a fold.
BUCKET = 2_000_000


def fold_fresh(session: Session, after: int) -> None:
    """Fold the keys touched by the facts at positions after ``after``."""
    create_touched(session)
    forget(session)
    fresh = f"position > {after}"
    if update_retracted(session, after):
        fresh += " OR id IN (SELECT c.fact_id FROM changed AS c)"
    session.execute(f"CREATE OR REPLACE TEMP VIEW fresh AS SELECT * FROM fact WHERE {fresh}")
    touch_fresh(session)
    update_identities(session, empty=False)
    touch(session, "touched_customer", CUSTOMERS)
    fold_commitments(session, empty=False)
    fold_journeys(session, empty=False)


def fold_all(session: Session) -> None:
    """Fold every key, in buckets, into views that are empty."""
    create_touched(session)
    forget(session)
    update_retracted(session, 0)
    session.execute("CREATE OR REPLACE TEMP VIEW fresh AS SELECT * FROM fact")
    touch(session, "touched_pair", FROM_FRESH["touched_pair"])
    update_identities(session, empty=True)
    facts = session.rows("SELECT count(*) FROM fact")[0][0]
    buckets = facts // BUCKET + 1
    for bucket in range(buckets):
        forget(session)
        for table, query in FROM_FRESH.items():
            if table not in ("touched_pair", "touched_retraction"):
                key = table.removeprefix("touched_") + "_id"
                touch(session, table, query + _share(key, bucket, buckets))
        if bucket == 0:
            touch(session, "touched_retraction", FROM_FRESH["touched_retraction"])
        fold_commitments(session, empty=True)
    for bucket in range(buckets):
        forget(session)
        name = "coalesce(i.customer, f.subject)"
        where = f" WHERE TRUE{_share(name, bucket, buckets)}"
        touch(session, "touched_customer", CUSTOMERS + where)
        fold_journeys(session, empty=True)
    forget(session)


def _share(key: str, bucket: int, buckets: int) -> str:
    """The condition under which a key belongs to a bucket."""
    return "" if buckets == 1 else f" AND hash({key}) % {buckets} = {bucket}"


NAMED = """
INSERT INTO named
SELECT
    f.position, f.id, f.type, f.time, f.department,
    f.commitment_id, f.issue_id, f.decision_id, f.payment_id
FROM fact AS f
WHERE f.id NOT IN (SELECT r.fact_id FROM retracted AS r) AND (
    f.commitment_id IN (SELECT t.commitment_id FROM touched_commitment AS t)
    OR f.issue_id IN (SELECT t.issue_id FROM touched_issue AS t)
    OR f.decision_id IN (SELECT t.decision_id FROM touched_decision AS t)
    OR f.payment_id IN (SELECT t.payment_id FROM touched_payment AS t)
    OR f.id IN (SELECT t.fact_id FROM touched_retraction AS t)
)
"""


def fold_commitments(session: Session, *, empty: bool) -> None:
    """Fold the touched commitments, and what is in suspense about the touched keys.

    The facts in force that name a touched key are looked up once, into ``named``.
    """
    update_policy_dates(session)
    session.execute("DELETE FROM named")
    session.execute(NAMED)
    for view in (COMMITMENT_HISTORY, COMMITMENT_VIEW, SUSPENSE):
        refresh(session, view, empty=empty)


def fold_journeys(session: Session, *, empty: bool) -> None:
    """Fold the journeys of the touched customers."""
    stitch(session)
    for view in (JOURNEY_STEP, JOURNEY, LOOSE_FACT, CUSTOMER_VIEW):
        refresh(session, view, empty=empty)
