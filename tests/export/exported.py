"""Exports made for tests, and what is in them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tests.helpers import ask
from tests.projections.rows import Row


def export(home: Path, folder: Path, argv: Sequence[str] = ()) -> dict[str, Any]:
    """The answer to an export that must succeed."""
    return ask(home, ["export", "--to", str(folder), *argv])


def rows(folder: Path, table: str) -> list[Row]:
    """The rows of a table that was exported as Parquet."""
    found: list[Row] = pq.read_table(folder / f"{table}.parquet").to_pylist()
    return found


def everything(folder: Path) -> bytes:
    """All that was written, byte by byte, and what is in the tables that are compressed."""
    found = b""
    for path in sorted(folder.rglob("*")):
        found += path.read_bytes()
        if path.suffix == ".parquet":
            found += repr(pq.read_table(path).to_pylist()).encode()
    return found
