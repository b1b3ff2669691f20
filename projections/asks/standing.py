"""Where every commitment stood at an instant: the one source of all answers about promises."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from projections.session import Session

STATUSES = ("pending", "overdue", "undated", "kept", "late", "broken", "released", "disputed")

#: One row a commitment whose `made` had happened at $as_of, with its status then.
STANDING = """
SELECT
    c.commitment_id, c.subject, c.about, c.kind, c.made_to, c.entry_point, c.supports, c.made_id,
    c.made_at, c.earliest_at,
    h.state, h.owner, h.first_due_at, h.agreed_due_at, h.latest_due_at,
    h.honoured_at, h.released_at, h.abandoned_at, h.reschedulings, h.chases, h.first_chased_at,
    h.paused, h.last_sign_at,
    CASE
        WHEN h.state = 'open' AND h.agreed_due_at IS NULL THEN 'undated'
        WHEN h.state = 'open' AND h.agreed_due_at >= $as_of THEN 'pending'
        WHEN h.state = 'open' THEN 'overdue'
        WHEN h.state = 'honoured' AND h.honoured_at > h.agreed_due_at THEN 'late'
        WHEN h.state = 'honoured' THEN 'kept'
        WHEN h.state = 'abandoned' THEN 'broken'
        ELSE h.state
    END AS status
FROM commitment_history AS h
JOIN commitment AS c ON c.commitment_id = h.commitment_id
WHERE h.step_at <= $as_of AND (h.until IS NULL OR h.until > $as_of)
"""


def among(column: str, values: Iterable[object], name: str) -> tuple[str, dict[str, object]]:
    """The condition that a column has one of the values, and its parameters. Written out, because
    the database then skips what can't match; it does not for a list in one parameter."""
    parameters = {f"{name}_{number}": value for number, value in enumerate(values)}
    if not parameters:
        return "FALSE", {}
    return f"{column} IN ({', '.join(f'${key}' for key in parameters)})", parameters


#: Up to so many commitments are named in a query; more are looked up by joining.
FEW = 200


def only(session: Session, ids: Sequence[str]) -> tuple[str, dict[str, object]]:
    """The condition that ``{}.commitment_id`` is one of ``ids``, and its parameters."""
    if len(ids) <= FEW:
        return among("{}.commitment_id", ids, "id")
    session.execute("CREATE OR REPLACE TEMP TABLE only_these (commitment_id VARCHAR)")
    session.insert("only_these", ("commitment_id",), [(one,) for one in ids])
    return "{}.commitment_id IN (SELECT o.commitment_id FROM only_these AS o)", {}


def standing_of(condition: str) -> str:
    """``STANDING`` for the commitments that ``only`` names: neither table is read whole."""
    return f"{STANDING} AND {condition.format('h')} AND {condition.format('c')}"
