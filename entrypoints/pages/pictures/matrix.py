"""A matrix: how much goes from whom to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from entrypoints.pages.language import NOTHING, Language
from entrypoints.pages.pictures.axes import GAP
from entrypoints.pages.pictures.canvas import Box, Canvas, Cell, Picture, Table, widest
from entrypoints.pages.pictures.glyphs import ABOVE, LEADING, fitted, width

ROW = 26.0
#: So many shades of the one colour there are, from the stylesheet's ``shade-1`` on.
SHADES = 5


@dataclass(frozen=True)
class Entry:
    """What goes from one to another: ``weight`` (from 0) gives the shade, ``text`` is written, and
    ``more`` stands beside it in the table."""

    start: str | None
    end: str | None
    weight: float
    text: str
    more: tuple[str, ...] = ()


def matrix(
    name: str, title: str, entries: Sequence[Entry], columns: Sequence[str], language: Language
) -> Picture:
    """A row for each that something comes from, a column for each that it goes to. ``columns`` are
    the heads of the table; the first two name the sides of the matrix."""
    table = _table(entries, columns)
    if not entries:
        return Picture(None, language.say("picture.nothing"), table)
    starts = sorted({one.start for one in entries}, key=_last)
    ends = sorted({one.end for one in entries}, key=_last)
    side, head = f"{columns[0]} ↓", f"{columns[1]} →"
    top = LEADING * (4 if len(ends) > 1 else 3)
    canvas = Canvas(ROW * len(starts) + top)
    left = widest([side, *map(_named, starts)], 150) + 2 * GAP
    wide = (canvas.width - left) / len(ends)
    canvas.text(left, ABOVE, head, "axis-name")
    canvas.text(left - GAP, top - GAP, fitted(side, left - GAP), "axis-name", "end")
    for n, end in enumerate(ends):
        # Names in turn on two lines, so that they have twice the room.
        y = top - LEADING * (2 - n % 2 if len(ends) > 1 else 1) + ABOVE - GAP / 2
        canvas.text(
            left + (n + 0.5) * wide, y, fitted(_named(end), 2 * wide - GAP), "label", "middle"
        )
    for n, start in enumerate(starts):
        y = top + ROW * (n + 0.5) + 4
        canvas.text(left - GAP, y, fitted(_named(start), left - GAP), "label", "end")
    most = max(one.weight for one in entries)
    for one in entries:
        x, y = left + ends.index(one.end) * wide, top + ROW * starts.index(one.start)
        shade = 1 + min(SHADES - 1, int(SHADES * one.weight / most)) if most else 1
        cell = Box(x + 1, y + 1, x + wide - 1, y + ROW - 1)
        canvas.rect(cell, f"shade-{shade}", f"{_named(one.start)} → {_named(one.end)}: {one.text}")
        if width(one.text) < wide:
            kind = "on-dark" if shade > SHADES - 2 else "figure"
            canvas.text(x + wide / 2, y + ROW / 2 + 4, one.text, kind, "middle")
    return Picture(canvas.svg(name, title, language.say("matrix.desc")), title, table)


def _table(entries: Sequence[Entry], columns: Sequence[str]) -> Table:
    rows = [
        (
            Cell(_named(one.start)),
            Cell(_named(one.end)),
            Cell(one.text, figure=True),
            *(Cell(text, figure=True) for text in one.more),
        )
        for one in entries
    ]
    return Table(tuple(columns), tuple(rows))


def _named(one: str | None) -> str:
    return NOTHING if one is None else one


def _last(one: str | None) -> tuple[bool, str]:
    return one is None, one or ""
