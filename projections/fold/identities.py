"""Which parties are one customer: the view ``party_identity``, over what union-find finds."""

from __future__ import annotations

from projections.fold.affected_keys import OF_TOUCHED_PARTIES, touch
from projections.session import Session
from projections.view_registry import PARTY_IDENTITY, PARTY_LINK, refresh

# The parties in a touched pair, and those that were one customer with them.
PARTIES = (
    "SELECT party_a FROM touched_pair UNION ALL SELECT party_b FROM touched_pair",
    (
        "SELECT other.party FROM party_identity AS other"
        " JOIN party_identity AS mine ON mine.customer = other.customer"
        " JOIN touched_party AS t ON t.party = mine.party"
    ),
)

# Links that hold; both their ends are touched parties.
LINKS = (
    "SELECT l.party_a, l.party_b FROM party_link AS l"
    " JOIN touched_party AS t ON t.party = l.party_a WHERE l.until IS NULL"
)

OLD_NAMES = (
    "SELECT t.party FROM touched_party AS t",
    "SELECT i.customer FROM party_identity AS i JOIN touched_party AS t ON t.party = i.party",
)


def update_identities(session: Session, *, empty: bool) -> None:
    """Fold the touched pairs, and touch the customers that change their name, with their
    commitments and issues."""
    if not session.rows("SELECT 1 FROM touched_pair LIMIT 1"):
        return
    refresh(session, PARTY_LINK, empty=empty)
    for query in PARTIES:
        touch(session, "touched_party", query)
    for query in OLD_NAMES:
        touch(session, "touched_customer", query)
    # Imported here: most batches link no parties, and need not pay for the fact types.
    from domain.identity import canonical_names

    names = canonical_names((a, b) for a, b in session.rows(LINKS))
    session.execute("DELETE FROM canonical_name")
    session.insert("canonical_name", ("party", "customer"), list(names.items()))
    refresh(session, PARTY_IDENTITY, empty=empty)
    touch(session, "touched_customer", OLD_NAMES[1])
    for table, query in OF_TOUCHED_PARTIES.items():
        touch(session, table, query)
