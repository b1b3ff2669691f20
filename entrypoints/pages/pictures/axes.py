"""The axes of pictures: lines, marks and labels, which never lie on each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from entrypoints.pages.language import Language
from entrypoints.pages.pictures.canvas import Box, Canvas
from entrypoints.pages.pictures.glyphs import ABOVE, BELOW, width
from entrypoints.pages.pictures.scales import TimeScale, time_ticks

#: Between an axis and its labels, and between two labels.
GAP = 6.0
#: What the labels under an axis take.
FOOT = 24.0

#: From a number to its place.
Placed = Callable[[float], float]
#: Numbers along an axis, and how each is written there.
Marks = Sequence[tuple[float, str]]


def axis_name(canvas: Canvas, text: str, within: Box) -> None:
    """What is counted along an axis of values, over its left end."""
    canvas.text(0, within.top - GAP - ABOVE / 2, text, "axis-name")


def foot_name(canvas: Canvas, text: str, within: Box) -> None:
    """What lies along the axis at the foot, under its left end: a narrow window begins there."""
    canvas.text(within.left, canvas.height - BELOW, text, "axis-name")


def value_axis(canvas: Canvas, scale: Placed, marks: Marks, within: Box) -> None:
    """Lines across, at numbers that are written at their left."""
    for value, text in marks:
        y = scale(value)
        canvas.line(within.left, y, within.right, y, "grid")
        canvas.text(within.left - GAP, y + ABOVE / 2 - 1, text, "tick", "end")


def foot_axis(canvas: Canvas, scale: Placed, marks: Marks, within: Box) -> None:
    """Lines upwards, at numbers that are written under them."""
    for value, text in marks:
        x = scale(value)
        canvas.line(x, within.top, x, within.bottom, "grid")
        canvas.text(x, within.bottom + FOOT - GAP, text, "tick", "middle")


def labels_below(
    canvas: Canvas, places: Sequence[tuple[float, str]], within: Box, *, room: float = GAP
) -> None:
    """Labels under an axis, as many of them as do not touch: every one, or every second, …."""
    if not places:
        return
    widest = max(width(text) for _, text in places) + room
    apart = (places[-1][0] - places[0][0]) / max(1, len(places) - 1)
    every = 1 if len(places) < 2 else max(1, -int(-widest // max(apart, 0.1)))
    for x, text in places[::every]:
        canvas.line(x, within.bottom, x, within.bottom + 3, "axis")
        canvas.text(x, within.bottom + FOOT - GAP, text, "tick", "middle")


def time_axis(canvas: Canvas, scale: TimeScale, within: Box, language: Language) -> None:
    """Lines upwards where hours, days, months or years begin, with their names under them."""
    canvas.line(within.left, within.bottom, within.right, within.bottom, "axis")
    for at, unit in time_ticks(scale.first, scale.last):
        x = scale(at)
        canvas.line(x, within.top, x, within.bottom, "grid")
        canvas.text(x, within.bottom + FOOT - GAP, _named(at, unit, language), "tick", "middle")


def _named(at: datetime, unit: str, language: Language) -> str:
    match unit:
        case "hour":
            return language.clock(at) if at.hour else language.short_day(at)
        case "day":
            return language.short_day(at)
        case "month":
            return language.month(f"{at.year}-{at.month}")
    return str(at.year)
