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
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import duckdb
import pyarrow as pa

from projections.duckdb.import_frames import (
    BATCH,
    COLUMNS,
    COUNT,
    DONE,
    FAILED,
    Frame,
    Request,
    write_frame,
)

_SELECT = frozenset({"SELECT"})
#: What a prelude may hold. SET reaches variables only: the configuration is locked by then.
_PRELUDE = frozenset({"CREATE", "SET"})


class Failed(Exception):
    """SQL that can't be run; ``select`` is its index in the request."""

    def __init__(self, select: int, why: str) -> None:
        super().__init__(why)
        self.select = select


class _Place(NamedTuple):
    """Where a statement stands: the index of its SELECT, and the lines of the file before it.
    DuckDB counts lines from where the statement begins; people count from the top of the file."""

    select: int
    lines_before: int

    def failed(self, problem: Exception) -> Failed:
        """The failure, with the lines counted from the top."""
        shifted = re.sub(
            r"(?m)^LINE (\d+):", lambda at: f"LINE {int(at[1]) + self.lines_before}:", str(problem)
        )
        return Failed(self.select, shifted)


class _Bound(NamedTuple):
    relation: duckdb.DuckDBPyRelation
    where: _Place


def main(stdin: IO[bytes], stdout: IO[bytes]) -> None:
    """Answers one request, and ends at once when ``stdin`` is closed, so that it never outlives the
    process that started it."""
    request = Request.from_line(stdin.readline())
    threading.Thread(target=_leave_with, args=(stdin.fileno(),), daemon=True).start()
    try:
        for frame in answer(request, Path.cwd()):
            write_frame(stdout, frame)
    except Failed as problem:
        write_frame(stdout, Frame(FAILED, problem.select, str(problem).encode()))


def answer(request: Request, folder: Path) -> Iterator[Frame]:
    """The frames of an answer. Every SELECT is bound before the first one runs, so that a wrong
    name in the last one is found before a row of the first one is kept. Raises ``Failed``."""
    connection = confined(request, folder)
    if request.prelude is not None:
        _run_prelude(connection, len(request.selects), request.prelude)
    bound = [_bound(connection, index, sql) for index, sql in enumerate(request.selects)]
    for index, (relation, _) in enumerate(bound):
        columns = [[n, str(t)] for n, t in zip(relation.columns, relation.types, strict=True)]
        yield Frame(COLUMNS, index, json.dumps(columns).encode())
    for index, each in enumerate(bound if request.count else ()):
        yield Frame(COUNT, index, str(_count(each)).encode())
    for index, each in enumerate(bound):
        yield from _batches(each, request.batch_rows)
        yield Frame(DONE, index, b"")


def confined(request: Request, folder: Path) -> duckdb.DuckDBPyConnection:
    """A database in memory that reads ``folder``, the working directory, and nothing else.
    Symbolic links are followed before a path is checked. What is allowed to be read is allowed to
    be written too, so statements that write are kept out by ``_check``."""
    connection = duckdb.connect(":memory:")
    for name, value in request.variables.items():
        connection.execute(f'SET VARIABLE "{name}" = {_quoted(value)}')
    for setting in (
        f"memory_limit = {_quoted(request.memory)}",
        f"threads = {request.threads}",
        f"temp_directory = {_quoted(request.scratch)}",
        "TimeZone = 'UTC'",
        "enable_progress_bar = false",
        "python_enable_replacements = false",  # Python's own variables would else be tables
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "allow_community_extensions = false",
        "allow_persistent_secrets = false",
        f"allowed_directories = [{_quoted(f'{folder}/')}]",
        "enable_external_access = false",
        "lock_configuration = true",  # last: no setting changes from here on
    ):
        connection.execute(f"SET {setting}")
    return connection


def _run_prelude(connection: duckdb.DuckDBPyConnection, index: int, sql: str) -> None:
    for statement in _parsed(connection, index, sql):
        where = _Place(index, _lines_before(sql, statement))
        _check(connection, statement, _PRELUDE, "CREATE or SET VARIABLE", where)
        try:
            connection.execute(statement)
        except duckdb.Error as problem:
            raise where.failed(problem) from None


def _bound(connection: duckdb.DuckDBPyConnection, index: int, sql: str) -> _Bound:
    statements = _parsed(connection, index, sql)
    if len(statements) != 1:
        raise Failed(index, f"{len(statements)} statements, where one SELECT belongs")
    where = _Place(index, _lines_before(sql, statements[0]))
    _check(connection, statements[0], _SELECT, "one SELECT", where)
    try:
        return _Bound(connection.sql(statements[0]), where)
    except duckdb.Error as problem:
        raise where.failed(problem) from None


def _parsed(connection: duckdb.DuckDBPyConnection, index: int, sql: str) -> list[duckdb.Statement]:
    try:
        return connection.extract_statements(sql)
    except duckdb.Error as problem:
        raise Failed(index, str(problem)) from None


def _lines_before(sql: str, statement: duckdb.Statement) -> int:
    return sql[: max(sql.find(statement.query.strip()), 0)].count("\n")


def _check(
    connection: duckdb.DuckDBPyConnection,
    statement: duckdb.Statement,
    allowed: frozenset[str],
    expected: str,
    where: _Place,
) -> None:
    """Keeps out what writes. A statement of an allowed kind can still write a file: ``WITH written
    AS (COPY … TO …) SELECT …`` is a SELECT by its kind, and DuckDB would run it as soon as it is
    bound. Its plan shows that, and making a plan runs nothing."""
    try:
        seen = statement.type.name
    except ValueError:  # of a kind, such as CONNECT, for which DuckDB's package has no name
        seen = "another kind of statement"
    if seen in allowed:
        try:
            plan = connection.execute("EXPLAIN (FORMAT json)\n" + statement.query).fetchall()
        except duckdb.Error as problem:
            raise _Place(where.select, where.lines_before - 1).failed(problem) from None
        if not any("COPY" in name for _, text in plan for name in _operators(json.loads(text))):
            return
        seen = "COPY"
    raise Failed(
        where.select,
        f"{seen}, where {expected} belongs: an importer reads the data folder and writes nothing",
    )


def _operators(plan: Any) -> Iterator[str]:
    for node in plan:
        yield node["name"]
        yield from _operators(node.get("children", ()))


def _count(bound: _Bound) -> int:
    """How many rows there are. Costs little beside reading them: DuckDB leaves out the columns that
    do not bear on the count."""
    try:
        ((count,),) = bound.relation.count("*").fetchall()
    except duckdb.Error as problem:
        raise bound.where.failed(problem) from None
    return int(count)


def _batches(bound: _Bound, rows: int) -> Iterator[Frame]:
    try:
        for batch in bound.relation.to_arrow_reader(rows):
            yield Frame(BATCH, bound.where.select, _packed(batch))
    except (duckdb.Error, pa.ArrowException, OSError) as problem:
        raise bound.where.failed(problem) from None


def _packed(batch: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _leave_with(descriptor: int) -> None:
    os.read(descriptor, 1)  # nothing more is sent: it comes back when the other end is closed
    os._exit(0)
