"""Folding: from facts in their tables to rows of the views, for the keys that are touched.

The caller owns the transaction: facts, views and the position they stand for become visible
together, or not at all.
"""

from __future__ import annotations

from projections.fold.affected_keys import (
    customers_of,
    forget,
    keys_in,
    touch,
    touch_fresh,
    touched_at_all,
)
from projections.fold.identities import update_identities
from projections.fold.journeys import stitch
from projections.fold.openings import number_steps
from projections.fold.policy_dates import (
    update_issue_deadlines,
    update_policy_dates,
    update_unreadable,
)
from projections.fold.retractions import update_retracted
from projections.fold.walks import keep_walked
from projections.session import Session
from projections.sql_files import statements_of
from projections.view_registry import COMMITMENTS, JOURNEYS, OPENED, create_touched, refresh

_SQL = statements_of(__file__)

#: Facts folded at a time when everything is built from nothing: it bounds the memory of a fold.
BUCKET = 2_000_000


FRESH = _SQL["fresh"]

CHANGED = " ".join((FRESH, _SQL["changed"]))


def fold_fresh(session: Session, after: int) -> None:
    """Fold the keys touched by the facts at positions after ``after``."""
    create_touched(session)
    forget(session)
    session.execute(f"{FRESH} WHERE f.position > {after}")
    fold_touched(session)


def fold_touched(session: Session) -> None:
    """Fold the keys touched by the facts in ``fresh``. Keys that were touched before are folded
    too; the other tables of a fold are empty."""
    if update_retracted(session, "fresh"):
        session.execute(CHANGED)
    touch_fresh(session)
    session.claim("parties")
    update_identities(session, empty=False)
    touch(session, "touched_customer", customers_of("fresh"))
    session.claim("keys")
    fold_commitments(session, empty=False)
    fold_opened(session, empty=False)
    fold_journeys(session, empty=False)


def fold_all(session: Session) -> None:
    """Fold every key, in buckets, into views that are empty."""
    fold_identities(session)
    fold_keys(session)


def fold_keys(session: Session) -> None:
    """As ``fold_all``, once identities are folded."""
    facts = session.rows("SELECT count(*) FROM fact")[0][0]
    buckets = facts // BUCKET + 1
    for bucket in range(buckets):
        fold_bucket_of_commitments(session, bucket, buckets)
    for bucket in range(buckets):
        fold_bucket_of_journeys(session, bucket, buckets)
    forget(session)


def fold_identities(session: Session) -> None:
    """Fold what all keys depend on, into tables that are empty: which facts are in force, and who
    is one customer."""
    create_touched(session)
    forget(session)
    update_retracted(session, "fact")
    touch(session, "touched_pair", keys_in("fact")["touched_pair"])
    update_identities(session, empty=True)


def fold_bucket_of_commitments(session: Session, bucket: int, buckets: int) -> None:
    """Fold one bucket of commitments and of other keys, into views that have no rows of them.
    Identities are folded. Any session may fold any bucket, and several at once."""
    create_touched(session)
    forget(session)
    for table, query in keys_in("fact").items():
        if table in KEYED_BY_TEXT:
            key = table.removeprefix("touched_") + "_id"
            touch(session, table, query + _share(key, bucket, buckets))
        elif table in KEYED_BY_FACT and bucket == 0:
            touch(session, table, query)
    fold_commitments(session, empty=True)
    fold_opened(session, empty=True)


def fold_bucket_of_journeys(session: Session, bucket: int, buckets: int) -> None:
    """As ``fold_bucket_of_commitments``, for customers and their journeys."""
    create_touched(session)
    forget(session)
    name = "coalesce(i.customer, f.subject)"
    where = f" WHERE TRUE{_share(name, bucket, buckets)}"
    touch(session, "touched_customer", customers_of("fact") + where)
    fold_journeys(session, empty=True)


def _share(key: str, bucket: int, buckets: int) -> str:
    """The condition under which a key belongs to a bucket."""
    return "" if buckets == 1 else f" AND hash({key}) % {buckets} = {bucket}"


KEYED_BY_TEXT = (
    "touched_commitment",
    "touched_issue",
    "touched_decision",
    "touched_payment",
    "touched_entitlement",
)
KEYED_BY_FACT = ("touched_retraction", "touched_rule")

#: The tables of touched keys by which facts are looked up: their column, and the one of a fact.
LOOKED_UP = {
    "touched_commitment": ("commitment_id", "commitment_id"),
    "touched_issue": ("issue_id", "issue_id"),
    "touched_decision": ("decision_id", "decision_id"),
    "touched_payment": ("payment_id", "payment_id"),
    "touched_entitlement": ("entitlement_id", "entitlement_id"),
    "touched_retraction": ("fact_id", "id"),
    "touched_rule": ("fact_id", "id"),
}


def find_named(session: Session) -> None:
    """Look the facts in force that name a touched key up once, into ``named``."""
    session.execute("DELETE FROM named")
    lookups = [
        _SQL["naming"].format(table=table, column=LOOKED_UP[table][0], key=LOOKED_UP[table][1])
        for table in touched_at_all(session, LOOKED_UP)
    ]
    if lookups:
        # A fact that names two touched keys is one fact all the same.
        session.execute(f"INSERT INTO named {' UNION '.join(lookups)}")


def fold_commitments(session: Session, *, empty: bool) -> None:
    """Fold the touched commitments, and what is in suspense about the touched keys."""
    find_named(session)
    update_policy_dates(session)
    update_unreadable(session)
    if not empty:
        keep_walked(session)
    for view in COMMITMENTS:
        refresh(session, view, empty=empty)


def fold_opened(session: Session, *, empty: bool) -> None:
    """Fold the touched issues, payments, decisions and entitlements. The facts in force that name
    them are in ``named``: ``fold_commitments`` has looked them up."""
    touched = touched_at_all(session, OPENED)
    if touched:
        number_steps(session)
    if "touched_issue" in touched:
        update_issue_deadlines(session)
    for table in touched:
        for view in OPENED[table]:
            refresh(session, view, empty=empty)


def fold_journeys(session: Session, *, empty: bool) -> None:
    """Fold the journeys of the touched customers."""
    stitch(session)
    for view in JOURNEYS:
        refresh(session, view, empty=empty)
