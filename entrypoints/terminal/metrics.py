"""Metrics: which there are, one with its groups, and the units behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.text import Text

from entrypoints.terminal.commitments import more
from entrypoints.terminal.console import (
    DIM,
    cell,
    fits,
    heading,
    lay,
    paragraph,
    quiet,
    with_bars,
)
from entrypoints.terminal.format import duration, instant, noun, number, place
from entrypoints.terminal.metric_tables import lay_rows
from entrypoints.terminal.metric_values import PAGE, columns_of
from entrypoints.terminal.table import TextTable
from entrypoints.terminal.unknown import unknown

if TYPE_CHECKING:
    from rich.console import Console

    from application.ask import answers

#: So many groups of a table are shown; of other kinds so many lines.
TABLES, LINES = 12, 200
#: How wide bars are where they fit, the widest first.
BARS = (30, 20, 10)


def render_metrics(answer: answers.Metrics, console: Console) -> None:
    """The registry, family by family: what each number asks."""
    family = None
    table = TextTable("metric", "kind", "within", "question", keep=("metric", "kind", "within"))
    heading(console, "Metrics", noun(len(answer["metrics"]), "number"))
    for one in answer["metrics"]:
        if one["family"] != family:
            family = one["family"]
            table.add_row(Text(family, "bold"), "", "", "")
        within = cell(one["within"]) if one["within"] else Text("")
        table.add_row(f"  {one['name']}", Text(one["kind"], DIM), within, one["question"])
    lay(console, table)
    quiet(console, "'./pledger metric NAME' answers one; --json has the whole definitions")


def render_metric(answer: answers.Metric, console: Console) -> None:
    """The value of a metric with its groups, and what one should know to read it."""
    _heading(answer, console)
    groups = answer.get("groups", [])
    if "unknown" in answer and not groups:
        _unknown(answer, console)
        return
    if answer["value"]["kind"] == "table":
        lay_rows(answer["value"], console)
        for group in groups[:TABLES]:
            console.print()
            paragraph(console, _named(group["key"]), "bold")
            lay_rows(group["value"], console)
        _rest(len(groups) - TABLES, console)
    else:
        _lines(answer, groups, console)
        _rest(len(groups) - LINES, console)
    _unknown(answer, console)
    _definition(answer, console)


def _unknown(answer: answers.Metric | answers.MetricUnits, console: Console) -> None:
    """What is asked for and is nowhere, if anything is."""
    if "unknown" in answer:
        console.print()
        unknown(answer, console, "unit")


def _heading(answer: answers.MetricHead, console: Console) -> None:
    start, end = answer["from"], answer["to"]
    window = [f"after {instant(start)}"] if start else []
    window += [f"up to {instant(end)}"] if end else []
    heading(
        console,
        answer["metric"],
        f"as of {instant(answer['as_of'])} UTC",
        f"known up to position {place(answer['known_at'])}",
        " ".join(window),
        f"within {answer['within']}" if answer["within"] else "",
    )


def _lines(answer: answers.Metric, groups: Sequence[answers.MetricGroup], console: Console) -> None:
    """One line for all units, then one for each group."""
    lay(console, with_bars(console, partial(_values, answer, groups), BARS))


def _values(answer: answers.Metric, groups: Sequence[answers.MetricGroup], bar: int) -> TextTable:
    columns = columns_of(answer["value"], answer["definition"], bar)
    keys = list(groups[0]["key"]) if groups else []
    table = TextTable(*keys, *columns.names, right=columns.right, keep=(*keys, *columns.names))
    whole = [Text("all", "bold") if not at else Text("") for at in range(len(keys))]
    table.add_row(*whole, *columns.cells(answer["value"]))
    for group in groups[:LINES]:
        named = [_key(value) for value in group["key"].values()]
        table.add_row(*named, *columns.cells(group["value"]))
    return table


def _key(value: object) -> Text:
    if value is None:
        return Text("(none)", DIM)
    return cell(str(value).lower() if isinstance(value, bool) else value)


def _named(key: Mapping[str, object]) -> Text:
    return Text(" · ").join(Text.assemble((f"{name} ", DIM), _key(key[name])) for name in key)


def _rest(more: int, console: Console) -> None:
    if more > 0:
        quiet(console, f"{number(more)} more groups: --json has all")


#: What of a definition stands beside a number, and under which word.
_BESIDE = (
    ("question", "asks"),
    ("of", "of"),
    ("counted", "counts"),
    ("left_out", "leaves out"),
    ("practice", "shows"),
    ("gamed_by", "is gamed by"),
    ("harmful_use", "is not for"),
    ("source", "comes from"),
)


def _definition(answer: answers.Metric | answers.MetricUnits, console: Console) -> None:
    """What the number is, how it lies, and which of its facts nobody reports."""
    _unreported(answer, console)
    table = TextTable("", " ", keep=("",), head=False)
    for name, word in _BESIDE:
        text = answer["definition"][name]
        if text:
            table.add_row(Text(word, DIM), Text(text, DIM))
    lay(console, table)


def _unreported(answer: answers.Metric | answers.MetricUnits, console: Console) -> None:
    if unreported := answer["unreported"]:
        said = f"nobody reports {' or '.join(unreported)}: the number may say nothing"
        console.print()
        paragraph(console, said, "yellow")


def render_units(answer: answers.MetricUnits, console: Console) -> None:
    """The units behind a metric: when, what, and what each adds to the number."""
    _heading(answer, console)
    units = answer["units"]
    if not units:
        if "unknown" not in answer:
            console.print()
            paragraph(console, "No unit fits.")
        _unknown(answer, console)
        _unreported(answer, console)
        return
    keys, own = _differing(units), [name for name in units[0] if name not in PAGE]
    one_line = _one_line_each(units, own, keys)
    if fits(console, one_line):
        lay(console, one_line)
    elif fits(console, _lines_each(units, own, ())):
        lay(console, _lines_each(units, own, keys))
    else:
        lay(console, _lines_each(units, (), (*own, *keys)))
    _unknown(answer, console)
    _unreported(answer, console)
    more(answer, console, noun(len(units), "unit"))


def _one_line_each(
    units: Sequence[Mapping[str, Any]], own: Sequence[str], keys: Sequence[str]
) -> TextTable:
    table = TextTable("at", "unit", *own, *keys)
    for unit in units:
        shown = [_own(name, unit[name]) for name in own]
        named = [_key(unit["key"][name]) for name in keys]
        table.add_row(cell(instant(unit["at"])), cell(unit["unit"]), *shown, *named)
    return table


def _lines_each(
    units: Sequence[Mapping[str, Any]], own: Sequence[str], below: Sequence[str]
) -> TextTable:
    """What is named in ``below`` stands under the id of each unit, but for keys that are null."""
    table = TextTable("at", *own, "unit", keep=("at", *own))
    for unit in units:
        said = [(name, unit[name] if name in unit else unit["key"][name]) for name in below]
        named = [
            Text(f"{name} ").append_text(_own(name, value))
            for name, value in said
            if name in unit or value is not None
        ]
        text = cell(unit["unit"])
        if named:
            text.append("\n").append_text(Text(" · ", DIM).join(named))
        shown = [_own(name, unit[name]) for name in own]
        table.add_row(cell(instant(unit["at"])), *shown, text)
    return table


def _differing(units: Sequence[Mapping[str, Any]]) -> list[str]:
    """The keys by which these units differ. The month can be seen from when they were."""
    return [
        name
        for name in units[0]["key"]
        if name != "month" and (len(units) == 1 or len({unit["key"][name] for unit in units}) > 1)
    ]


def _own(name: str, value: Any) -> Text:
    match name, value:
        case _, datetime():
            return cell(instant(value))
        case "counted", None:
            return Text("waits", DIM)
        case "counted", _:
            return Text("yes", "green") if value else Text("no")
        case "start" | "end", None:
            return Text("waits", DIM)
        case "seconds", _:
            return cell(duration(value, short=True))
    return _key(value)
