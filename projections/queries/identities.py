"""Which parties were one customer at an instant: the temporary view ``known_as``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from domain.instants import to_microseconds
from projections.queries.status_as_of import among
from projections.session import Session

THEN = "l.since <= $as_of AND (l.until IS NULL OR l.until > $as_of)"


def settled(session: Session, as_of: datetime) -> bool:
    """Whether no link was made or undone after an instant: names were those of today."""
    last = session.once("when a link was made or undone last", lambda: _last_change(session))
    return last is None or last <= to_microseconds(as_of)


def _last_change(session: Session) -> int | None:
    """In microseconds since 1970; None where there is no link."""
    ((last,),) = session.rows(
        "SELECT epoch_us(max(greatest(l.since, coalesce(l.until, l.since)))) FROM party_link AS l"
    )
    return None if last is None else int(last)


def name_customers(session: Session, as_of: datetime) -> None:
    """Fill ``known_as`` (party, customer) with the canonical names at ``as_of`` of all parties
    that were linked then."""
    if settled(session, as_of):
        session.alias("known_as", "party_identity")
        return
    from domain.identity import canonical_names

    links = session.rows(
        f"SELECT l.party_a, l.party_b FROM party_link AS l WHERE {THEN}", {"as_of": as_of}
    )
    names = canonical_names((a, b) for a, b in links)
    session.execute("CREATE OR REPLACE TEMP TABLE named_as (party VARCHAR, customer VARCHAR)")
    session.alias("known_as", "named_as")
    session.insert("named_as", ("party", "customer"), list(names.items()))


def parties_of(session: Session, party: str) -> tuple[str, list[str]]:
    """The canonical name of a party in ``known_as``, and all parties of that customer, sorted."""
    return parties_of_each(session, [party])[party]


def parties_of_each(session: Session, parties: Iterable[str]) -> dict[str, tuple[str, list[str]]]:
    """As ``parties_of``, for several at once."""
    asked = dict.fromkeys(parties)
    which, parameters = among("n.party", asked, "party")
    members: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for party, customer in session.rows(
        "SELECT k.party, k.customer FROM known_as AS k WHERE k.customer IN"
        f" (SELECT n.customer FROM known_as AS n WHERE {which}) ORDER BY k.party",
        parameters,
    ):
        names[party] = customer
        members.setdefault(customer, []).append(party)
    return {
        party: (names[party], members[names[party]]) if party in names else (party, [party])
        for party in asked
    }
