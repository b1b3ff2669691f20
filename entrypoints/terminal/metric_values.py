"""How the value of each kind but tables looks on a line: its columns, and what is in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from rich.text import Text

from entrypoints.terminal.console import DIM, cell, rate_cells
from entrypoints.terminal.format import NOTHING, duration, interval, number, percent, points
from entrypoints.terminal.money import amount

Value = Mapping[str, Any]

#: What every unit has; what else it has is its kind's.
PAGE = ("unit", "facts", "at", "key")


@dataclass(frozen=True)
class Columns:
    """The columns of a kind: their names, those aligned to the right, and the cells of a value."""

    names: Sequence[str]
    right: Sequence[str]
    cells: Callable[[Value], Sequence[Text]]


def columns_of(value: Value, definition: Mapping[str, str | None], bar: int) -> Columns:
    """The columns for values like this one, with bars of a width where it has any."""
    names: Sequence[str]
    match value["kind"]:
        case "share":
            left = [name for name in ("maturing", "waiting") if name in value]
            figures = ("rate", "counted", "of", *left)
            return Columns(("", "rate", "95 %", *figures[1:]), figures, partial(_share, bar, left))
        case "difference":
            names = ("a", "b", "a − b", "95 %")
            return Columns(names, names[:3], _difference)
        case "time":
            names = ("half after", "nine in ten after", "ended", "waiting", "longest waiting")
            return Columns(names, names, _time)
        case "spread":
            shown = partial(_measured, definition.get("measured_in"))
            names = ("median", "nine in ten up to", "largest", "mean", "units")
            return Columns(names, names, partial(_spread, shown))
        case "ratio":
            shown = partial(_measured, definition.get("measured_in"))
            return Columns(
                ("rate", "part", "whole"), ("rate", "part", "whole"), partial(_ratio, shown)
            )
        case "amount":
            left = [name for name in ("maturing",) if name in value]
            return Columns(("count", "amounts", *left), ("count", *left), partial(_amount, left))
    names = [name for name in value if name != "kind"]
    return Columns(names, names, lambda one: [figure(one[name]) for name in names])


def _share(bar: int, left: Sequence[str], value: Value) -> list[Text]:
    drawing, rate, bounds = rate_cells(value, bar, "nothing to count")
    counts = [Text(number(value[name])) for name in ("count", "of", *left)]
    return [drawing, rate, bounds, *counts]


def _difference(value: Value) -> list[Text]:
    a, b = (Text(percent(value[side]["rate"])) for side in ("a", "b"))
    low, high = value["low"], value["high"]
    return [a, b, Text(points(value["difference"]), "bold"), Text(interval(low, high), DIM)]


def _time(value: Value) -> list[Text]:
    times = [duration(value[name], short=True) for name in ("median", "p90")]
    counts = [number(value[name]) for name in ("ended", "waiting")]
    return [*map(Text, (*times, *counts, duration(value["longest_waiting"], short=True)))]


def _spread(shown: Callable[[float | None], str], value: Value) -> list[Text]:
    figures = [shown(value[name]) for name in ("median", "p90", "max", "mean")]
    return [*map(Text, (*figures, number(value["n"])))]


def _ratio(shown: Callable[[float | None], str], value: Value) -> list[Text]:
    parts = [Text(shown(value[name])) for name in ("part", "whole")]
    return [Text(percent(value["rate"]), "bold"), *parts]


def _amount(left: Sequence[str], value: Value) -> list[Text]:
    amounts = [amount(one["amount_minor"], one["currency"]) for one in value["amounts"]]
    counts = [Text(number(value[name])) for name in ("count", *left)]
    return [counts[0], cell(" · ".join(amounts) or NOTHING), *counts[1:]]


def _measured(unit: str | None, value: float | None) -> str:
    if unit == "seconds" and value is not None:
        return f"{'−' if value < 0 else ''}{duration(value, short=True)}"
    return figure(value).plain


def figure(value: Any) -> Text:
    """A number, with two digits behind the point where it is not whole."""
    if value is None:
        return cell(None)
    return Text(f"{value:,.2f}" if value % 1 else f"{value:,.0f}")
