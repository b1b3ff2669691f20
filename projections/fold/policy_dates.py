"""The dates that policies give to commitments without one: ``policy_date``."""

from __future__ import annotations

from projections.session import Session

UNDATED = (
    "SELECT m.commitment_id, m.id, epoch_us(m.time), m.about FROM named AS n"
    " JOIN commitment_made AS m ON m.position = n.position"
    " JOIN touched_commitment AS t ON t.commitment_id = n.commitment_id"
    " WHERE n.type = 'commitment.made' AND m.due_at IS NULL"
    " AND m.about IN (SELECT p.about FROM policy_published AS p)"
)

#: Policies and calendars that are in force.
PUBLISHED = (
    "f.type IN ('policy.published', 'calendar.published')"
    " AND f.id NOT IN (SELECT r.fact_id FROM retracted AS r)"
)


def update_policy_dates(session: Session) -> None:
    """Give each touched commitment without a date the one of the policy of its day. The facts that
    name it are in ``named``."""
    session.execute(
        "DELETE FROM policy_date"
        " WHERE commitment_id IN (SELECT t.commitment_id FROM touched_commitment AS t)"
    )
    undated = session.rows(UNDATED)
    if not undated:
        return
    # Imported here: a ledger without policies need not pay for the fact types.
    from domain.policies import Policies
    from projections.public_holidays import public_holidays
    from projections.stored_facts import instant, read_facts

    policies = Policies(read_facts(session, PUBLISHED), public_holidays)
    dates = [
        (name, fact_id, policies.due_at(about, instant(made_at)))
        for name, fact_id, made_at, about in undated
    ]
    session.insert(
        "policy_date",
        ("commitment_id", "fact_id", "due_at"),
        [row for row in dates if row[2] is not None],
    )
