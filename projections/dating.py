"""The dates that policies give to commitments for which nobody named one: ``policy_date``."""

from __future__ import annotations

from projections.session import Session

UNDATED = (
    "SELECT m.id, epoch_us(m.time), m.about FROM commitment_made AS m"
    " JOIN touched_commitment AS t ON t.commitment_id = m.commitment_id"
    " JOIN fact AS f ON f.id = m.id"
    " WHERE m.due_at IS NULL AND m.about IN (SELECT p.about FROM policy_published AS p)"
)

#: Policies and calendars that are in force.
PUBLISHED = (
    "f.type IN ('policy.published', 'calendar.published')"
    " AND f.id NOT IN (SELECT r.fact_id FROM retracted AS r)"
)


def update_policy_dates(session: Session) -> None:
    """Give each touched commitment without a date the one of the policy of its day."""
    session.execute(
        "DELETE FROM policy_date WHERE fact_id IN (SELECT m.id FROM commitment_made AS m"
        " JOIN touched_commitment AS t ON t.commitment_id = m.commitment_id)"
    )
    undated = session.rows(UNDATED)
    if not undated:
        return
    # Imported here: a ledger without policies need not pay for the fact types.
    from domain.policies import Policies
    from projections.holidays_lookup import public_holidays
    from projections.reading import instant, read_facts

    policies = Policies(read_facts(session, PUBLISHED), public_holidays)
    dates = [
        (fact_id, policies.due_at(about, instant(made_at))) for fact_id, made_at, about in undated
    ]
    session.insert(
        "policy_date", ("fact_id", "due_at"), [row for row in dates if row[1] is not None]
    )
