"""Which parties were one customer at an instant: the temporary view ``known_as``."""

from __future__ import annotations

from datetime import datetime

from projections.session import Session

THEN = "l.since <= $as_of AND (l.until IS NULL OR l.until > $as_of)"


def settled(session: Session, as_of: datetime) -> bool:
    """Whether no link was made or undone after an instant: names were those of today."""
    return not session.rows(
        "SELECT 1 FROM party_link AS l WHERE l.since > $as_of OR l.until > $as_of LIMIT 1",
        {"as_of": as_of},
    )


def name_customers(session: Session, as_of: datetime) -> None:
    """Fill ``known_as`` (party, customer) with the canonical names at ``as_of`` of all parties
    that were linked then."""
    if settled(session, as_of):
        session.execute("CREATE OR REPLACE TEMP VIEW known_as AS SELECT * FROM party_identity")
        return
    from domain.identity import canonical_names

    links = session.rows(
        f"SELECT l.party_a, l.party_b FROM party_link AS l WHERE {THEN}", {"as_of": as_of}
    )
    names = canonical_names((a, b) for a, b in links)
    session.execute("CREATE OR REPLACE TEMP TABLE named_as (party VARCHAR, customer VARCHAR)")
    session.execute("CREATE OR REPLACE TEMP VIEW known_as AS SELECT * FROM named_as")
    session.insert("named_as", ("party", "customer"), list(names.items()))


def parties_of(session: Session, party: str) -> tuple[str, list[str]]:
    """The canonical name of a party in ``known_as``, and all parties of that customer, sorted."""
    found = session.rows(
        "SELECT k.customer FROM known_as AS k WHERE k.party = $party", {"party": party}
    )
    if not found:
        return party, [party]
    customer = found[0][0]
    members = session.rows(
        "SELECT k.party FROM known_as AS k WHERE k.customer = $customer ORDER BY k.party",
        {"customer": customer},
    )
    return customer, [row[0] for row in members]
