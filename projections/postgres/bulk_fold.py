"""Where a rebuild of the server home folds: a DuckDB file of its own, gone when it is done.

DuckDB folds the same SQL several times faster than PostgreSQL does, and what is folded is the same
by the design's second rule; tests hold the two equal. So a rebuild gathers the facts here, folds
them, and copies the finished rows out.

The file outlives a kill: facts are in it together with how far each partition was read, and it
records which of its steps are done. It is worth nothing to any other rebuild than its own.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import duckdb

from domain.errors import place_of
from domain.instants import EPOCH, MICROSECOND
from domain.positions import PLACES
from projections import fact_tables, view_registry
from projections.duckdb.session import DuckDBSession
from projections.duckdb.store import MEMORY_LIMIT
from projections.errors import CannotWrite, Unfoldable
from projections.fold.run import fold_all
from projections.postgres.duplicates import Conflict
from projections.postgres.errors import folding
from projections.sql_files import statements_of

_SQL = statements_of(__file__)

FILE = "rebuild.duckdb"
#: Bytes that are handed on at a time.
BLOCK = 1 << 20

_OWN_TABLES = (
    "CREATE TABLE pledger_rebuild (token VARCHAR)",
    "CREATE TABLE pledger_read (partition INTEGER PRIMARY KEY, next_offset BIGINT, digest HUGEINT)",
    "CREATE TABLE pledger_held (subject VARCHAR PRIMARY KEY, reason VARCHAR)",
    "CREATE TABLE pledger_step (step VARCHAR PRIMARY KEY)",
)


_ENVELOPE = (
    "type",
    "source",
    "subject",
    "time",
    "correlationid",
    "causationid",
    "sequence",
    "extensions",
)


class WaitingFact(NamedTuple):
    """A fact that is left out, since its subject is held."""

    position: int
    subject: str
    reason: str


#: Called with what is left out, before it is deleted here.
OnLeftOut = Callable[[Sequence[WaitingFact], Sequence[Conflict]], None]


class ScratchFile:
    """The open file: take facts in, ``sift`` them, ``fold`` them, and copy tables out."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, catalogue: fact_tables.Catalogue
    ) -> None:
        self.session = DuckDBSession(connection)
        self._catalogue = catalogue

    def read(self) -> dict[int, int]:
        """How far each partition was read: partition -> next offset."""
        return dict(self.session.rows("SELECT partition, next_offset FROM pledger_read"))

    def digests(self) -> dict[int, int]:
        """The running digest of what was read of each partition."""
        return dict(self.session.rows("SELECT partition, digest FROM pledger_read"))

    @contextmanager
    def landing(
        self, ends: Mapping[int, int], digests: Mapping[int, int], held: Mapping[str, str]
    ) -> Iterator[None]:
        """What is landed in the block is there together with how far that was to read, and its
        digests, or not at all. ``held``: subjects whose facts can't be folded, and why."""
        with self.session.transaction():
            yield
            for partition, end in ends.items():
                read = {"partition": partition, "end": end, "digest": digests.get(partition, 0)}
                self.session.execute(_SQL["read"], read)
            self.hold(held)

    def hold(self, held: Mapping[str, str]) -> None:
        """Leave the facts of these subjects out when sifting. The first reason stays."""
        for subject, reason in held.items():
            self.session.execute(
                "INSERT OR IGNORE INTO pledger_held VALUES ($subject, $reason)",
                {"subject": subject, "reason": reason},
            )

    def sift(self, dismissed: Sequence[tuple[int, datetime]], on_left_out: OnLeftOut) -> None:
        """Leave out what was dismissed (positions, and when each was recorded), the facts of held
        subjects, and all but one of the facts that have one id."""
        if self._is_done("sift"):
            return
        with self.session.transaction():
            self._leave_out_dismissed(dismissed)
            self.session.execute(_SQL["waiting"])
            waiting = self.session.rows("SELECT position, subject, reason FROM waiting ORDER BY 1")
            self._leave_out("waiting")
            self.session.execute(_SQL["repeated"])
            contradicting = self._contradicting()
            self._leave_out("repeated")
            # The callback keeps it elsewhere. A crash between that and the commit here: the same is
            # found again, and reported again.
            on_left_out([WaitingFact(*row) for row in waiting], contradicting)
            self._mark("sift")

    def fold(self) -> None:
        """Fold all facts. Killed on the way, it is begun anew: a fold is quicker than reading.
        Raises ``Unfoldable`` where some fact brings an error about."""
        if self._is_done("fold"):
            return
        with self.session.transaction():
            for name in self.folded_tables():
                self.session.execute(f"DELETE FROM {name}")
        with _as_unfoldable():
            fold_all(self.session)
        self._mark("fold")

    def beside(self) -> ScratchFile:
        """The same file for another thread."""
        return ScratchFile(self.session.connection.cursor(), self._catalogue)

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return int(self.session.rows(f"SELECT count(*) FROM {table}")[0][0])

    def last_facts(self) -> dict[int, tuple[int, int]]:
        """The last fact of each partition: its position, and when it was recorded, in microseconds
        since 1970."""
        query = (
            f"SELECT position // {PLACES}, max(position),"
            " epoch_us(arg_max(recorded_at, position)) FROM fact GROUP BY 1"
        )
        return {partition: (position, at) for partition, position, at in self.session.rows(query)}

    def fact_tables(self) -> list[str]:
        """The tables that are as they stay once facts are sifted."""
        return ["fact", *map(fact_tables.table_of, self._catalogue)]

    def folded_tables(self) -> list[str]:
        """The tables that a fold fills."""
        return view_registry.folded_tables()

    @contextmanager
    def copied_out(self, table: str) -> Iterator[tuple[list[str], Iterator[bytes]]]:
        """The columns of a table, and its rows as PostgreSQL's COPY takes them in CSV format: null
        as nothing, text in quotes, an array as ``{"a","b"}``.

        DuckDB writes text faster than anything else here does, and it writes to files: so the
        rows come through a pipe.
        """
        connection = self.session.connection
        described = connection.execute(f"SELECT * FROM {table} LIMIT 0").description or ()
        columns = [(str(column[0]), str(column[1])) for column in described]
        values = [_value(name, kind) for name, kind in columns]
        # Empty text differs from null by its quotes; what is no text needs none.
        texts = [fact_tables.quoted(name) for name, kind in columns if kind.startswith("VARCHAR")]
        quotes = f", FORCE_QUOTE ({', '.join(texts)})" if texts else ""
        reading, writing = os.pipe()
        statement = (
            f"COPY (SELECT {', '.join(values)} FROM {table}) TO '/dev/fd/{writing}'"
            f" (FORMAT csv, HEADER false{quotes})"
        )

        def write() -> None:
            try:
                connection.execute(statement)
            finally:
                os.close(writing)

        with ThreadPoolExecutor(max_workers=1) as thread:
            written = thread.submit(write)
            try:
                with os.fdopen(reading, "rb", buffering=0) as pipe:
                    yield [name for name, _ in columns], iter(lambda: pipe.read(BLOCK), b"")
            finally:
                # With the pipe closed, a writer that has not come to its end fails and ends.
                error = written.exception()
            if error is not None:
                raise error

    def _leave_out_dismissed(self, dismissed: Sequence[tuple[int, datetime]]) -> None:
        self.session.execute(
            "CREATE OR REPLACE TEMP TABLE no_fact (position BIGINT, recorded_at BIGINT)"
        )
        rows = [(position, (at - EPOCH) // MICROSECOND) for position, at in dismissed]
        self.session.insert("no_fact", ("position", "recorded_at"), rows)
        self.session.execute(_SQL["dismissed"])
        self._leave_out("dismissed")

    def _contradicting(self) -> list[Conflict]:
        found = self._differing("fact", _differs(_ENVELOPE), "TRUE")
        for (name,) in self.session.rows("SELECT DISTINCT type FROM repeated"):
            # Those of another type than the one that counts differ from it already.
            differs = _differs([column.name for column in self._catalogue[name]])
            found += self._differing(fact_tables.table_of(name), differs, f"r.type = '{name}'")
        return sorted(set(found))

    def _differing(self, table: str, differs: str, where: str) -> list[Conflict]:
        query = (
            f"SELECT r.position, r.id, r.kept FROM repeated AS r JOIN {table} AS a"
            f" ON a.position = r.position JOIN {table} AS b ON b.position = r.kept"
            f" WHERE {where} AND ({differs})"
        )
        return [Conflict(*row) for row in self.session.rows(query)]

    def _leave_out(self, listed: str) -> None:
        """Delete the facts that a temporary table lists."""
        types = self.session.rows(f"SELECT DISTINCT type FROM {listed}")
        for table in ("fact", *(fact_tables.table_of(name) for (name,) in types)):
            self.session.execute(
                f"DELETE FROM {table} WHERE position IN (SELECT l.position FROM {listed} AS l)"
            )

    def _is_done(self, step: str) -> bool:
        return bool(
            self.session.rows("SELECT 1 FROM pledger_step WHERE step = $step", {"step": step})
        )

    def _mark(self, step: str) -> None:
        self.session.execute("INSERT INTO pledger_step VALUES ($step)", {"step": step})


@contextmanager
def scratch_file(
    folder: Path, token: str, catalogue: fact_tables.Catalogue, memory: str = MEMORY_LIMIT
) -> Iterator[ScratchFile]:
    """The file of the rebuild that a token names, in a folder of its own. What another rebuild left
    there is deleted; what this one left there is continued. ``memory`` bounds what the database
    holds in memory, in its own words: ``4GB``; the rest of its work lies on the disk."""
    path = folder / FILE
    if _token_in(path) != token:
        remove(folder)
    _make(folder)
    if not path.exists():
        with _connected(path) as connection:
            _fill(DuckDBSession(connection), token, catalogue)
    with _connected(path, memory) as connection:
        yield ScratchFile(connection, catalogue)


def is_of(folder: Path, token: str) -> bool:
    """Whether the file in a folder is that of the rebuild that a token names."""
    return _token_in(folder / FILE) == token


def _make(folder: Path) -> None:
    """A folder that only this user may enter: the file has personal data, and folders of temporary
    files are open to all."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise CannotWrite(
            f"{str(folder)!r} to be a folder of this user",
            "another's",
            "name another place for the scratch file of the rebuild",
        )


def remove(folder: Path) -> None:
    """Take the file of a folder away, whichever rebuild's it is, and the folder if nothing else is
    in it."""
    for name in (FILE, f"{FILE}.wal"):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / f"{FILE}.tmp", ignore_errors=True)
    with suppress(OSError):
        folder.rmdir()


def _fill(session: DuckDBSession, token: str, catalogue: fact_tables.Catalogue) -> None:
    # In one transaction: a file that has a token has all tables.
    with session.transaction():
        for statement in (*fact_tables.statements(catalogue), *_OWN_TABLES):
            session.execute(statement)
        view_registry.create_touched(session)
        view_registry.create_views(session)
        session.execute("INSERT INTO pledger_rebuild VALUES ($token)", {"token": token})


def _token_in(path: Path) -> str | None:
    """The token of the rebuild that a file is of; None where there is none, or one that can't be
    read."""
    if not path.exists():
        return None
    try:
        with _connected(path) as connection:
            row = connection.execute("SELECT token FROM pledger_rebuild").fetchone()
    except duckdb.Error:
        return None
    return None if row is None else str(row[0])


@contextmanager
def _connected(path: Path, memory: str = MEMORY_LIMIT) -> Iterator[duckdb.DuckDBPyConnection]:
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory,
        "temp_directory": f"{path}.tmp",
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with duckdb.connect(path, config=config) as connection:
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        yield connection


@contextmanager
def _as_unfoldable() -> Iterator[None]:
    """Errors that some fact brings about as ``Unfoldable``."""
    with folding():
        try:
            yield
        except duckdb.DataError as error:
            raise Unfoldable(type(error).__name__, place_of(error)) from error


def _differs(columns: Sequence[str]) -> str:
    names = [fact_tables.quoted(name) for name in columns]
    return " OR ".join(f"a.{name} IS DISTINCT FROM b.{name}" for name in names)


def _value(name: str, kind: str) -> str:
    """A column as it is copied out: a list of text as an array literal of PostgreSQL's."""
    column = fact_tables.quoted(name)
    if kind != "VARCHAR[]":
        return column
    escaped = r"""replace(replace(element, '\', '\\'), '"', '\"')"""
    elements = f"list_transform({column}, lambda element: '\"' || {escaped} || '\"')"
    return f"'{{' || array_to_string({elements}, ',') || '}}' AS {column}"
