"""The answer of ``export``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from entrypoints.terminal.console import DIM, DOT, Answer, cell, lay, paragraph, quiet
from entrypoints.terminal.format import instant, noun, number, place, plain
from entrypoints.terminal.table import TextTable

if TYPE_CHECKING:
    from rich.console import Console

#: The endings of the files that hold a table.
_TABLES = (".parquet", ".csv")


def render_export(answer: Answer, console: Console) -> None:
    """How much was written, and the files with more than a table in them."""
    files = answer["files"]
    tables = [one for one in files if one["path"].endswith(_TABLES)]
    parts = [
        Text(noun(len(tables), "table")),
        Text(noun(sum(one["rows"] for one in tables), "row")),
        Text(f"{sum(one['bytes'] for one in files) / 1e6:,.1f} MB", DIM),
    ]
    paragraph(console, DOT.join(parts))
    table = TextTable("file", "bytes", right=("bytes",), keep=("file",))
    for one in files:
        if one not in tables:
            table.add_row(cell(plain(one["path"])), number(one["bytes"]))
    lay(console, table)
    quiet(console, f"as of {instant(answer['as_of'])}, known at {place(answer['known_at'])}")
