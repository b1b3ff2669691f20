"""The SELECTs of an importer, run in a DuckDB that can read one folder and nothing else.

This runs in a process of its own that has the data folder as its working directory
(``application/importing/select_process.py`` starts it), for two reasons. DuckDB holds a bare file
name against the working directory before it checks it against ``allowed_directories``, so that
``read_csv('orders.csv')`` can be both confined and bare only there; ``file_search_path`` does not
help once access is restricted. And files are read on one core while what was read is encoded on
another.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple

import duckdb
import pyarrow as pa

from projections.duckdb.csv_files import Reading, Unreadable
from projections.duckdb.import_batches import Spool, Spooled, infinite, packed
from projections.duckdb.import_confinement import confined
from projections.duckdb.import_frames import (
    BATCH,
    COLUMNS,
    COUNT,
    DONE,
    FAILED,
    FILE,
    LINE,
    READ,
    Frame,
    RejectedKeys,
    Request,
    write_frame,
)
from projections.duckdb.import_lines import located
from projections.duckdb.import_messages import told
from projections.duckdb.import_rows import SCHEMA
from projections.duckdb.import_statements import edited, made_of
from projections.duckdb.import_trees import Trees
from projections.duckdb.rejected_keys import keys_of_rejected

#: How much of the rows that were looked through before any is told may wait on the disk.
_SPOOL_BYTES = 1024 * 1024 * 1024
_NO_KEYS = RejectedKeys([], [])
_SELECT = frozenset({"SELECT"})
#: What a prelude may hold. SET reaches variables only: the configuration is locked by then.
_PRELUDE = frozenset({"CREATE", "SET"})


class Failed(Exception):
    """SQL that can't be run; ``select`` is its index in the request. ``expected`` is empty where it
    goes without saying."""

    def __init__(self, select: int, seen: str, expected: str = "", remedy: str = "") -> None:
        super().__init__(seen)
        self.select, self.seen, self.expected, self.remedy = select, seen, expected, remedy


class _Kept(Exception):
    """Lines that a SELECT can't use, and that a table keeps which was made of them before."""

    def __init__(self, select: int, lines: Mapping[str, Mapping[int, str]]) -> None:
        super().__init__(select)
        self.select, self.lines = select, lines


class _Place(NamedTuple):
    """Where a statement stands: the index of its SELECT, and the lines of the file before it.
    DuckDB counts lines from where the statement begins; people count from the top of the file."""

    select: int
    lines_before: int


class _Bound(NamedTuple):
    """A SELECT, and as it was given. With ``located``, the last two columns of the first are the
    line and the file of a row."""

    relation: duckdb.DuckDBPyRelation
    plain: duckdb.DuckDBPyRelation
    where: _Place
    located: bool


class _Settled(NamedTuple):
    """How many rows a SELECT gives, and the lines that it can't use. Where it was run to know that:
    its rows, if they are kept, and what became of the records."""

    rows: int
    left_out: Mapping[str, Mapping[int, str]]
    rows_kept: Spooled | None = None
    reading: Reading | None = None


def main(stdin: IO[bytes], stdout: IO[bytes]) -> None:
    """Answers one request, and ends at once when ``stdin`` is closed, so that it never outlives the
    process that started it."""
    request = Request.from_line(stdin.readline())
    threading.Thread(target=_leave_with, args=(stdin.fileno(),), daemon=True).start()
    try:
        for frame in answer(request, Path.cwd()):
            write_frame(stdout, frame)
    except Failed as problem:
        words = json.dumps([problem.expected, problem.seen, problem.remedy])
        write_frame(stdout, Frame(FAILED, problem.select, words.encode()))


def answer(request: Request, folder: Path) -> Iterator[Frame]:
    """The frames of an answer. Every SELECT is bound before the first one runs, so that a wrong
    name in the last one is found before a row of the first one is kept. Raises ``Failed``."""
    before = Reading()
    while True:
        try:
            yield from _Importer(request, folder, before).frames(again=bool(before.left_out))
        except _Kept as kept:
            # The tables of the prelude are made again, without these lines.
            if not before.leave_out(kept.lines):
                raise _lost(kept.select) from None
        else:
            return


class _Importer:
    """One request under way. What is left out ``before`` it begins, no statement sees."""

    def __init__(self, request: Request, folder: Path, before: Reading) -> None:
        self._request = request
        self._sql = [request.prelude or "", *request.selects]
        self._connection, self._tables = confined(request, folder, self._sql)
        self._reading = self._tables.reading
        self._reading.leave_out(before.left_out)
        self._spool = Spool(request.scratch, _SPOOL_BYTES)
        self._macros = {"instant"}
        self._trees = Trees(self._connection, self._can_bind)
        #: Whether lines can be written down that can't be used.
        self._is_noted = any("instant" in text.casefold() for text in self._sql)

    def frames(self, *, again: bool) -> Iterator[Frame]:
        """All frames, in their order; ``again``: without those about columns. Raises ``_Kept``
        before the first row."""
        request = self._request
        if request.prelude is not None:
            self._run_prelude(len(request.selects), request.prelude)
        before = self._reading.copy()
        bound = [self._bound(index, sql) for index, sql in enumerate(request.selects)]
        for index, each in enumerate(() if again else bound):
            yield Frame(COLUMNS, index, json.dumps(_columns(each)).encode())
        settled = [self._settled(each, before) for each in bound]
        for index, found in enumerate(settled if request.count else ()):
            yield Frame(COUNT, index, str(found.rows).encode())
        for index, (each, found) in enumerate(zip(bound, settled, strict=True)):
            self._reading.begin(found.reading or before, found.left_out)
            if found.rows_kept is not None:
                yield from found.rows_kept.frames()
            else:
                for batch in self._batches(each):
                    yield Frame(BATCH, index, packed(batch))
            if self._tables.bad_instants().located:
                raise Failed(index, "others", "the files as they were a moment ago", "import again")
            report = self._reading.report()
            keys = self._keys_of_rejected(each, before) if request.keys else _NO_KEYS
            yield Frame(READ, index, json.dumps([report, keys]).encode())
            yield Frame(DONE, index, b"")

    def _run_prelude(self, index: int, sql: str) -> None:
        """Each statement is a transaction: one that makes a table of lines that it can't use is
        taken back, and runs again without them."""
        for statement in self._parsed(index, sql):
            where = _Place(index, _lines_before(sql, statement))
            self._check(statement, _PRELUDE, "CREATE or SET VARIABLE", where)
            texts = self._telling(statement.query)
            while True:
                self._connection.execute("BEGIN")
                with self._failing_at(where):
                    for text in texts:
                        self._tables.with_tables(partial(self._connection.execute, text))
                found = self._tables.bad_instants()
                if not found.located:
                    break
                self._connection.execute("ROLLBACK")
                self._pass_over(index, found.located)
            if found.others:
                raise _lost(index)
            self._connection.execute("COMMIT")

    def _telling(self, sql: str) -> Sequence[str]:
        """A statement of the prelude that tells its lines; after one that makes a view, another
        that makes the same view with them."""
        made = made_of(sql)
        if made is None:
            return [edited(sql, self._macros, self._can_bind)]
        for view in [name for name in self._trees.views if name in made.head.casefold()]:
            del self._trees.views[view]
        found = located(self._trees, made.select, self._macros)
        if found is None or not self._can_bind(made.head + found.sql):
            return [edited(sql, self._macros, self._can_bind)]
        self._is_noted |= found.sql != made.select
        texts = [made.head + found.sql]
        if made.view is not None and found.with_lines is not None:
            view = f'{SCHEMA}."{made.view}"'
            texts.append(f"CREATE OR REPLACE VIEW {view} AS {found.with_lines}")
            self._trees.views[made.view.casefold()] = found.names
        return texts

    def _bound(self, index: int, sql: str) -> _Bound:
        statements = self._parsed(index, sql)
        if len(statements) != 1:
            raise Failed(index, f"{len(statements)} statements, where one SELECT belongs")
        where = _Place(index, _lines_before(sql, statements[0]))
        query = statements[0].query
        self._check(statements[0], _SELECT, "one SELECT", where)
        with self._failing_at(where):
            plain = self._relation(query)
        columns = _described(plain)
        found = located(self._trees, query, self._macros, (LINE, FILE))
        if found is not None:
            added = [(LINE, "BIGINT"), (FILE, "VARCHAR")]
            for text, expected in ((found.with_lines, columns + added), (found.sql, columns)):
                if text is not None and self._can_bind(text):
                    relation = self._relation(text)
                    if _described(relation) == expected:
                        self._is_noted |= found.sql != query
                        return _Bound(relation, plain, where, located=expected != columns)
        text = edited(query, self._macros, self._can_bind)
        return _Bound(self._relation(text), plain, where, located=False)

    def _relation(self, sql: str) -> duckdb.DuckDBPyRelation:
        return self._tables.with_tables(lambda: self._connection.sql(sql))

    def _can_bind(self, sql: str) -> bool:
        try:
            self._tables.with_tables(lambda: self._connection.execute("EXPLAIN " + sql))
        except (duckdb.Error, Unreadable):
            return False
        return True

    def _parsed(self, index: int, sql: str) -> list[duckdb.Statement]:
        with self._failing_at(_Place(index, 0)):
            return self._connection.extract_statements(sql)

    def _check(
        self, statement: duckdb.Statement, allowed: frozenset[str], expected: str, where: _Place
    ) -> None:
        """Keeps out what writes. A statement of an allowed kind can still write a file: ``WITH
        written AS (COPY … TO …) SELECT …`` is a SELECT by its kind, and DuckDB would run it as soon
        as it is bound. Its plan shows that, and making a plan runs nothing."""
        try:
            seen = statement.type.name
        except ValueError:  # of a kind, such as CONNECT, for which DuckDB's package has no name
            seen = "another kind of statement"
        if seen in allowed:
            explain = "EXPLAIN (FORMAT json)\n" + statement.query
            with self._failing_at(_Place(where.select, where.lines_before - 1)):
                plan = self._tables.with_tables(
                    lambda: self._connection.execute(explain).fetchall()
                )
            if not any("COPY" in name for _, text in plan for name in _operators(json.loads(text))):
                return
            seen = "COPY"
        raise Failed(
            where.select,
            f"{seen}, where {expected} belongs: an importer reads the data folder and writes"
            " nothing",
        )

    def _settled(self, bound: _Bound, before: Reading) -> _Settled:
        """Runs a SELECT until it meets no text that it can't read."""
        if not self._is_noted:
            return _Settled(self._count(bound) if self._request.count else 0, before.left_out)
        left_out = before.left_out
        while True:
            self._reading.begin(before, left_out)
            count = unread = 0
            kept = self._spool.begin(bound.where.select)
            for batch in self._batches(bound):
                count += batch.num_rows
                unread += infinite(batch)
                kept.add(batch)
            found = self._tables.bad_instants()
            if not found.located:
                break
            kept.forget()
            self._pass_over(bound.where.select, found.located)
            left_out = self._reading.copy().left_out
        if found.others > unread:
            raise _lost(bound.where.select)
        if not kept.is_whole:
            return _Settled(count, left_out)
        return _Settled(count, left_out, kept, self._reading.copy())

    def _keys_of_rejected(self, bound: _Bound, prelude: Reading) -> RejectedKeys | None:
        """The keys of the rows that the rejected records would be, as far as these can be read;
        None where it is not known which rows are made of them."""
        if not self._reading.rejected_lines():
            return _NO_KEYS
        if not bound.located or prelude.rejected_lines():
            return None
        before = self._reading.copy()
        try:
            return keys_of_rejected(self._reading, lambda: self._batches(bound))
        except Failed:  # over a value that only a rejected record has
            return None
        finally:
            self._reading.mending = None
            self._reading.begin(before, before.left_out)
            self._tables.bad_instants()  # they are known

    def _pass_over(self, select: int, found: Mapping[str, Mapping[int, str]]) -> None:
        if not self._reading.leave_out(found):
            raise _Kept(select, found)

    def _count(self, bound: _Bound) -> int:
        """How many rows there are. Costs little beside reading them: DuckDB leaves out the columns
        that do not bear on the count."""
        with self._failing_at(bound.where):
            ((count,),) = bound.relation.count("*").fetchall()
            return int(count)

    def _batches(self, bound: _Bound) -> Iterator[pa.RecordBatch]:
        with self._failing_at(bound.where):
            try:
                yield from bound.relation.to_arrow_reader(self._request.batch_rows)
            except duckdb.Error:
                # What was given fails too, in words that its author knows.
                for _ in bound.plain.to_arrow_reader(self._request.batch_rows):
                    pass
                raise

    @contextmanager
    def _failing_at(self, where: _Place) -> Iterator[None]:
        """Turns what goes wrong into a failure whose message has nothing of the data, with the
        lines of the SQL counted from the top."""
        try:
            yield
        except Unreadable as problem:
            raise _unreadable(where, problem) from None
        except (duckdb.Error, pa.ArrowException, OSError) as problem:
            if self._reading.problem is not None:
                raise _unreadable(where, self._reading.problem) from None
            settings = self._request.variables.values()
            message = told(problem, self._sql, settings, where.lines_before)
            raise Failed(where.select, message) from None


def _unreadable(where: _Place, problem: Unreadable) -> Failed:
    return Failed(where.select, problem.seen, problem.expected, problem.remedy)


def _lost(select: int) -> Failed:
    return Failed(
        select,
        "texts that do not fit, in rows that may be left out",
        "_row and _file where instant() reads, so that such a row can be rejected",
        "hand both on from rows() to there",
    )


def _described(relation: duckdb.DuckDBPyRelation) -> list[tuple[str, str]]:
    return [(n, str(t)) for n, t in zip(relation.columns, relation.types, strict=True)]


def _columns(bound: _Bound) -> list[tuple[str, str]]:
    found = _described(bound.relation)
    return found[:-2] if bound.located else found


def _lines_before(sql: str, statement: duckdb.Statement) -> int:
    return sql[: max(sql.find(statement.query.strip()), 0)].count("\n")


def _operators(plan: Any) -> Iterator[str]:
    for node in plan:
        yield node["name"]
        yield from _operators(node.get("children", ()))


def _leave_with(descriptor: int) -> None:
    os.read(descriptor, 1)  # nothing more is sent: it comes back when the other end is closed
    os._exit(0)
