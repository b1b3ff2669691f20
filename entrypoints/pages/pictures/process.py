"""The XmR chart of a series: its values, their natural limits, and which of them are signals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

from domain.measures.xmr import Chart, Limits, Rule, xmr
from entrypoints.pages.language import NOTHING, Language
from entrypoints.pages.pictures.axes import FOOT, GAP, axis_name, labels_below, value_axis
from entrypoints.pages.pictures.canvas import Box, Canvas, Cell, Picture, Table, widest
from entrypoints.pages.pictures.glyphs import ABOVE, LEADING
from entrypoints.pages.pictures.measures import Measure, Written
from entrypoints.pages.pictures.scales import Scale

HEIGHT = 225.0
#: So many stretches of time are named of each rule, the newest.
_NAMED = 4
#: So many values in a row on one side are a signal.
_EIGHT = 8


@dataclass(frozen=True)
class Point:
    """A value with the name of its time, what it is made of in words, and where that is listed."""

    label: str
    value: float
    of: str
    href: str | None = None


@dataclass(frozen=True)
class Series:
    """Values in the order of time, how they are written, and what they can be. ``breaks`` say
    before which of them something else was measured, and why. ``times`` are the names of all that
    lies along the axis, where not every time has a value."""

    what: str
    points: Sequence[Point]
    measure: Measure
    least: float | None = None
    greatest: float | None = None
    breaks: Mapping[int, str] | None = None
    times: Sequence[str] = ()


def process_chart(name: str, series: Series, language: Language) -> Picture:
    """The chart under a name that no other picture of its page has."""
    breaks = series.breaks or {}
    values = [point.value for point in series.points]
    chart = xmr(values, breaks, least=series.least, greatest=series.greatest)
    table = _table(series, chart, language)
    if len(values) < 2:
        said = language.say("xmr.too_few", count=len(values), what=series.what)
        return Picture(None, said, table)
    canvas = Canvas(HEIGHT)
    marks, low, high = _reach(series, chart)
    names = [language.say(f"xmr.{name}") for name in ("upper", "mean", "lower")]
    left = widest([text for _, text in marks]) + 2 * GAP
    within = Box(left, ABOVE + GAP + LEADING, canvas.width - widest(names) - 2 * GAP, HEIGHT - FOOT)
    height = Scale(low, high, within.bottom, within.top)
    axis_name(canvas, series.what, within)
    value_axis(canvas, height, marks, within)
    across = _draw_times(canvas, series, within)
    _draw_limits(canvas, chart, height, across, within, language)
    for at, why in breaks.items():
        x = (across[at - 1] + across[at]) / 2
        canvas.line(x, within.top, x, within.bottom, "break")
        canvas.text(x + GAP / 2, within.top, why)
    _draw_values(canvas, series, chart, height, across)
    title = _title(series, chart, language)
    notes = (*signal_sentences(series, chart, language), *_gaps(series, language))
    return Picture(canvas.svg(name, title, language.say("xmr.desc")), title, table, notes)


def _reach(series: Series, chart: Chart) -> tuple[list[tuple[float, str]], float, float]:
    """The marks of the axis of values, and between what it runs: all values and their limits."""
    found = [one.limits for one in chart.stretches if one.limits is not None]
    ends = [end for limits in found for end in (limits.low, limits.high)]
    ends += [point.value for point in series.points]
    low = -inf if series.least is None else series.least
    high = inf if series.greatest is None else series.greatest
    marks = [mark for mark in series.measure.marks(min(ends), max(ends)) if low <= mark[0] <= high]
    ends += [at for at, _ in marks]
    return marks, min(ends), max(ends)


def _draw_times(canvas: Canvas, series: Series, within: Box) -> list[float]:
    """The axis of time, and where along it each value lies."""
    names = series.times or [point.label for point in series.points]
    axis = Scale(0, len(names) - 1, within.left + GAP, within.right - GAP)
    labels_below(canvas, [(axis(n), name) for n, name in enumerate(names)], within)
    if not series.times:
        return [axis(n) for n in range(len(names))]
    at = {name: axis(n) for n, name in enumerate(names)}
    return [at[point.label] for point in series.points]


def _gaps(series: Series, language: Language) -> Iterator[str]:
    """That some times have no value, where that is so."""
    if count := len(series.times) - len(series.points) if series.times else 0:
        yield language.say("xmr.gaps", count=count)


def _draw_values(
    canvas: Canvas, series: Series, chart: Chart, height: Scale, across: Sequence[float]
) -> None:
    places = [(x, height(point.value)) for x, point in zip(across, series.points, strict=True)]
    for stretch in chart.stretches:
        canvas.path(places[stretch.start : stretch.end], "series")
    signals = {signal.index for signal in chart.signals}
    for n, (point, (x, y)) in enumerate(zip(series.points, places, strict=True)):
        tip = f"{point.label}: {series.measure.written(point.value)} ({point.of})"
        if n in signals:
            canvas.circle(x, y, 4, "signal", tip, point.href)
        else:
            canvas.circle(x, y, 3, "dot", tip, point.href)


def _draw_limits(
    canvas: Canvas,
    chart: Chart,
    height: Scale,
    across: Sequence[float],
    within: Box,
    language: Language,
) -> None:
    half = min(later - earlier for earlier, later in pairwise(across)) / 2
    for stretch in chart.stretches:
        if (found := stretch.limits) is None:
            continue
        left = max(within.left, across[stretch.start] - half)
        right = min(within.right, across[stretch.end - 1] + half)
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
    count = len(_runs(one.index for one in chart.signals))
    said = language.say(
        "xmr.title", what=series.what, last=last.label, value=series.measure.written(last.value)
    )
    if found is None:
        return said
    if not found.sigma:
        return f"{said} {language.say('xmr.still')}"
    between = language.say("xmr.between", **_bounds(found, series.measure.written))
    if not count:
        return " ".join([said, between, language.say("xmr.no_signals")])
    return " ".join([said, between, language.say("xmr.signals", count=count)])


def _bounds(found: Limits, written: Written) -> dict[str, str]:
    return {"low": written(found.low), "mean": written(found.mean), "high": written(found.high)}


def signal_sentences(series: Series, chart: Chart, language: Language) -> list[str]:
    """When something has changed, and by which rule: signals one after the other are one stretch of
    time, and of many stretches the newest are named."""
    by_rule: dict[Rule, list[int]] = {}
    for signal in chart.signals:
        by_rule.setdefault(signal.rule, []).append(signal.index)
    said = []
    for rule, at in by_rule.items():
        runs = _runs(at)
        # The first signal of a rule of eight is the last of the eight.
        before = _EIGHT - 1 if rule == "eight_on_a_side" else 0
        when = [_stretch(series, first - before, last, language) for first, last in runs[-_NAMED:]]
        name = language.say(f"xmr_rule.{rule}")
        if more := len(runs) - len(when):
            said.append(
                language.say("xmr.signal_more", rule=name, when=", ".join(when), count=more)
            )
        else:
            said.append(language.say("xmr.signal", rule=name, when=language.listed(when)))
    return said


def _runs(indices: Iterable[int]) -> list[tuple[int, int]]:
    """The first and the last of each run of indices that follow on each other."""
    runs: list[tuple[int, int]] = []
    for index in sorted(set(indices)):
        if runs and runs[-1][1] == index - 1:
            runs[-1] = (runs[-1][0], index)
        else:
            runs.append((index, index))
    return runs


def _stretch(series: Series, first: int, last: int, language: Language) -> str:
    start, end = series.points[first].label, series.points[last].label
    return start if first == last else language.say("xmr.stretch", start=start, end=end)


def _table(series: Series, chart: Chart, language: Language) -> Table:
    head = ("time", "value", "of", "lower", "mean", "upper", "signal")
    rules: dict[int, list[str]] = {}
    for signal in chart.signals:
        rules.setdefault(signal.index, []).append(language.say(f"xmr_rule.{signal.rule}"))
    rows = []
    for stretch in chart.stretches:
        found = stretch.limits
        bounds = dict.fromkeys(("low", "mean", "high"), NOTHING)
        if found is not None:
            bounds = _bounds(found, series.measure.written)
        for n, point in enumerate(series.points[stretch.start : stretch.end], stretch.start):
            value = Cell(series.measure.written(point.value), figure=True, href=point.href)
            limits = [Cell(bounds[key], figure=True) for key in ("low", "mean", "high")]
            said = Cell(", ".join(rules.get(n, ())))
            rows.append((Cell(point.label), value, Cell(point.of), *limits, said))
    return Table(tuple(language.say(f"column.{name}") for name in head), tuple(rows))
