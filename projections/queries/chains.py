"""The chain beneath a commitment: what it hangs on, and which link broke first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.chains import depths
from projections.queries.as_of import Moment
from projections.queries.commitments import no_commitment
from projections.queries.status_as_of import among, status_as_of
from projections.session import Session
from projections.sql_files import statements_of
from projections.stored_facts import optional_instant

if TYPE_CHECKING:
    from projections.queries import answers

_SQL = statements_of(__file__)


def chain(session: Session, moment: Moment, commitment_id: str) -> answers.Chain:
    """A commitment and all that support it, directly or through others, each once, by depth, then
    id. Raises Unknown where no promise of that id had been made at that moment."""
    as_of = {"as_of": moment.as_of}
    # All pairs at once: level after level, a long chain would take quadratic time.
    found = depths(commitment_id, dict(session.rows(_SQL["supporting"], as_of)))
    condition, asked = among("{}.commitment_id", found, "id")
    query = _SQL["nodes"].format(standing=status_as_of(condition))
    rows = session.rows(query, {**as_of, **asked})
    # Others can support a commitment that nobody has made yet.
    if commitment_id not in (row[0] for row in rows):
        raise no_commitment(session, commitment_id)
    rows.sort(key=lambda row: (found[row[0]], row[0]))
    broken = [(agreed, name) for name, *_, agreed, _, is_broken in rows if is_broken]
    return {
        "commitment_id": commitment_id,
        "nodes": [
            {
                "commitment_id": name,
                "supports": supports,
                "owner": owner,
                "about": about,
                "status": status,
                "agreed_due_at": optional_instant(agreed),
                "honoured_at": optional_instant(honoured),
                "depth": found[name],
            }
            for name, supports, owner, about, status, agreed, honoured, _ in rows
        ],
        "first_break": min(broken)[1] if broken else None,
    }
