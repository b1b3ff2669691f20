"""Which keys new facts touch: the commitments, issues, decisions, payments, retractions, pairs of
parties and customers whose rows have to be folded again."""

from __future__ import annotations

from projections.session import Session
from projections.views import TOUCHED

#: touched table -> the query that finds its keys in `fresh`, the facts that are new or whose
#: being in force has changed
FROM_FRESH = {
    "touched_commitment": "SELECT commitment_id FROM fresh WHERE commitment_id IS NOT NULL",
    "touched_issue": "SELECT issue_id FROM fresh WHERE issue_id IS NOT NULL",
    "touched_decision": "SELECT decision_id FROM fresh WHERE decision_id IS NOT NULL",
    "touched_payment": "SELECT payment_id FROM fresh WHERE payment_id IS NOT NULL",
    "touched_retraction": (
        "SELECT f.id FROM fresh AS f WHERE f.type = 'fact.retracted'"
        " UNION ALL SELECT r.fact_id FROM retraction AS r JOIN fresh AS f ON f.id = r.target_id"
    ),
    "touched_pair": (
        "SELECT least(l.party_a, l.party_b), greatest(l.party_a, l.party_b)"
        " FROM (SELECT id, party_a, party_b FROM identity_linked"
        " UNION ALL SELECT id, party_a, party_b FROM identity_unlinked) AS l"
        " JOIN fresh AS f ON f.id = l.id WHERE f.type IN ('identity.linked', 'identity.unlinked')"
    ),
}

CUSTOMERS = (
    "SELECT coalesce(i.customer, f.subject) FROM fresh AS f"
    " LEFT JOIN party_identity AS i ON i.party = f.subject"
)

UNDATED_BY_POLICY = (
    "SELECT m.commitment_id FROM commitment_made AS m"
    " WHERE m.due_at IS NULL AND m.about IN ("
    " SELECT p.about FROM policy_published AS p JOIN fresh AS f ON f.id = p.id"
    " UNION ALL SELECT p.about FROM policy_published AS p"
    " JOIN calendar_published AS c ON c.calendar_id = p.calendar_id"
    " JOIN fresh AS f ON f.id = c.id)"
)

OF_TOUCHED_PARTIES = (
    "SELECT c.commitment_id FROM commitment AS c JOIN touched_party AS t ON t.party = c.subject"
)


def forget(session: Session) -> None:
    """Empty every touched table."""
    for name in TOUCHED:
        session.execute(f"DELETE FROM {name}")


def touch(session: Session, table: str, query: str) -> None:
    """Add the keys of a query to a touched table, each once."""
    session.execute(f"INSERT INTO {table} {query} EXCEPT SELECT * FROM {table}")


def touch_fresh(session: Session) -> None:
    """Touch every key that the fresh facts name, but for customers: their names may change."""
    for table, query in FROM_FRESH.items():
        touch(session, table, query)
    touch(session, "touched_commitment", UNDATED_BY_POLICY)
