"""Strips of columns over one axis, one a kind; of one kind, a histogram."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from entrypoints.pages.language import Language
from entrypoints.pages.pictures.axes import FOOT, GAP, foot_name, labels_below
from entrypoints.pages.pictures.canvas import Box, Canvas, Cell, Picture, Table, widest
from entrypoints.pages.pictures.glyphs import ABOVE, LEADING, fitted, width
from entrypoints.pages.pictures.scales import Scale

STRIP = 64.0


@dataclass(frozen=True)
class Strip:
    """How many of a kind there are in each bin."""

    label: str
    counts: tuple[int, ...]


def strips(
    name: str,
    title: str,
    bins: Sequence[str],
    kinds: Sequence[Strip],
    column: str,
    language: Language,
    *,
    line_after: int | None = None,
    axis: str | None = None,
) -> Picture:
    """A strip a kind, each to a scale of its own, since what is rare may tell more than what is
    not, over the names of the bins; a line stands behind the bin ``line_after``. ``column`` is what
    bins are called in the table, and in the picture too without an ``axis`` that says more."""
    table = _table(bins, kinds, column, language)
    if not any(count for kind in kinds for count in kind.counts):
        return Picture(None, language.say("picture.all_nought"), table)
    canvas = Canvas(STRIP * len(kinds) + FOOT + LEADING)
    left = widest([kind.label for kind in kinds], 170) + 2 * GAP
    within = Box(left, 0, canvas.width, canvas.height - FOOT - LEADING)
    wide = (within.right - within.left) / len(bins)
    for n, kind in enumerate(kinds):
        ground = STRIP * (n + 1)
        canvas.line(within.left, ground, within.right, ground, "axis")
        label = fitted(kind.label, left - 2 * GAP)
        canvas.text(left - GAP, ground - ABOVE, label, "label", "end")
        height = Scale(0, max(kind.counts) or 1, ground, ground - STRIP + ABOVE + 3 * GAP / 2)
        for at, count in enumerate(kind.counts):
            if count:
                x, text = within.left + at * wide, language.number(count)
                bar = Box(x + wide * 0.1, height(count), x + wide * 0.9, ground)
                canvas.rect(bar, "bar", f"{kind.label}, {bins[at]}: {text}")
                if width(text) <= wide:
                    canvas.text(x + wide / 2, height(count) - 3, text, "figure", "middle")
    if line_after is not None:
        x = within.left + (line_after + 1) * wide
        canvas.line(x, within.top, x, within.bottom, "break")
    places = [(within.left + (n + 0.5) * wide, label) for n, label in enumerate(bins)]
    labels_below(canvas, places, within)
    foot_name(canvas, axis or column, within)
    notes = (language.say("strips.scales"),) if len(kinds) > 1 else ()
    return Picture(canvas.svg(name, title, language.say("strips.desc")), title, table, notes)


def _table(bins: Sequence[str], kinds: Sequence[Strip], column: str, language: Language) -> Table:
    rows = [
        (Cell(label), *(Cell(language.number(kind.counts[n]), figure=True) for kind in kinds))
        for n, label in enumerate(bins)
    ]
    return Table((column, *(kind.label for kind in kinds)), tuple(rows))
