"""Comparing the rows of a home with what the folds say, for tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from domain.facts import Fact
from projections import folding
from projections.views import VIEWS
from tests.projections.rows import Row, rows_of
from tests.projections.stores import MemoryHome


def plain(rows: Sequence[Row]) -> list[str]:
    """Rows as text, sorted: two lists are equal if they hold the same rows as often."""
    return sorted(", ".join(f"{name}={_plain(row[name])}" for name in sorted(row)) for row in rows)


def _plain(value: object) -> object:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def expect_rows(home: MemoryHome, facts: Sequence[Fact], where: str) -> None:
    """Every view holds exactly what the folds say of these facts."""
    said = rows_of(facts)
    assert {view.name for view in VIEWS} <= said.keys(), "a view is held to no fold"
    for view, rows in said.items():
        expected, seen = plain(rows), plain(home.rows(view))
        assert seen == expected, f"{view}, {where}"


def everything(home: MemoryHome) -> Mapping[str, list[str]]:
    """All rows of all tables, the workings and the facts among them."""
    return {name: plain(home.rows(name)) for name in home.tables}


@contextmanager
def buckets_of(facts: int) -> Iterator[None]:
    """Builds from nothing in buckets of so many facts."""
    before = folding.BUCKET
    folding.BUCKET = facts
    try:
        yield
    finally:
        folding.BUCKET = before
