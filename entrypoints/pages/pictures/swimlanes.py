"""Swimlanes: what happened when, in a lane for each department, on one time axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from entrypoints.pages.language import Language
from entrypoints.pages.pictures.axes import FOOT, GAP, time_axis
from entrypoints.pages.pictures.canvas import Box, Canvas, Cell, Picture, Table, widest
from entrypoints.pages.pictures.glyphs import ABOVE, LEADING, fitted
from entrypoints.pages.pictures.scales import TimeScale, span

LANE = 32.0

#: What a dot is: something about a promise, a customer who asks after one, or anything else.
Kind = Literal["promise", "chase", "other"]


@dataclass(frozen=True)
class Happening:
    """A fact in the lane of its department."""

    lane: str
    at: datetime
    kind: Kind
    text: str
    href: str | None = None


@dataclass(frozen=True)
class Silence:
    """A time in which the customer waited and heard nothing."""

    start: datetime
    end: datetime
    text: str


def swimlanes(
    name: str,
    title: str,
    happenings: Sequence[Happening],
    silences: Sequence[Silence],
    language: Language,
) -> Picture:
    """The happenings in lanes, in the order in which the lanes come up. Of dots that would lie on
    one spot one is drawn; the table has each."""
    table = _table(happenings, language)
    if len(happenings) < 2:
        said = language.say("swimlanes.too_few", count=len(happenings))
        return Picture(None, said, table)
    lanes = list(dict.fromkeys(one.lane for one in happenings))
    canvas = Canvas(LANE * len(lanes) + LEADING + FOOT)
    left = widest(lanes, 150) + 2 * GAP
    within = Box(left, LEADING, canvas.width, canvas.height - FOOT)
    ends = [at for one in silences for at in (one.start, one.end)]
    across = TimeScale(*span([*(one.at for one in happenings), *ends]), within.left, within.right)
    for silence in silences:
        shade = Box(across(silence.start), within.top, across(silence.end), within.bottom)
        canvas.rect(shade, "silence", silence.text)
        canvas.text((shade.left + shade.right) / 2, ABOVE, silence.text, "silence-name", "middle")
    time_axis(canvas, across, within, language)
    middles = {lane: within.top + LANE * (n + 0.5) for n, lane in enumerate(lanes)}
    for lane, y in middles.items():
        canvas.line(within.left, y, within.right, y, "lane")
        canvas.text(left - GAP, y + 4, fitted(lane, left - GAP), "label", "end")
    drawn: set[tuple[str, Kind, int]] = set()
    for one in happenings:
        x = across(one.at)
        if (spot := (one.lane, one.kind, round(x))) not in drawn:
            drawn.add(spot)
            tip = f"{language.instant(one.at)}: {one.text}"
            canvas.circle(x, middles[one.lane], 4, one.kind, tip, one.href)
    desc = language.say("swimlanes.desc")
    return Picture(canvas.svg(name, title, desc), title, table, (language.say("swimlanes.key"),))


def _table(happenings: Sequence[Happening], language: Language) -> Table:
    heads = ("time", "department", "what")
    cells = [
        (Cell(language.instant(one.at)), Cell(one.lane), Cell(one.text, href=one.href))
        for one in happenings
    ]
    return Table(tuple(language.say(f"column.{head}") for head in heads), tuple(cells))
