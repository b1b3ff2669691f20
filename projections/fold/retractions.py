"""Which facts are not in force: the table ``retracted``, kept by domain/retractions.py."""

from __future__ import annotations

from projections.session import Session


def update_retracted(session: Session, facts: str) -> bool:
    """Take in the retractions in a table of facts; those that are known already may be among them.

    Leaves in the temporary table ``changed`` the ids of the facts that went out of force or came
    back, and answers whether there are any.
    """
    fresh = session.rows(
        f"SELECT x.id, x.fact_id FROM {facts} AS f"
        " JOIN fact_retracted AS x ON x.position = f.position WHERE f.type = 'fact.retracted'"
        " AND NOT EXISTS (SELECT 1 FROM retraction AS r WHERE r.fact_id = x.id)"
    )
    if not fresh:
        return False
    # Imported here: most batches retract nothing, and need not pay for the fact types.
    from domain.retractions import named_fact

    session.insert(
        "retraction",
        ("fact_id", "target_id", "about"),
        [(fact_id, named_fact(about), about) for fact_id, about in fresh],
    )
    return settle_retracted(session)


def settle_retracted(session: Session) -> bool:
    """Find out which facts all retractions together remove. As ``update_retracted``."""
    from domain.retractions import undone

    # What an earlier call has found is in ``retracted`` by now, and was to be folded then.
    session.execute("DELETE FROM changed")
    before = {row[0] for row in session.rows("SELECT fact_id FROM retracted")}
    now = undone(dict(session.rows("SELECT fact_id, target_id FROM retraction")))
    session.insert("changed", ("fact_id",), [(one,) for one in sorted(before ^ now)])
    session.execute("DELETE FROM retracted WHERE fact_id IN (SELECT c.fact_id FROM changed AS c)")
    session.insert("retracted", ("fact_id",), [(one,) for one in sorted(now - before)])
    return before != now
