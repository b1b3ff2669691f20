"""Which facts one file of views has that another one has not."""

from __future__ import annotations

from collections.abc import Sequence

from domain.instants import from_microseconds
from projections.duckdb.session import DuckDBSession

#: Facts that are objects of Python at once.
_AT_ONCE = 100_000


def only_in(
    one: DuckDBSession, other: DuckDBSession, but_for: Sequence[int]
) -> tuple[int, str, str]:
    """How many facts one file has, by their ids, that another one has not, but for those at some
    positions; and when the first and the last of them were recorded, as text."""
    kept = one.connection.execute(
        "SELECT f.id, epoch_us(f.recorded_at) FROM fact AS f"
        " WHERE NOT list_contains($but_for, f.position)",
        {"but_for": [*but_for]},
    )
    other.execute("CREATE TEMP TABLE kept (id UUID, recorded_at BIGINT)")
    try:
        while rows := kept.fetchmany(_AT_ONCE):
            other.insert("kept", ("id", "recorded_at"), rows)
        ((lost, first, last),) = other.rows(
            "SELECT count(*), min(k.recorded_at), max(k.recorded_at) FROM kept AS k"
            " WHERE k.id NOT IN (SELECT f.id FROM fact AS f)"
        )
    finally:
        other.execute("DROP TABLE kept")
    return lost, _as_text(first), _as_text(last)


def _as_text(microseconds: int | None) -> str:
    return "a time unknown" if microseconds is None else from_microseconds(microseconds).isoformat()
