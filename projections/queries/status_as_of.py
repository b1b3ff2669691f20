"""Where every commitment stood at an instant: the one source of all answers about promises."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from projections.session import Session
from projections.sql_files import statements_of

#: One row a commitment whose `made` had happened at $as_of, with its status then.
STATUS_AS_OF = statements_of(__file__)["standing"]


def among(column: str, values: Iterable[object], name: str) -> tuple[str, dict[str, object]]:
    """The condition that a column has one of the values, and its parameters. Written out, because
    the database then skips what can't match; it does not for a list in one parameter."""
    parameters = {f"{name}_{number}": value for number, value in enumerate(values)}
    if not parameters:
        return "FALSE", {}
    return f"{column} IN ({', '.join(f'${key}' for key in parameters)})", parameters


def written_out(positions: Iterable[int]) -> str:
    """Positions of facts as a list in SQL."""
    return ", ".join(map(str, positions)) or "NULL"


#: Up to so many commitments, and so many positions of facts, are named in a query; more are looked
#: up by joining.
FEW, MANY = 200, 2_000


def only(session: Session, ids: Sequence[str]) -> tuple[str, dict[str, object]]:
    """The condition that ``{}.commitment_id`` is one of ``ids``, and its parameters."""
    if len(ids) <= FEW:
        return among("{}.commitment_id", ids, "id")
    session.execute("CREATE OR REPLACE TEMP TABLE only_these (commitment_id VARCHAR)")
    session.insert("only_these", ("commitment_id",), [(one,) for one in ids])
    return "{}.commitment_id IN (SELECT o.commitment_id FROM only_these AS o)", {}


def status_as_of(condition: str) -> str:
    """``STATUS_AS_OF`` for the commitments that ``only`` names: neither table is read whole."""
    return f"{STATUS_AS_OF} AND {condition.format('h')} AND {condition.format('c')}"
