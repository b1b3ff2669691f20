"""How tables look: as a matrix from whom to whom, a curve over time, bars, or rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.text import Text

from entrypoints.terminal.console import (
    DIM,
    STATUS_STYLES,
    cell,
    fits,
    lay,
    paragraph,
    with_bars,
)
from entrypoints.terminal.format import duration, interval, percent
from entrypoints.terminal.metric_values import figure
from entrypoints.terminal.money import amount
from entrypoints.terminal.table import TextTable

if TYPE_CHECKING:
    from rich.console import Console

Row = Mapping[str, Any]

#: How wide bars are where they fit, the widest first, and how many rows of a list are shown.
BARS, ROWS = (40, 30, 20, 10), 100
_FATES = {
    "honoured": STATUS_STYLES["kept"],
    "released": STATUS_STYLES["released"],
    "abandoned": STATUS_STYLES["broken"],
    "open": DIM,
}
_SIGNS = dict(zip(_FATES, "█▓▒░", strict=True))
#: Figures of a row that are shares.
_RATES = frozenset({"rate", "mean", *_FATES})


def lay_rows(value: Mapping[str, Any], console: Console) -> None:
    """The rows of a table, in the form that fits them, and what stands beside them."""
    rows: list[Row] = value["rows"]
    beside = [name for name in value if name not in ("kind", "rows")]
    if beside:
        console.print()
        said = (Text.assemble((f"{name} ", DIM), figure(value[name])) for name in beside)
        paragraph(console, Text(" · ").join(said))
    if not rows:
        console.print()
        paragraph(console, "Nothing to show.")
    elif {"days", "open"} <= rows[0].keys():
        lay(console, with_bars(console, partial(_curve, rows), BARS))
    elif {"from", "to"} <= rows[0].keys() and fits(console, drawn := _matrix(rows)):
        lay(console, drawn)
    elif rows[0].keys() & {"age", "day"}:
        lay(console, with_bars(console, partial(_histogram, rows), BARS))
    else:
        lay(console, _list(rows[:ROWS]))


def _curve(rows: Sequence[Row], width: int) -> TextTable:
    """What became of promises by then, as parts of a bar; a dash beyond what was watched."""
    table = TextTable("by day", "", *_FATES, right=("by day", *_FATES))
    for row in rows:
        bar, drawn = Text(), 0.0
        for fate, style in _FATES.items():
            if row[fate] is not None:
                upto = drawn + row[fate]
                bar.append(_SIGNS[fate] * (round(width * upto) - round(width * drawn)), style)
                drawn = upto
        table.add_row(str(row["days"]), bar, *(cell(percent(row[fate])) for fate in _FATES))
    return table


def _matrix(rows: Sequence[Row]) -> TextTable:
    """From whom, by line, to whom, by column: the rate where there is one, or else the count, with
    the median of the time between below it."""
    every = dict.fromkeys(row["to"] for row in rows)
    names = [_label(name).plain for name in every]
    table = TextTable("from \\ to", *names, right=names, keep=("from \\ to",))
    by_from: dict[str | None, dict[str | None, Row]] = {}
    for row in rows:
        by_from.setdefault(row["from"], {})[row["to"]] = row
    for start, found in by_from.items():
        table.add_row(_label(start), *(_met(found.get(name)) for name in every))
    return table


def _met(row: Row | None) -> Text:
    if row is None:
        return cell(None)
    if "rate" in row:
        return Text.assemble(percent(row["rate"]), (f" of {row['due']:,}", DIM))
    apart = f"\n{duration(row['median'], short=True)}" if "median" in row else ""
    return Text.assemble(f"{row['count']:,}", (apart, DIM))


def _histogram(rows: Sequence[Row], width: int) -> TextTable:
    """A bar a row, as long as its figures together."""
    label, *names = rows[0]
    most = max(sum(row[name] for name in names) for row in rows) or 1
    table = TextTable(label, "", *names, right=(label, *names))
    for row in rows:
        bar = Text()
        for name in names:
            bar.append("█" * round(width * row[name] / most), _FATES.get(name, "yellow"))
        table.add_row(str(row[label]), bar, *(figure(row[name]) for name in names))
    return table


def _list(rows: Sequence[Row]) -> TextTable:
    names = [name for name in rows[0] if name not in ("low", "high")]
    right = [name for name in names if not isinstance(rows[0][name], str | list | None)]
    bounds = ["95 %"] if "low" in rows[0] else []
    heads = {name: name.replace("_", " ") for name in names}
    whole = [heads[name] for name in names if not isinstance(rows[0][name], list)]
    table = TextTable(
        *heads.values(), *bounds, right=[heads[name] for name in right], keep=[*whole, *bounds]
    )
    for row in rows:
        shown = [_shown(name, row[name]) for name in names]
        if bounds:
            shown.append(Text(interval(row["low"], row["high"]), DIM))
        table.add_row(*shown)
    return table


def _shown(name: str, value: Any) -> Text:
    if value is None and name in (*_RATES, "median"):
        return cell(None)
    if isinstance(value, list):
        return cell(" · ".join(amount(one["amount_minor"], one["currency"]) for one in value))
    if isinstance(value, bool):
        return Text("yes", "yellow") if value else Text("no", DIM)
    if name == "median":
        return cell(duration(value, short=True))
    if isinstance(value, int | float):
        return Text(percent(value)) if name in _RATES else figure(value)
    return _label(value)


def _label(value: object) -> Text:
    return Text("(none)", DIM) if value is None else cell(value)
