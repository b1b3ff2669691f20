"""Promises as bars over time: from when each was made to when it ended, with the date agreed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from entrypoints.pages.language import NOTHING, Language
from entrypoints.pages.pictures.axes import FOOT, GAP, time_axis
from entrypoints.pages.pictures.canvas import Box, Canvas, Cell, Picture, Table, widest
from entrypoints.pages.pictures.glyphs import ABOVE, fitted
from entrypoints.pages.pictures.scales import TimeScale, span

ROW = 26.0


@dataclass(frozen=True)
class Lifeline:
    """A promise: made at an instant, ended at another or still open (None), its agreed date or
    none, and when somebody asked after it. ``status`` is its status, a word of the ledger's."""

    label: str
    status: str
    made_at: datetime
    ended_at: datetime | None
    due_at: datetime | None
    chased_at: tuple[datetime, ...] = ()
    href: str | None = None


def lifelines(
    name: str, title: str, rows: Sequence[Lifeline], as_of: datetime, language: Language
) -> Picture:
    """The bars in the order given; those still open go up to ``as_of``."""
    table = _table(rows, language)
    if not rows:
        return Picture(None, language.say("picture.no_promises"), table)
    canvas = Canvas(ROW * len(rows) + FOOT + GAP)
    left = widest([row.label for row in rows], 230) + 2 * GAP
    right = widest([_status(row, language) for row in rows], 120) + 2 * GAP
    instants = [at for row in rows for at in (row.made_at, row.due_at, _end(row, as_of)) if at]
    within = Box(left, GAP, canvas.width - right, canvas.height - FOOT)
    across = TimeScale(*span(instants), within.left, within.right)
    time_axis(canvas, across, within, language)
    for n, row in enumerate(rows):
        middle = within.top + ROW * (n + 0.5)
        base = middle + ABOVE / 2 - 1
        canvas.text(left - GAP, base, fitted(row.label, left - GAP), "label", "end")
        canvas.text(within.right + GAP, base, fitted(_status(row, language), right - GAP))
        start, end = across(row.made_at), across(_end(row, as_of))
        bar = Box(min(start, end), middle - 5, max(start, end), middle + 5)
        canvas.rect(bar, f"life {row.status}", _tip(row, language), row.href)
        if row.due_at is not None:
            x = across(row.due_at)
            canvas.line(x, middle - 9, x, middle + 9, "due")
        for at in row.chased_at:
            canvas.circle(across(at), middle, 3, "chase", language.instant(at))
    desc = language.say("lifelines.desc")
    return Picture(canvas.svg(name, title, desc), title, table, (language.say("lifelines.key"),))


def _end(row: Lifeline, as_of: datetime) -> datetime:
    return row.ended_at or as_of


def _status(row: Lifeline, language: Language) -> str:
    return language.say(f"status.{row.status}")


def _tip(row: Lifeline, language: Language) -> str:
    ended = language.day(row.ended_at) if row.ended_at else language.say("lifelines.open")
    return f"{row.label}: {language.day(row.made_at)} → {ended}, {_status(row, language)}"


def _table(rows: Sequence[Lifeline], language: Language) -> Table:
    heads = ("promise", "status", "made", "agreed", "ended", "chases")
    cells = [
        (
            Cell(row.label, href=row.href),
            Cell(_status(row, language)),
            Cell(language.instant(row.made_at)),
            Cell(language.instant(row.due_at)),
            Cell(language.instant(row.ended_at) if row.ended_at else NOTHING),
            Cell(language.number(len(row.chased_at)), figure=True),
        )
        for row in rows
    ]
    return Table(tuple(language.say(f"column.{head}") for head in heads), tuple(cells))
