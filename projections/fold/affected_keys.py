"""Which keys new facts touch: the commitments, issues, decisions, payments, entitlements,
retractions, published rules, pairs of parties and customers whose rows have to be folded again."""

from __future__ import annotations

from collections.abc import Iterable

from projections.session import Session
from projections.sql_files import statements_of
from projections.view_registry import TOUCHED

_SQL = statements_of(__file__)

#: Facts that link parties, and facts that date promises without a date.
IDENTITY = frozenset({"identity.linked", "identity.unlinked"})
RULES = frozenset({"policy.published", "calendar.published"})

#: What only facts of some types can touch.
ONLY_BY = {"touched_pair": IDENTITY, "touched_rule": RULES}


def keys_in(facts: str) -> dict[str, str]:
    """Touched table -> the query that finds its keys in a table of facts."""
    return {
        "touched_commitment": f"SELECT commitment_id FROM {facts} WHERE commitment_id IS NOT NULL",
        "touched_issue": f"SELECT issue_id FROM {facts} WHERE issue_id IS NOT NULL",
        "touched_decision": f"SELECT decision_id FROM {facts} WHERE decision_id IS NOT NULL",
        "touched_payment": f"SELECT payment_id FROM {facts} WHERE payment_id IS NOT NULL",
        "touched_entitlement": (
            f"SELECT entitlement_id FROM {facts} WHERE entitlement_id IS NOT NULL"
        ),
        "touched_retraction": (
            f"SELECT f.id FROM {facts} AS f WHERE f.type = 'fact.retracted' UNION ALL"
            f" SELECT r.fact_id FROM retraction AS r JOIN {facts} AS f ON f.id = r.target_id"
        ),
        "touched_rule": _SQL["rules"].format(facts=facts),
        "touched_pair": (
            "SELECT least(l.party_a, l.party_b), greatest(l.party_a, l.party_b)"
            " FROM (SELECT position, party_a, party_b FROM identity_linked"
            " UNION ALL SELECT position, party_a, party_b FROM identity_unlinked) AS l"
            f" JOIN {facts} AS f ON f.position = l.position"
            " WHERE f.type IN ('identity.linked', 'identity.unlinked')"
        ),
    }


def customers_of(facts: str) -> str:
    """The query for the customers that facts are about."""
    return (
        f"SELECT coalesce(i.customer, f.subject) FROM {facts} AS f"
        " LEFT JOIN party_identity AS i ON i.party = f.subject"
    )


#: The commitments and the issues of parties whose name changes.
OF_TOUCHED_PARTIES = {
    "touched_commitment": _SQL["commitments_of_touched_parties"],
    "touched_issue": _SQL["issues_of_touched_parties"],
}


def forget(session: Session) -> None:
    """Empty every touched table."""
    for name in TOUCHED:
        session.execute(f"DELETE FROM {name}")


def touch(session: Session, table: str, query: str) -> None:
    """Add the keys of a query to a touched table, each once."""
    session.execute(f"INSERT INTO {table} {query} EXCEPT SELECT * FROM {table}")


def touched_at_all(session: Session, tables: Iterable[str]) -> list[str]:
    """Those of the touched tables that have a key."""
    touched = ", ".join(f"EXISTS (SELECT 1 FROM {table})" for table in tables)
    (found,) = session.rows(f"SELECT {touched}")
    return [table for table, there in zip(tables, found, strict=True) if there]


def touch_fresh(session: Session) -> None:
    """Touch every key that the facts in ``fresh`` name, but for customers: their names may change.
    What can only be touched by facts of types that are not there is not looked for."""
    types = {row[0] for row in session.rows("SELECT DISTINCT f.type FROM fresh AS f")}
    for table, query in keys_in("fresh").items():
        if types & ONLY_BY.get(table, types):
            touch(session, table, query)
    if types & RULES:
        touch(session, "touched_commitment", _SQL["undated_by_policy"])
        touch(session, "touched_issue", _SQL["issues_under_policy"])
