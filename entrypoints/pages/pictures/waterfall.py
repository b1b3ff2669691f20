"""The waterfall: how what there was became what there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from entrypoints.pages.language import Language
from entrypoints.pages.pictures.axes import FOOT, GAP, axis_name, value_axis
from entrypoints.pages.pictures.canvas import Box, Canvas, Cell, Picture, Table, widest
from entrypoints.pages.pictures.glyphs import ABOVE, LEADING, fitted
from entrypoints.pages.pictures.measures import numbers
from entrypoints.pages.pictures.scales import Scale

HEIGHT = 245.0


@dataclass(frozen=True)
class Step:
    """A column: a ``total`` stands on the ground, another one takes on where the one before it
    ended, upwards or downwards by its value."""

    label: str
    value: int
    total: bool = False
    href: str | None = None


def waterfall(
    name: str, title: str, steps: Sequence[Step], columns: tuple[str, str], language: Language
) -> Picture:
    """The steps from left to right, each with its number."""
    rows = [
        (Cell(step.label), Cell(language.number(step.value), figure=True, href=step.href))
        for step in steps
    ]
    table = Table(columns, tuple(rows))
    if not any(step.value for step in steps):
        return Picture(None, language.say("picture.all_nought"), table)
    spans = _spans(steps)
    lowest, highest = min(0, *map(min, spans)), max(map(max, spans))
    marks = numbers(language, whole=True).marks(lowest, highest)
    canvas = Canvas(HEIGHT)
    left = widest([text for _, text in marks]) + 2 * GAP
    within = Box(left, 2 * ABOVE + LEADING, canvas.width, HEIGHT - FOOT)
    height = Scale(marks[0][0], marks[-1][0], within.bottom, within.top)
    axis_name(canvas, columns[1], within)
    value_axis(canvas, height, marks, within)
    wide = (within.right - within.left) / len(steps)
    for n, (step, (start, end)) in enumerate(zip(steps, spans, strict=True)):
        x = within.left + n * wide
        top, bottom = sorted((height(start), height(end)))
        kind = "total" if step.total else "plus" if step.value >= 0 else "minus"
        bar = Box(x + wide * 0.15, top, x + wide * 0.85, bottom)
        canvas.rect(bar, kind, f"{step.label}: {language.number(step.value)}")
        sign = "+" if step.value > 0 and not step.total else ""
        middle = x + wide / 2
        canvas.text(middle, top - 4, sign + language.number(step.value), "figure", "middle")
        canvas.text(middle, HEIGHT - GAP, fitted(step.label, wide), "tick", "middle")
    for n, ((_, end), _) in enumerate(pairwise(spans)):
        x = within.left + n * wide
        canvas.line(x + wide * 0.85, height(end), x + wide * 1.15, height(end), "link")
    return Picture(canvas.svg(name, title, language.say("waterfall.desc")), title, table)


def _spans(steps: Sequence[Step]) -> list[tuple[int, int]]:
    """From where to where each column goes."""
    spans, level = [], 0
    for step in steps:
        start = 0 if step.total else level
        level = start + step.value
        spans.append((start, level))
    return spans
