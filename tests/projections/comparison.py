"""Comparing the rows of a home with what the folds say, for tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Protocol

from consumers import embedded_projector
from domain.facts import Fact
from projections.duckdb.store import DuckDBStore
from projections.fold import run as fold_run
from projections.fold import walks
from projections.view_registry import VIEWS
from tests.projections.rows import Row, rows_of
from tests.projections.stores import MemoryHome, table_rows


def plain(rows: Sequence[Row]) -> list[str]:
    """Rows as text, sorted: two lists are equal if they hold the same rows as often."""
    return sorted(", ".join(f"{name}={_plain(row[name])}" for name in sorted(row)) for row in rows)


def _plain(value: object) -> object:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def expect_rows(home: MemoryHome, facts: Sequence[Fact], where: str) -> None:
    """Every view holds exactly what the folds say of these facts."""
    _expect(home.rows, facts, where)


class Readable(Protocol):
    """A home whose rows a reader can have."""

    def rows(self, view: str) -> Sequence[Row]:
        """All rows of a view."""


def expect_rows_of(home: Readable, facts: Sequence[Fact]) -> None:
    """The same for any home, as a reader sees it."""
    _expect(home.rows, facts, "as a reader sees it")


def expect_rows_in(home: DuckDBStore, facts: Sequence[Fact]) -> None:
    """The same for a file."""
    with home.reading() as session:
        _expect(lambda view: table_rows(session.connection, view), facts, "as a reader sees it")


def _expect(seen: Callable[[str], Sequence[Row]], facts: Sequence[Fact], where: str) -> None:
    said = rows_of(facts)
    assert {view.name for view in VIEWS} <= said.keys(), "a view is held to no fold"
    for view, rows in said.items():
        assert plain(seen(view)) == plain(rows), f"{view}, {where}"


def everything(home: MemoryHome) -> Mapping[str, list[str]]:
    """All rows of all tables, the workings and the facts among them."""
    return {name: plain(home.rows(name)) for name in home.tables}


@contextmanager
def row_by_row(facts: int) -> Iterator[None]:
    """Up to so many facts are landed row by row, and more in columns."""
    before = embedded_projector.FEW
    embedded_projector.FEW = facts
    try:
        yield
    finally:
        embedded_projector.FEW = before


@contextmanager
def walked_on_from(facts: int) -> Iterator[None]:
    """Commitments that so many facts name are walked on from where they stay as they were."""
    before = walks.LONG
    walks.LONG = facts
    try:
        yield
    finally:
        walks.LONG = before


@contextmanager
def buckets_of(facts: int) -> Iterator[None]:
    """Builds from nothing in buckets of so many facts."""
    before = fold_run.BUCKET
    fold_run.BUCKET = facts
    try:
        yield
    finally:
        fold_run.BUCKET = before
