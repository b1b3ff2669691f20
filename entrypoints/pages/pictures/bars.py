"""Bars that lie beside their names, each with its number and, where it has one, its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from entrypoints.pages.language import Language
from entrypoints.pages.pictures.axes import FOOT, GAP, foot_axis, foot_name
from entrypoints.pages.pictures.canvas import Box, Canvas, Cell, Picture, Table, widest
from entrypoints.pages.pictures.glyphs import ABOVE, LEADING, fitted
from entrypoints.pages.pictures.measures import Measure
from entrypoints.pages.pictures.scales import Scale

ROW = 24.0


@dataclass(frozen=True)
class Bar:
    """One bar; without a ``value`` there is none, only its name. ``text`` is its value in words,
    and ``more`` what stands beside it in the table."""

    label: str
    value: float | None
    text: str
    low: float | None = None
    high: float | None = None
    more: tuple[str, ...] = ()
    href: str | None = None


def bars(
    name: str,
    title: str,
    rows: Sequence[Bar],
    columns: Sequence[str],
    measure: Measure,
    language: Language,
    *,
    greatest: float | None = None,
) -> Picture:
    """Bars from 0 on; where a value is below, there is the table alone. ``columns`` are the heads
    of the table: name, value, and what is more; that of the value names the axis; and ``greatest``
    is what the axis goes up to, if not to the longest bar."""
    table = _table(rows, columns)
    found = [end for row in rows for end in (row.value, row.high) if end is not None]
    if not any(found):
        said = language.say("picture.all_nought") if found else language.say("picture.nothing")
        return Picture(None, said, table)
    if min(found) < 0:
        return Picture(None, title, table)
    marks = measure.marks(0, max(found) if greatest is None else greatest)
    canvas = Canvas(ROW * len(rows) + FOOT + GAP + LEADING)
    left = widest([row.label for row in rows], 260) + 2 * GAP
    texts = widest([row.text for row in rows])
    within = Box(left, GAP, canvas.width - texts - 3 * GAP, canvas.height - FOOT - LEADING)
    across = Scale(0, marks[-1][0], within.left, within.right)
    foot_axis(canvas, across, marks, within)
    foot_name(canvas, columns[1], within)
    for n, row in enumerate(rows):
        middle = within.top + ROW * (n + 0.5)
        base = middle + ABOVE / 2 - 1
        canvas.text(left - GAP, base, fitted(row.label, left - 2 * GAP), "label", "end")
        canvas.text(canvas.width, base, row.text, "figure", "end")
        if row.value is not None:
            bar = Box(within.left, middle - 7, across(row.value), middle + 7)
            canvas.rect(bar, "bar", f"{row.label}: {row.text}", row.href)
            _draw_interval(canvas, row, across, middle)
    desc = "bars.desc_interval" if any(row.low is not None for row in rows) else "bars.desc"
    return Picture(canvas.svg(name, title, language.say(desc)), title, table)


def _draw_interval(canvas: Canvas, row: Bar, across: Scale, middle: float) -> None:
    if row.low is not None and row.high is not None:
        low, high = across(row.low), across(row.high)
        canvas.line(low, middle, high, middle, "interval")
        for x in (low, high):
            canvas.line(x, middle - 4, x, middle + 4, "interval")


def _table(rows: Sequence[Bar], columns: Sequence[str]) -> Table:
    cells = [
        (
            Cell(row.label),
            Cell(row.text, figure=True, href=row.href),
            *(Cell(text, figure=True) for text in row.more),
        )
        for row in rows
    ]
    return Table(tuple(columns), tuple(cells))
