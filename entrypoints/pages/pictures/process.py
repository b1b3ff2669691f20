"""The XmR chart of a series: its values, their natural limits, and which of them are signals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from domain.measures.xmr import Chart, Limits, Rule, xmr
from entrypoints.pages.language import Language
from entrypoints.pages.pictures.axes import FOOT, GAP, Written, labels_below, value_axis
from entrypoints.pages.pictures.canvas import Box, Canvas, Cell, Picture, Table, widest
from entrypoints.pages.pictures.glyphs import ABOVE
from entrypoints.pages.pictures.scales import Scale, ticks

HEIGHT = 210.0


@dataclass(frozen=True)
class Point:
    """A value with the name of its time, what it is made of in words, and where that is listed."""

    label: str
    value: float
    of: str
    href: str | None = None


@dataclass(frozen=True)
class Series:
    """Values in the order of time, how they are written (``marked``: along the axis), and what they
    can be. ``breaks`` say before which of them something else was measured, and why."""

    what: str
    points: Sequence[Point]
    written: Written
    marked: Written
    least: float | None = None
    greatest: float | None = None
    breaks: Mapping[int, str] | None = None


def process_chart(name: str, series: Series, language: Language) -> Picture:
    """The chart under a name that no other picture of its page has."""
    breaks = series.breaks or {}
    values = [point.value for point in series.points]
    chart = xmr(values, breaks, least=series.least, greatest=series.greatest)
    table = _table(series, chart, language)
    if len(values) < 2:
        said = language.say("xmr.too_few", count=len(values), what=series.what)
        return Picture(None, said, table)
    bounds = [
        end for one in chart.stretches if one.limits for end in (one.limits.low, one.limits.high)
    ]
    marks = ticks(min(chain(values, bounds)), max(chain(values, bounds)), 5)
    marks = [
        at
        for at in marks
        if (series.least is None or at >= series.least)
        and (series.greatest is None or at <= series.greatest)
    ]
    canvas = Canvas(HEIGHT)
    left = widest([series.marked(at) for at in marks]) + 2 * GAP
    right = canvas.width - widest([language.say(f"xmr.{n}") for n in ("upper", "mean", "lower")])
    within = Box(left, ABOVE + GAP, right - 2 * GAP, HEIGHT - FOOT)
    low = min(*values, *bounds, marks[0])
    height = Scale(low, max(*values, *bounds, marks[-1]), within.bottom, within.top)
    across = Scale(0, len(values) - 1, within.left + GAP, within.right - GAP)
    value_axis(canvas, height, marks, within, series.marked)
    places = [(across(n), point.label) for n, point in enumerate(series.points)]
    labels_below(canvas, places, within)
    _draw_limits(canvas, chart, height, across, within, language)
    for at, why in breaks.items():
        x = (across(at - 1) + across(at)) / 2
        canvas.line(x, within.top, x, within.bottom, "break")
        canvas.text(x + GAP / 2, within.top, why)
    signals = {signal.index for signal in chart.signals}
    for stretch in chart.stretches:
        part = range(stretch.start, stretch.end)
        canvas.path([(across(n), height(values[n])) for n in part], "series")
    for n, point in enumerate(series.points):
        kind = "signal" if n in signals else "dot"
        tip = f"{point.label}: {series.written(point.value)} ({point.of})"
        canvas.circle(across(n), height(point.value), 4 if n in signals else 3, kind, tip)
    title = _title(series, chart, language)
    notes = tuple(signal_sentences(series, chart, language))
    return Picture(canvas.svg(name, title, language.say("xmr.desc")), title, table, notes)


def _draw_limits(
    canvas: Canvas, chart: Chart, height: Scale, across: Scale, within: Box, language: Language
) -> None:
    half = (across(1) - across(0)) / 2
    for stretch in chart.stretches:
        if (found := stretch.limits) is None:
            continue
        left = max(within.left, across(stretch.start) - half)
        right = min(within.right, across(stretch.end - 1) + half)
        for value, kind in ((found.low, "limit"), (found.mean, "mean"), (found.high, "limit")):
            canvas.line(left, height(value), right, height(value), kind)
    if (found := chart.stretches[-1].limits) is not None:
        ends = ((found.mean, "mean"), (found.high, "upper"), (found.low, "lower"))
        for value, which in ends:
            canvas.text(
                within.right + GAP, height(value) + 4, language.say(f"xmr.{which}"), "limit-name"
            )


def _title(series: Series, chart: Chart, language: Language) -> str:
    last = series.points[-1]
    found = chart.stretches[-1].limits
    count = len({one.index for one in chart.signals})
    said = language.say(
        "xmr.title", what=series.what, last=last.label, value=series.written(last.value)
    )
    if found is None:
        return said
    between = language.say("xmr.between", **_bounds(found, series.written))
    return " ".join([said, between, language.say("xmr.signals", count=count)])


def _bounds(found: Limits, written: Written) -> dict[str, str]:
    return {"low": written(found.low), "mean": written(found.mean), "high": written(found.high)}


def signal_sentences(series: Series, chart: Chart, language: Language) -> list[str]:
    """Which values say that something has changed, and by which rule."""
    by_rule: dict[Rule, list[str]] = {}
    for signal in chart.signals:
        by_rule.setdefault(signal.rule, []).append(series.points[signal.index].label)
    return [
        language.say(
            "xmr.signal", rule=language.say(f"xmr_rule.{rule}"), when=language.listed(when)
        )
        for rule, when in by_rule.items()
    ]


def _table(series: Series, chart: Chart, language: Language) -> Table:
    head = ("time", "value", "of", "lower", "mean", "upper", "signal")
    rules: dict[int, list[str]] = {}
    for signal in chart.signals:
        rules.setdefault(signal.index, []).append(language.say(f"xmr_rule.{signal.rule}"))
    rows = []
    for stretch in chart.stretches:
        found = stretch.limits
        bounds = (
            _bounds(found, series.written) if found else dict.fromkeys(("low", "mean", "high"), "–")
        )
        for n, point in enumerate(series.points[stretch.start : stretch.end], stretch.start):
            value = Cell(series.written(point.value), figure=True, href=point.href)
            limits = [Cell(bounds[key], figure=True) for key in ("low", "mean", "high")]
            said = Cell(", ".join(rules.get(n, ())))
            rows.append((Cell(point.label), value, Cell(point.of), *limits, said))
    return Table(tuple(language.say(f"column.{name}") for name in head), tuple(rows))
