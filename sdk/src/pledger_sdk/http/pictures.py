"""Answers as notebooks show them: HTML with SVG in it, small, escaped, without scripts and without
anything from another host.

Text and lines take the colour of the page around them, and the three colours of marks can be told
from light paper and from dark. None says anything alone: what is drawn is written under it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any, NamedTuple

#: Of the drawing, in pixels.
_WIDTH, _LEFT, _ROW = 640, 150, 26
_GOOD, _BAD, _PLAIN = "#2a9d6f", "#d1495b", "#3f83c4"
_COLOURS = {"kept": _GOOD, "late": _BAD, "overdue": _BAD, "broken": _BAD}
#: Rows of a table that are shown.
_SHOWN = 20
_TEXT = 'fill="currentColor" font-size="12" font-family="sans-serif"'
_LINE = 'stroke="currentColor" stroke-opacity="0.35"'

#: What of a promise is on its axis, in words.
_DATES = (
    ("made_at", "made"),
    ("first_due_at", "first date"),
    ("agreed_due_at", "agreed date"),
    ("latest_due_at", "latest date"),
    ("honoured_at", "honoured"),
    ("released_at", "released"),
    ("abandoned_at", "abandoned"),
)


class Mark(NamedTuple):
    """A point in time, with what happened then."""

    at: datetime
    says: str


def of_commitment(promise: Any) -> str:
    """A promise on its axis of time, with its dates."""
    dated = [(getattr(promise, name), says) for name, says in _DATES]
    marks = sorted(
        (Mark(at, says) for at, says in dated if at is not None), key=lambda mark: mark.at
    )
    owner = promise.owner or "nobody"
    title = f"{promise.commitment_id}: {promise.about}, {promise.status}, owned by {owner}"
    colour = _COLOURS.get(promise.status, _PLAIN)
    lane = _lane(promise.about, marks, _axis([mark.at for mark in marks]), 0, colour)
    rows = [(str(number), mark.says, _instant(mark.at)) for number, mark in enumerate(marks, 1)]
    return _figure(title, _svg(title, 1, lane), _table(("", "", "when"), rows))


def of_journey(journey: Any) -> str:
    """A journey: a lane for each department, a mark for each fact."""
    axis = _axis([step.time for step in journey.steps])
    lanes = [
        _lane(
            department,
            [Mark(one.time, one.type) for one in journey.steps if one.department == department],
            axis,
            number,
            _PLAIN,
            numbered=False,
        )
        for number, department in enumerate(journey.departments)
    ]
    whole = {True: "kept whole", False: "not kept whole", None: "no promise is due"}
    title = (
        f"Journey of {len(journey.steps)} facts through {', '.join(journey.departments)}:"
        f" {whole[journey.kept_whole]}"
    )
    rows = [(_instant(step.time), step.department, step.type) for step in journey.steps]
    drawn = _svg(title, len(lanes), "".join(lanes))
    return _figure(title, drawn, _table(("when", "department", "what"), rows))


def of_metric(metric: Any) -> str:
    """A number and its groups: a share with its 95 % interval, anything else as its figures."""
    rows = [("all", metric.value)]
    rows += [(_key(group.key), group.value) for group in metric.groups]
    drawn = [rate for row in rows for rate in _rates(*row)]
    bars = "".join(_interval(number, *each) for number, each in enumerate(drawn))
    title = f"{metric.metric}: {metric.definition.get('question') or ''}"
    picture = _svg(title, len(drawn), bars) if drawn else ""
    table = _table(("", "value"), [(says, _figures(value)) for says, value in rows])
    notes = [f"As of {_instant(metric.as_of)}."]
    if metric.unreported:
        notes.append(f"Nobody reports {', '.join(metric.unreported)}, on which this rests.")
    if metric.definition.get("harmful_use"):
        notes.append(f"Not to be used as {metric.definition['harmful_use']}")
    return _figure(title, picture, table, notes)


# --- pieces --------------------------------------------------------------------------------------


def _figure(title: str, drawn: str, table: str, notes: Sequence[str] = ()) -> str:
    said = "".join(f'<p style="margin:4px 0;max-width:640px">{escape(each)}</p>' for each in notes)
    return (
        '<figure style="margin:0;color:inherit;background:transparent">'
        f'<figcaption style="font-weight:600">{escape(title)}</figcaption>'
        f"{drawn}{table}{said}</figure>"
    )


def _svg(title: str, rows: int, inner: str) -> str:
    height = rows * _ROW + 10
    return (
        f'<svg role="img" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
        f' style="max-width:{_WIDTH}px;width:100%;display:block">'
        f"<title>{escape(title)}</title>{inner}</svg>"
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    shown = "".join(f"<tr>{_cells(row)}</tr>" for row in rows[:_SHOWN])
    more = len(rows) - _SHOWN
    rest = f'<tr><td colspan="{len(head)}">and {more:,} more</td></tr>' if more > 0 else ""
    heads = "".join(f"<th>{escape(each)}</th>" for each in head)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{shown}{rest}</tbody></table>"


def _cells(row: Iterable[str]) -> str:
    return "".join(f'<td style="text-align:left">{escape(each)}</td>' for each in row)


def _axis(instants: Sequence[datetime]) -> tuple[float, float]:
    """From when to when, in seconds since 1970."""
    seconds = [each.timestamp() for each in instants] or [0.0]
    return min(seconds), max(seconds)


def _lane(
    says: str,
    marks: Sequence[Mark],
    axis: tuple[float, float],
    number: int,
    colour: str,
    *,
    numbered: bool = True,
) -> str:
    """A row with its name and its marks. Numbers that would lie on each other stand beside."""
    y = number * _ROW + 18
    drawn = [
        f'<text x="0" y="{y + 4}" {_TEXT}>{escape(_short(says))}</text>',
        f'<line x1="{_LEFT}" x2="{_WIDTH - 20}" y1="{y}" y2="{y}" {_LINE}/>',
    ]
    free = float(_LEFT)
    for order, mark in enumerate(marks, 1):
        x = _at(mark.at, axis)
        hint = escape(f"{mark.says}, {_instant(mark.at)}")
        drawn.append(
            f'<circle cx="{x:.1f}" cy="{y}" r="4" fill="{colour}"><title>{hint}</title></circle>'
        )
        if numbered:
            beside = max(x, free)
            free = beside + 14
            drawn.append(f'<text x="{beside - 3:.1f}" y="{y - 8}" {_TEXT}>{order}</text>')
    return "".join(drawn)


def _at(instant: datetime, axis: tuple[float, float]) -> float:
    begin, end = axis
    part = (instant.timestamp() - begin) / (end - begin) if end > begin else 0.0
    return _LEFT + 8 + part * (_WIDTH - _LEFT - 116)


def _interval(number: int, says: str, value: Mapping[str, Any]) -> str:
    """A rate as a mark between 0 and 100 %, with its interval as a line."""
    y = number * _ROW + 18
    span = _WIDTH - _LEFT - 80

    def x(rate: float) -> float:
        return _LEFT + rate * span

    drawn = [
        f'<text x="0" y="{y + 4}" {_TEXT}>{escape(_short(says))}</text>',
        f'<line x1="{_LEFT}" x2="{_LEFT + span}" y1="{y}" y2="{y}" {_LINE}/>',
    ]
    low, high = value.get("low"), value.get("high")
    if low is not None and high is not None:
        drawn.append(
            f'<line x1="{x(low):.1f}" x2="{x(high):.1f}" y1="{y}" y2="{y}" stroke="{_PLAIN}"'
            ' stroke-width="5" stroke-opacity="0.5"/>'
        )
    rate = value["rate"]
    drawn.append(f'<circle cx="{x(rate):.1f}" cy="{y}" r="5" fill="{_PLAIN}"/>')
    drawn.append(f'<text x="{_LEFT + span + 10}" y="{y + 4}" {_TEXT}>{rate:.1%}</text>')
    return "".join(drawn)


def _rates(says: str, value: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The rates that a value is, or is the difference of."""
    rate = value.get("rate")
    if isinstance(rate, int | float) and 0 <= rate <= 1:
        yield says, value
    for side in ("a", "b"):
        if isinstance(part := value.get(side), Mapping):
            yield from _rates(f"{says}, {side}", part)


def _figures(value: Mapping[str, Any]) -> str:
    """All figures of a value in a line."""
    return ", ".join(f"{name} {_figure_of(one)}" for name, one in value.items() if name != "kind")


def _figure_of(value: object) -> str:
    if isinstance(value, Mapping):
        return f"({_figures(value)})"
    if isinstance(value, list | tuple):
        return "; ".join(map(_figure_of, value)) or "none"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1 else f"{value:,.1f}"
    return "none" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def _key(key: Mapping[str, str | bool | None]) -> str:
    return ", ".join("none" if value is None else str(value) for value in key.values())


def _instant(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _short(text: str) -> str:
    return text if len(text) <= 22 else f"{text[:21]}…"
