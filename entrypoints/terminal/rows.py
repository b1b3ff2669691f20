"""Rows of any query, for data teams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from entrypoints.terminal.console import CELL_WIDTH, DIM, paragraph, quiet
from entrypoints.terminal.format import noun, short
from entrypoints.terminal.table import TextTable

if TYPE_CHECKING:
    from rich.console import Console

_NULL = "null"


def render_rows(columns: Sequence[str], rows: Sequence[Sequence[object]], console: Console) -> None:
    """A table; on a terminal too narrow for its words, one block of lines a row. Away from a
    terminal, lines are as long as they need to be. What a cell holds beyond ``CELL_WIDTH`` letters
    is in the other formats."""
    if not columns:
        paragraph(console, "Done: the query gives no rows.")
        return
    texts = [[_text(value) for value in row] for row in rows]
    table = _table(columns, rows, texts)
    if console.is_terminal and table.breaks_words(console.width):
        _blocks(columns, texts, console)
    else:
        table.print(console, fold=console.is_terminal)
    quiet(console, noun(len(rows), "row"))


def _text(value: object) -> str:
    return _NULL if value is None else short(value, CELL_WIDTH)


def _cell(value: object, text: str) -> Text:
    return Text(text, DIM if value is None else "")


def _table(
    columns: Sequence[str], rows: Sequence[Sequence[object]], texts: list[list[str]]
) -> TextTable:
    names = [short(name, CELL_WIDTH) for name in columns]
    figures = [
        name
        for at, name in enumerate(names)
        if any(_is_number(row[at]) for row in rows)
        and all(row[at] is None or _is_number(row[at]) for row in rows)
    ]
    made = TextTable(*names, right=figures)
    for row, shown in zip(rows, texts, strict=True):
        made.add_row(*(_cell(value, text) for value, text in zip(row, shown, strict=True)))
    return made


def _is_number(value: object) -> bool:
    """Numbers of any kind, decimals included, without knowing where they came from."""
    return hasattr(value, "__round__") and not isinstance(value, bool)


def _blocks(columns: Sequence[str], texts: list[list[str]], console: Console) -> None:
    names = [short(name, CELL_WIDTH) for name in columns]
    for at, row in enumerate(texts, 1):
        console.print(Text(f" row {at:,}", "bold"))
        block = TextTable("column", "value", keep=("column",), head=False)
        for name, text in zip(names, row, strict=True):
            block.add_row(Text(name, DIM), Text(text))
        block.print(console, indent=2)
