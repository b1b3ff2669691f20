"""Which facts are not in force: the table ``retracted``, kept by domain/retractions.py."""

from __future__ import annotations

from projections.session import Session


def update_retracted(session: Session, after: int) -> bool:
    """Take in the retractions at positions after ``after``.

    Leaves in the temporary table ``changed`` the ids of the facts that went out of force or came
    back, and answers whether there are any.
    """
    session.execute("CREATE TEMP TABLE IF NOT EXISTS changed (fact_id UUID)")
    session.execute("DELETE FROM changed")
    fresh = session.rows(
        "SELECT x.id, x.fact_id FROM fact_retracted AS x JOIN fact AS f ON f.id = x.id"
        " WHERE f.position > $after",
        {"after": after},
    )
    if not fresh:
        return False
    # Imported here: most batches retract nothing, and need not pay for the fact types.
    from domain.retractions import named_fact, undone

    session.insert(
        "retraction",
        ("fact_id", "target_id", "about"),
        [(fact_id, named_fact(about), about) for fact_id, about in fresh],
    )
    before = {row[0] for row in session.rows("SELECT fact_id FROM retracted")}
    now = undone(dict(session.rows("SELECT fact_id, target_id FROM retraction")))
    session.insert("changed", ("fact_id",), [(one,) for one in sorted(before ^ now)])
    session.execute("DELETE FROM retracted")
    session.insert("retracted", ("fact_id",), [(one,) for one in sorted(now)])
    return before != now
