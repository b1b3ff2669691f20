"""What answers are printed on: the console, tables and bars, in one look."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TextIO, cast

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from entrypoints.terminal.format import NOTHING, interval, percent, plain, short
from entrypoints.terminal.table import TextTable

Answer = Mapping[str, Any]

#: How wide a page is where there is no terminal to ask.
PAGE_WIDTH = 100

INDENT = 2

#: How wide a value in a table gets: one long id must not push all others off the page.
CELL_WIDTH = 80

STATUS_STYLES = {
    "kept": "green",
    "late": "yellow",
    "overdue": "bold red",
    "broken": "red",
    "disputed": "magenta",
    "pending": "cyan",
    "released": "blue",
    "undated": "dim",
}
DIM = "dim"

#: Between phrases. It has no style as a whole: what is joined with it would take it over.
DOT = Text.assemble((" · ", DIM))

_ASCII = str.maketrans("█▓▒░▕▏–−·→│●○✓✗…─━", "##-.||--*>|oovx.--")


class _Trimmed:
    """A stream that drops the blanks which tables leave at the ends of lines: in a file or a page
    of documentation they are noise. Rich writes whole lines at a time."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(re.sub(r" +(?=\n)", "", text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Quiet(Console):
    """A console that leaves a closed pipe to the caller: rich would end the process with status
    1."""

    def on_broken_pipe(self) -> None:
        """Let the error through."""
        raise BrokenPipeError


def console_for(stream: TextIO) -> Console:
    """A console on a stream. Colours and the width come from the terminal; elsewhere there are no
    escape codes and the width is ``COLUMNS``, or 100. An encoding without the signs used here gets
    their likes in ASCII."""
    if not (getattr(stream, "encoding", None) or "utf-8").lower().startswith("utf"):
        codecs.register_error("pledger.likeness", _likeness)
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="pledger.likeness")
    terminal = stream.isatty()
    return _Quiet(
        file=stream if terminal else cast(TextIO, _Trimmed(stream)),
        width=None if terminal or "COLUMNS" in os.environ else PAGE_WIDTH,
        highlight=False,
        markup=False,
        emoji=False,
    )


def _likeness(problem: UnicodeError) -> tuple[str, int]:
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    bad = problem.object[problem.start : problem.end].translate(_ASCII)
    return "".join(sign if sign.isascii() else "?" for sign in bad), problem.end


def heading(console: Console, title: str, *notes: str) -> None:
    """A line that names what is shown, with notes (as of when, …) in a quiet colour. Where it is
    too long for the page, it is broken between them."""
    line = Text(plain(title), "bold")
    for note in filter(None, notes):
        remark = Text(f"  {plain(note)}", DIM)
        if line.cell_len + remark.cell_len > console.width:
            console.print(line)
            line = Text()
        line = Text.assemble(line, remark)
    console.print(line)


def paragraph(console: Console, text: str | Text, style: str = "") -> None:
    """A text, indented, wrapped at words."""
    console.print(Padding(text if isinstance(text, Text) else Text(text, style), (0, 0, 0, INDENT)))


def flow(console: Console, parts: Sequence[Text]) -> None:
    """Short phrases one after the other, indented; lines are broken between phrases alone."""
    lines: list[list[Text]] = [[]]
    for part in parts:
        if lines[-1] and DOT.join([*lines[-1], part]).cell_len + INDENT > console.width:
            lines.append([])
        lines[-1].append(part)
    paragraph(console, Text("\n").join(DOT.join(line) for line in lines))


def quiet(console: Console, *texts: str) -> None:
    """Remarks at the foot of a page, after a blank line: definitions, advice."""
    console.print()
    for text in texts:
        paragraph(console, text, DIM)


def lay(console: Console, drawn: TextTable) -> None:
    """Print a table, indented, after a blank line."""
    console.print()
    drawn.print(console, INDENT)


def lay_grid(console: Console, drawn: Table) -> None:
    """Print a few aligned lines, indented, after a blank line."""
    console.print(Padding(drawn, (1, 0, 0, INDENT)))


def with_bars(
    console: Console, draw: Callable[[int], TextTable], widths: Sequence[int]
) -> TextTable:
    """A table with bars, which ``draw`` makes with bars of one width: of the first of ``widths``
    with which it fits, or else of the last."""
    *wide, narrowest = widths
    tables = (table for table in map(draw, wide) if fits(console, table))
    return next(tables, None) or draw(narrowest)


def fits(console: Console, drawn: TextTable) -> bool:
    """Whether a table can be printed without breaking any cell over lines."""
    return drawn.width + INDENT <= console.width


def cell(value: object, style: str = "") -> Text:
    """A value in a table, cut where it is too wide; a quiet dash for None."""
    return Text(NOTHING, DIM) if value is None else Text(short(value, CELL_WIDTH), style)


def status(name: str | None) -> Text:
    """A promise's status in its colour."""
    return cell(name, STATUS_STYLES.get(name or "", ""))


def bar(rate: Answer, width: int) -> Text:
    """A rate in [0, 1] as a bar with its interval: full up to the lower bound, then two shades up
    to the upper bound, that change at the rate itself."""
    low, at, high = (
        round(width * rate.get(name, rate["rate"])) for name in ("low", "rate", "high")
    )
    drawn = Text.assemble(("▕", DIM))
    drawn.append("█" * low, "green")
    drawn.append("▓" * (at - low), "green")
    drawn.append("▒" * (high - at), DIM)
    drawn.append("░" * (width - high) + "▏", DIM)
    return drawn


def rate_cells(
    rate: Answer, width: int, instead: str = "nothing was due"
) -> tuple[Text, Text, Text]:
    """A rate's bar, its figure and its interval; where there is no rate, the reason instead."""
    if rate["rate"] is None:
        return Text(f" {instead[: width + 1]}", DIM), cell(None), Text("")
    bounds = interval(rate.get("low"), rate.get("high"))
    return bar(rate, width), Text(percent(rate["rate"])), Text(bounds, DIM)


def key_columns(groups: Sequence[Answer]) -> list[str]:
    """What groups are by, in the order of the request."""
    return list(groups[0]["key"]) if groups else []


def key_cells(key: Answer) -> list[Text]:
    """A group's key; null is named, since that may be the group that matters most."""
    return [Text("(none)", DIM) if value is None else cell(value) for value in key.values()]
