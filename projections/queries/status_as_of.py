"""Where every commitment stood at an instant: the one source of all answers about promises."""

from __future__ import annotations

from collections.abc import Iterable

from projections.sql_files import statements_of

#: One row a commitment whose `made` had happened at $as_of, with its status then.
STATUS_AS_OF = statements_of(__file__)["standing"]


def among(column: str, values: Iterable[object], name: str) -> tuple[str, dict[str, object]]:
    """The condition that a column has one of the values, and its parameters: one list, so that the
    text is the same however many they are. One value alone is compared: the database then skips
    what can't match it."""
    listed = list(values)
    if not listed:
        return "FALSE", {}
    if len(listed) == 1:
        return f"{column} = ${name}", {name: listed[0]}
    return f"{column} IN (SELECT unnest(${name}))", {name: listed}


def status_as_of(condition: str) -> str:
    """``STATUS_AS_OF`` for the commitments whose ``{}.commitment_id`` a condition names: neither
    table is read whole."""
    return f"{STATUS_AS_OF} AND {condition.format('h')} AND {condition.format('c')}"
