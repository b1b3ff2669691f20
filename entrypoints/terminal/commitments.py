"""One promise with its whole history, lists of promises, and the worklist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from domain.events import BODIES
from domain.refs import department_of
from entrypoints.terminal.console import (
    DIM,
    DOT,
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
from entrypoints.terminal.format import apart, duration, instant, noun, of_type, plain
from entrypoints.terminal.table import TextTable

if TYPE_CHECKING:
    from rich.console import Console

    from application.ask import answers

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
_ENDS = ("honoured_at", "released_at", "abandoned_at")
#: What a history does not repeat: the promise is named above, and refs are for machines.
_KNOWN = ("commitment_id", "refs")


def render_commitment(answer: answers.Commitment, console: Console) -> None:
    """One promise: what it is, its dates, and its history."""
    title = Text("Promise ", "bold").append(plain(answer["commitment_id"])).append("  ")
    console.print(title.append_text(status(answer["status"])))
    paragraph(console, _about(answer))
    _dates(answer, console)
    _history(answer["history"], console)


def _about(answer: answers.Commitment) -> Text:
    line = Text(plain(answer["about"]))
    if answer["kind"] != "explicit":
        line.append(f" ({plain(answer['kind'])})", DIM)
    line.append(" for ", DIM).append(plain(answer["customer"]))
    if answer["made_to"] != answer["customer"]:
        line.append(", promised to ", DIM).append(plain(answer["made_to"]))
    if answer["owner"] is None:
        line.append(", owned by nobody", "yellow")
    else:
        line.append(", owned by ", DIM).append(plain(answer["owner"]))
    if answer["supports"] is not None:
        line.append(", serves the promise ", DIM).append(plain(answer["supports"]))
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
    flow(console, [Text(part) for part in parts])


def _beside(answer: Answer, key: str) -> str:
    """What a date means next to the others."""
    made, due = answer["made_at"], answer["agreed_due_at"]
    if key == "agreed_due_at" and answer["first_due_at"] not in (None, due):
        return f"{_moved(answer['first_due_at'], answer[key])} with consent"
    if key == "latest_due_at" and due not in (None, answer[key]):
        return f"{_moved(due, answer[key])} without consent"
    if key not in _ENDS:
        return ""
    text = f"after {apart(made, answer[key])}"
    if key == "honoured_at" and due is not None:
        late = answer[key] > due
        side = f"{apart(due, answer[key])} {'late' if late else 'early'}"
        text += ", " + ("at the very instant" if due == answer[key] else side)
    return text


def _moved(start: datetime, end: datetime) -> str:
    return f"{apart(start, end)} {'later' if end > start else 'earlier'},"


def _history(history: Sequence[answers.HistoryEntry], console: Console) -> None:
    if not history:
        return
    table = TextTable(
        "when (UTC)", "department", "what happened", keep=("when (UTC)", "department")
    )
    for fact in history:
        style = "" if fact["applied"] else DIM
        text = Text(of_type(fact["type"]), style or "bold")
        if not fact["applied"]:
            text.append("  changed nothing", f"italic {DIM}")
        details = _details(fact["type"], fact["data"])
        if details:
            text.append("\n").append_text(details)
        table.add_row(
            cell(instant(fact["time"]), style), cell(department_of(fact["source"]), style), text
        )
    lay(console, table)


def _details(type: str, data: Mapping[str, Any]) -> Text:
    """The fields of a fact beside the promise's name: those that were given, not those left at
    their default."""
    fields = BODIES[type].model_fields
    parts = []
    for name, value in data.items():
        if name in _KNOWN or value in (None, ()) or value == fields[name].default:
            continue
        label = plain(name).replace("_", " ")
        parts.append(Text.assemble((f"{label} ", DIM), _value(value)))
    return DOT.join(parts)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return plain(", ".join(map(str, value)))
    if isinstance(value, datetime):
        return instant(value)
    text = plain(value)
    return f"“{text}”" if " " in text else text


def render_commitments(answer: answers.CommitmentsPage, console: Console) -> None:
    """A page of promises, by agreed due date."""
    rows = answer["commitments"]
    if not rows:
        paragraph(console, "No promise fits.")
        return
    heading(console, "Promises", "by agreed due date")
    promise_table(rows, console)
    more(answer, console, noun(len(rows), "promise"))


def render_due(answer: answers.Due, console: Console) -> None:
    """The worklist: what is overdue, then what is due soon."""
    rows = answer["due"]
    if not rows:
        paragraph(console, "Nothing is overdue, and nothing is due in this window.")
        return
    heading(console, "Due")
    promise_table(rows, console)
    overdue = sum(row["status"] == "overdue" for row in rows)
    counts = f"{overdue:,} overdue, {len(rows) - overdue:,} pending"
    quiet(console, f"{counts} · silence: since the last sign of the company")


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
        about = [cell(row["about"]), cell(row["customer"]), cell(row["owner"] or "nobody")]
        if "silence" in row:
            about.insert(0, Text("silence ").append_text(_silence(row)))
        text.append("\n").append_text(Text(" · ").join(about))
        text.stylize(DIM, len(str(row["commitment_id"])))
        table.add_row(_due(row), status(row["status"]), text)
    return table


def _due(row: Answer) -> Text:
    return cell(None if row["agreed_due_at"] is None else instant(row["agreed_due_at"]))


def _silence(row: Answer) -> Text:
    return cell(None if row["silence"] is None else duration(row["silence"], short=True))


def more(answer: Answer, console: Console, shown: str) -> None:
    """The option for the next page, if there is one."""
    after = answer["next"]
    quiet(console, shown if after is None else f"{shown} · for the next: --after {plain(after)}")
