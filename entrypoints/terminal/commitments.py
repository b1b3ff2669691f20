"""One promise with its whole history, lists of promises, and the worklist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from domain.refs import department_of
from entrypoints.terminal.console import (
    CELL_WIDTH,
    DIM,
    INDENT,
    Answer,
    cell,
    fits,
    flow,
    heading,
    lay,
    lay_grid,
    paragraph,
    quiet,
    status,
)
from entrypoints.terminal.details import details
from entrypoints.terminal.format import apart, duration, instant, noun, of_type, plain, short
from entrypoints.terminal.renderers import SHOWN
from entrypoints.terminal.table import TextTable
from entrypoints.terminal.unknown import unknown

if TYPE_CHECKING:
    from rich.console import Console

    from application.ask import answers
    from domain.clocks import Awaited

_INSTANTS = (
    ("made", "made_at"),
    ("not before", "earliest_at"),
    ("first due", "first_due_at"),
    ("agreed due", "agreed_due_at"),
    ("latest due", "latest_due_at"),
    ("honoured", "honoured_at"),
    ("released", "released_at"),
    ("abandoned", "abandoned_at"),
)
#: A cursor holds an id, and an id may be as long as a fact.
_CURSOR = 400
_AWAITED: Mapping[Awaited, str] = {
    "customer": "the customer",
    "third_party": "a third party",
    "company": "the company",
    "other": "another reason",
}
_ENDS = ("honoured_at", "released_at", "abandoned_at")


def render_commitment(answer: answers.Commitment, console: Console) -> None:
    """One promise: what it is, its dates, and its history."""
    title = Text("Promise ", "bold").append(_name(answer["commitment_id"])).append("  ")
    console.print(title.append_text(status(answer["status"])))
    paragraph(console, _about(answer))
    _dates(answer, console)
    _history(answer["history"], answer.get("left_out", 0), console)


def _name(value: object) -> str:
    return short(value, CELL_WIDTH)


def _about(answer: answers.Commitment) -> Text:
    line = Text(_name(answer["about"]))
    if answer["kind"] != "explicit":
        line.append(f" ({plain(answer['kind'])})", DIM)
    line.append(" for ", DIM).append(_name(answer["customer"]))
    if answer["made_to"] != answer["customer"]:
        line.append(", promised to ", DIM).append(_name(answer["made_to"]))
    if answer["owner"] is None:
        line.append(", owned by nobody", "yellow")
    else:
        line.append(", owned by ", DIM).append(_name(answer["owner"]))
    if answer["supports"] is not None:
        line.append(", serves the promise ", DIM).append(_name(answer["supports"]))
    return line


def _dates(answer: Answer, console: Console) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style=DIM, no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(style=DIM)
    for name, key in _INSTANTS:
        if answer[key] is not None:
            grid.add_row(name, instant(answer[key]), _beside(answer, key))
    lay_grid(console, grid)
    console.print()
    parts = [noun(answer["reschedulings"], "rescheduling"), noun(answer["chases"], "chase")]
    if answer["paused"]:
        parts.append("paused")
    if answer["agreed_due_at"] is None and answer["latest_due_at"] is None:
        parts.insert(0, "no due date: none was given, and no policy gives one")
    flow(console, [Text(part) for part in [*parts, *_clocks(answer["clocks"])]])


def _clocks(clocks: answers.Clocks) -> Iterator[str]:
    """Where it was paused, for how long and for whom, and what that leaves of the time."""
    waited = {name: time for name, time in clocks["paused"].items() if time}
    for name, time in waited.items():
        yield f"{duration(time)} paused for {_AWAITED[name]}"
    if waited:
        yield f"{duration(clocks['company'])} by the company's clock"


def _beside(answer: Answer, key: str) -> str:
    """What a date means next to the others."""
    made, due = answer["made_at"], answer["agreed_due_at"]
    if key == "agreed_due_at" and answer["first_due_at"] not in (None, due):
        return f"{_moved(answer['first_due_at'], answer[key])} with consent"
    if key == "latest_due_at" and due not in (None, answer[key]):
        return f"{_moved(due, answer[key])} without consent"
    if key not in _ENDS:
        return ""
    away = apart(made, answer[key])
    text = f"{away} before it was made" if answer[key] < made else f"after {away}"
    if key == "honoured_at" and answer["in_time"] is not None:
        text += f", {'in time' if answer['in_time'] else 'late'} by its source's word"
    elif key == "honoured_at" and due is not None:
        late = answer[key] > due
        side = f"{apart(due, answer[key])} {'late' if late else 'early'}"
        text += ", " + ("at the very instant" if due == answer[key] else side)
    return text


def _moved(start: datetime, end: datetime) -> str:
    return f"{apart(start, end)} {'later' if end > start else 'earlier'},"


def _history(history: Sequence[answers.HistoryEntry], left_out: int, console: Console) -> None:
    """Its facts; where some are left out, these are in the middle."""
    if not history:
        return
    table = TextTable(
        "when (UTC)", "department", "what happened", keep=("when (UTC)", "department")
    )
    for at, fact in enumerate(history):
        if left_out and at == (len(history) + 1) // 2:
            table.add_row("", "", Text(f"… {left_out:,} more: --limit, or --json for all …", DIM))
        style = "" if fact["applied"] else DIM
        text = Text(of_type(fact["type"]), style or "bold")
        if not fact["applied"]:
            text.append("  changed nothing", f"italic {DIM}")
        said = details(fact["type"], fact["data"])
        if said:
            text.append("\n").append_text(said)
        table.add_row(
            cell(instant(fact["time"]), style), cell(department_of(fact["source"]), style), text
        )
    lay(console, table)


def render_commitments(answer: answers.CommitmentsPage, console: Console) -> None:
    """A page of promises, by agreed due date."""
    rows = answer["commitments"]
    if not rows:
        if "unknown" not in answer:
            paragraph(console, "No promise fits.")
        unknown(answer, console)
        return
    heading(console, "Promises", "by agreed due date")
    promise_table(rows, console)
    if "unknown" in answer:
        console.print()
        unknown(answer, console)
    more(answer, console, noun(len(rows), "promise"))


def render_due(answer: answers.Due, console: Console) -> None:
    """The worklist: what is overdue, then what is due soon."""
    rows = answer["due"]
    if not rows:
        paragraph(console, "Nothing is overdue, and nothing is due in this window.")
        return
    heading(console, "Due")
    promise_table(rows[:SHOWN], console)
    overdue = sum(row["status"] == "overdue" for row in rows)
    counts = f"{overdue:,} overdue, {len(rows) - overdue:,} pending"
    rest = len(rows) - SHOWN
    left = f"{rest:,} more: --json has all" if rest > 0 else ""
    quiet(console, f"{counts} · silence: since the last sign of the company", *filter(None, [left]))


def promise_table(rows: Sequence[Answer], console: Console) -> None:
    """A line a promise; two where the page is too narrow for that."""
    wide = _one_line_each(rows)
    lay(console, wide if fits(console, wide) else _two_lines_each(rows))


def _one_line_each(rows: Sequence[Answer]) -> TextTable:
    silence = ["silence"] if "silence" in rows[0] else []
    table = TextTable("due (UTC)", "status", *silence, "promise", "about", "customer", "owner")
    for row in rows:
        table.add_row(
            _due(row),
            status(row["status"]),
            *([_silence(row)] if silence else []),
            cell(row["commitment_id"]),
            cell(row["about"]),
            cell(row["customer"]),
            cell(row["owner"]),
        )
    return table


def _two_lines_each(rows: Sequence[Answer]) -> TextTable:
    first = ("due (UTC)", "status")
    table = TextTable(*first, "promise", keep=first)
    for row in rows:
        text = cell(row["commitment_id"])
        named = len(text)
        about = [cell(row["about"]), cell(row["customer"]), cell(row["owner"] or "nobody")]
        if "silence" in row:
            about.insert(0, Text("silence ").append_text(_silence(row)))
        text.append("\n").append_text(Text(" · ").join(about))
        text.stylize(DIM, named)
        table.add_row(_due(row), status(row["status"]), text)
    return table


def _due(row: Answer) -> Text:
    return cell(None if row["agreed_due_at"] is None else instant(row["agreed_due_at"]))


def _silence(row: Answer) -> Text:
    return cell(None if row["silence"] is None else duration(row["silence"], short=True))


def more(answer: Answer, console: Console, shown: str) -> None:
    """The option for the next page, if there is one."""
    after = answer["next"]
    if after is None:
        quiet(console, shown)
    elif len(after) > _CURSOR:
        quiet(console, f"{shown} · there are more: --json has the cursor for --after")
    else:
        option = f"--after {plain(after)}"
        line = f"{shown} · for the next: {option}"
        if INDENT + Text(line).cell_len <= console.width:
            quiet(console, line)
        else:
            # A cursor that is broken between two lines can't be copied.
            quiet(console, f"{shown} · for the next:")
            console.print(Text(f"{' ' * INDENT}{option}", DIM), soft_wrap=True)
