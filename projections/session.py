"""A session on a database that holds facts and views.

The folds and the queries use this small interface only, so that they depend on SQL and not on a
vendor. ``projections/duckdb/store.py`` has the embedded one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

if TYPE_CHECKING:
    from projections.export.rows import Rows

Row = tuple[Any, ...]
T = TypeVar("T")

#: The longest that a query of the data teams' own may take, in seconds, unless they give it longer:
#: while it runs, old rows or files are held for it.
SQL_PATIENCE_S = 300.0


class Session(Protocol):
    """Runs SQL with named parameters (``$as_of``). Instants go in as aware datetimes; they are
    selected with ``epoch_us(...)``, as integers of microseconds."""

    def execute(self, sql: str, parameters: Mapping[str, object] | None = None) -> None:
        """Run one statement and forget its result."""

    def rows(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[Row]:
        """Run one query and take all its rows."""

    def interrupt(self) -> None:
        """Have the query fail that another thread runs here, if it runs one."""

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Add rows to a table, in bulk."""

    @property
    def keeps(self) -> bool:
        """Whether what is asked ``once`` is known to the next question, too."""

    def once(self, name: str, ask: Callable[[], T]) -> T:
        """What is the same for every question as long as the views stand where they stand, under a
        name that says what it is: it is asked once and then known. Behind a shadow the views are
        others, and what was known of them is not known any more."""

    def alias(self, name: str, table: str) -> None:
        """Let a name that no table of the home has stand for a table, in this session."""

    def columns(self, table: str) -> Mapping[str, bool]:
        """The columns of a table in their order, and whether each holds instants."""

    def write_parquet(self, rows: Rows, path: Path) -> int:
        """Write rows to a new Parquet file, a part at a time, and answer how many they are."""

    def parked(self) -> frozenset[str]:
        """The subjects whose facts wait: the tables lack some of them."""

    @property
    def home(self) -> str:
        """The qualified name of the schema that holds the home's own tables."""

    def replace(self, table: str, which: str, rows: str, key: Sequence[str]) -> None:
        """Put the rows of a query in the place of those for which a condition holds. Rows with the
        same ``key`` that are equal may be left alone."""

    def claim(self, keys: Literal["parties", "keys"]) -> None:
        """Keep other sessions from folding what this session is about to fold, until its
        transaction ends: the parties that the facts in ``fresh`` are about, with all that are one
        customer with them, or the touched keys. Where one session writes at a time there is nothing
        to do."""

    def shadow(self) -> None:
        """Put a private, empty schema in front of the home's: tables made from now on are made
        there and hide those of the same name. It goes away with the session."""
