"""A survival curve: which part still waits after how long."""

from __future__ import annotations

from collections.abc import Sequence

from entrypoints.pages.language import Language
from entrypoints.pages.pictures.axes import FOOT, GAP, axis_name, foot_axis, foot_name, value_axis
from entrypoints.pages.pictures.canvas import Box, Canvas, Cell, Picture, Table, widest
from entrypoints.pages.pictures.glyphs import ABOVE, LEADING
from entrypoints.pages.pictures.measures import durations
from entrypoints.pages.pictures.scales import Scale

HEIGHT = 245.0


def survival_curve(
    name: str, title: str, steps: Sequence[tuple[float, float]], language: Language
) -> Picture:
    """The curve from 1 down: after each duration, in seconds and growing, the part in [0, 1] that
    still waits."""
    table = _table(steps, language)
    if not steps or steps[-1][0] <= 0:
        return Picture(None, language.say("survival.nothing"), table)
    canvas = Canvas(HEIGHT)
    parts = [(part, language.whole_percent(part)) for part in (0.0, 0.25, 0.5, 0.75, 1.0)]
    left = widest([text for _, text in parts]) + 2 * GAP
    within = Box(left, ABOVE + GAP + LEADING, canvas.width - 4 * GAP, HEIGHT - FOOT - LEADING)
    marks = durations(language).marks(0, steps[-1][0])
    height = Scale(0, 1, within.bottom, within.top)
    across = Scale(0, marks[-1][0], within.left, within.right)
    axis_name(canvas, language.say("survival.waiting"), within)
    value_axis(canvas, height, parts, within)
    foot_axis(canvas, across, marks, within)
    foot_name(canvas, language.say("survival.after"), within)
    places, part = [(across(0), height(1))], 1.0
    for seconds, left_over in steps:
        places += [
            (across(seconds), height(part)),
            (across(seconds), height(left_over)),
        ]
        part = left_over
    canvas.path(places, "series")
    return Picture(canvas.svg(name, title, language.say("survival.desc")), title, table)


def _table(steps: Sequence[tuple[float, float]], language: Language) -> Table:
    rows = [
        (Cell(language.duration(seconds)), Cell(language.percent(part), figure=True))
        for seconds, part in steps
    ]
    return Table((language.say("column.after"), language.say("column.waiting")), tuple(rows))
