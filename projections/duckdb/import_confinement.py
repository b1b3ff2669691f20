"""The database in which an importer's SQL runs: it reads one folder, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from projections.duckdb.import_frames import Request
from projections.duckdb.import_rows import RowsTables


def confined(
    request: Request, folder: Path, sql: Sequence[str]
) -> tuple[duckdb.DuckDBPyConnection, RowsTables]:
    """A database in memory that reads ``folder``, the working directory, and nothing else.
    Symbolic links are followed before a path is checked. What is allowed to be read is allowed to
    be written too, so statements that write are kept out by who runs them."""
    connection = duckdb.connect(":memory:")
    tables = RowsTables(connection, folder, sql)
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
    return connection, tables


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
