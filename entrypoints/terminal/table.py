"""Tables of any length. Rich's own table takes about a millisecond a row; a list of a hundred
thousand promises, or a journey of fifty thousand facts, must not take minutes to print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console

#: Blanks between two columns.
GAP = 2
#: So many lines are printed at once: the first ones show while the others are still being laid.
_SLAB = 500
#: A line of a cell that is longer than so many letters is cut: to measure and to fold it would
#: take for ever.
_LONGEST = 4_000
#: A column that is folded keeps at least this width.
_NARROWEST = 6


class TextTable:
    """Rows of cells under a head, in columns as wide as they need to be. A cell is a text of one
    or more lines. Where the page is too narrow, names of columns of several words are folded, and
    then the widest columns; those in ``right`` (aligned to the right) and ``keep`` are not, as long
    as there is another way. Without ``head`` the names of the columns are not shown."""

    def __init__(
        self,
        *columns: str,
        right: Sequence[str] = (),
        keep: Sequence[str] = (),
        gap: int = GAP,
        head: bool = True,
    ) -> None:
        self._names = columns if head else ("",) * len(columns)
        self._right = [name in right for name in columns]
        self._kept = [name in {*right, *keep} for name in columns]
        self._gap = gap
        self._rows: list[list[list[Text]]] = []
        self._widths = [cell_len(name) for name in self._names]
        #: As wide as they need to be with the words of their names below each other.
        self._narrow = [_longest_word(Text(name)) for name in self._names]

    def add_row(self, *cells: Text | str) -> None:
        """Add a row with a cell for each column."""
        row = [_lines(cell) for cell in cells]
        for at, lines in enumerate(row):
            widest = max(line.cell_len for line in lines)
            self._widths[at] = max(self._widths[at], widest)
            self._narrow[at] = max(self._narrow[at], widest)
        self._rows.append(row)

    def breaks_words(self, room: int) -> bool:
        """Whether some word must be broken for the table to fit into a width."""
        words = [
            max(map(_longest_word, lines), default=0)
            for lines in (
                [Text(name), *(line for row in self._rows for line in row[at])]
                for at, name in enumerate(self._names)
            )
        ]
        gaps = self._gap * (len(words) - 1)
        return self.width > room and sum(words) + gaps > room

    @property
    def width(self) -> int:
        """The width of a page on which nothing is folded."""
        return sum(self._widths) + self._gap * (len(self._widths) - 1)

    def print(self, console: Console, indent: int = 0, *, fold: bool = True) -> None:
        """Print the table; without ``fold`` its lines are as long as they need to be."""
        widths = self._widths
        if fold:
            room = console.width - indent - self._gap * (len(widths) - 1)
            if sum(widths) > room:
                widths = _fitted(self._narrow, self._kept, room)
        lines = self._lines(console, widths)
        while slab := list(islice(lines, _SLAB)):
            margin = Text(" " * indent)
            page = Text("\n").join(margin + line for line in slab)
            console.print(page, soft_wrap=True)

    def _lines(self, console: Console, widths: Sequence[int]) -> Iterator[Text]:
        if any(self._names):
            names = [[Text(name, "bold")] for name in self._names]
            yield from self._row(console, names, widths)
            yield Text("─" * (sum(widths) + self._gap * (len(widths) - 1)), "dim")
        for row in self._rows:
            yield from self._row(console, row, widths)

    def _row(
        self, console: Console, row: Sequence[list[Text]], widths: Sequence[int]
    ) -> Iterator[Text]:
        folded = [
            list(_folded(console, lines, width)) for lines, width in zip(row, widths, strict=True)
        ]
        for at in range(max(map(len, folded))):
            line = Text()
            left = 0  # blanks due before the next text; none are written at the end of a line
            for lines, width, right in zip(folded, widths, self._right, strict=True):
                cell = lines[at] if at < len(lines) else Text()
                blanks = width - cell.cell_len
                if cell.plain:
                    line.append(" " * (left + (blanks if right else 0)))
                    line.append_text(cell)
                    left = 0 if right else blanks
                else:
                    left += width
                left += self._gap
            yield line


def _lines(cell: Text | str) -> list[Text]:
    text = Text(cell) if isinstance(cell, str) else cell
    lines = list(text.split("\n", allow_blank=True)) if "\n" in text.plain else [text]
    return [line if len(line) <= _LONGEST else line[:_LONGEST].append("…") for line in lines]


def _longest_word(line: Text) -> int:
    return max(map(cell_len, line.plain.split()), default=0)


def _folded(console: Console, lines: Sequence[Text], width: int) -> Iterator[Text]:
    for line in lines:
        if line.cell_len <= width:
            yield line
            continue
        for part in line.wrap(console, width, overflow="fold"):
            part.rstrip()
            yield part


def _fitted(widths: Sequence[int], kept: Sequence[bool], room: int) -> list[int]:
    """Widths that fit into ``room``: the columns that may be folded are cut down to one width, and
    if that is not enough, the others too."""
    made = list(widths)
    free = [at for at, keep in enumerate(kept) if not keep]
    for group in (free, range(len(made))):
        others = sum(made) - sum(made[at] for at in group)
        cap = _cap([made[at] for at in group], room - others)
        for at in group:
            made[at] = min(made[at], cap)
    return made


def _cap(widths: Sequence[int], room: int) -> int:
    """The largest width to which columns can be cut down so that together they fit."""
    waiting = sorted(widths)
    while waiting:
        share = room // len(waiting)
        if waiting[0] > share:
            return max(share, _NARROWEST)
        room -= waiting.pop(0)
    return max(widths, default=_NARROWEST)
