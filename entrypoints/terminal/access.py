"""Who may do what at the HTTP door, and who read personal fields: ``key``, ``access-records``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from entrypoints.terminal.console import DIM, Answer, cell, heading, lay, paragraph, quiet
from entrypoints.terminal.format import NOTHING, instant, noun, number, plain
from entrypoints.terminal.table import TextTable

if TYPE_CHECKING:
    from rich.console import Console


def render_key(answer: Answer, console: Console) -> None:
    """A key that was made, all keys, or what became of one."""
    if "key" in answer:
        _made(answer, console)
    elif "keys" in answer:
        _listed(answer, console)
    else:
        _revoked(answer, console)


def render_records(answer: Answer, console: Console) -> None:
    """Who read which personal fields, by which question."""
    if not answer["records"]:
        paragraph(console, "Nobody read personal fields.")
        return
    heading(console, "Read", noun(len(answer["records"]), "time"))
    table = TextTable(
        "when", "who", "fields", "facts", "question", right=("facts",), keep=("when",)
    )
    for one in answer["records"]:
        table.add_row(
            instant(one["at"]),
            cell(one["who"]),
            Text(plain(", ".join(one["fields"]))),
            number(len(one["facts"])),
            Text(plain(one["what"]), DIM),
        )
    lay(console, table)
    if answer["next"] is not None:
        quiet(console, f"more: --after {answer['next']}")


def _made(answer: Answer, console: Console) -> None:
    until = answer["expires_at"]
    end = "until it is revoked" if until is None else f"until {instant(until)}"
    heading(console, answer["name"], _grants(answer), end)
    console.print(f"\n  {plain(answer['key'])}", soft_wrap=True)
    quiet(console, "This once it is shown: here its digest alone is kept.")


def _listed(answer: Answer, console: Console) -> None:
    if not answer["keys"]:
        paragraph(console, "There are no keys.")
        return
    heading(console, "Keys", noun(len(answer["keys"]), "key"))
    table = TextTable("name", "may", "made", "used", "good until", keep=("name",))
    for one in answer["keys"]:
        end = "for good" if one["expires_at"] is None else instant(one["expires_at"])
        if one["revoked_at"] is not None:
            end = f"revoked {instant(one['revoked_at'])}"
        used = one["used_at"]
        table.add_row(
            cell(one["name"]),
            _grants(one),
            instant(one["made_at"]),
            NOTHING if used is None else instant(used),
            Text(end, DIM),
        )
    lay(console, table)


def _revoked(answer: Answer, console: Console) -> None:
    name, ended = plain(answer["name"]), answer["sessions_ended"]
    if answer["revoked_at"] is not None:
        paragraph(console, f"{name} opens nothing any more, since {instant(answer['revoked_at'])}.")
    if ended:
        paragraph(console, f"Ended {noun(ended, 'session')} of {name}.")


def _grants(one: Answer) -> str:
    """What a key may do, and for whom."""
    may = ", ".join(one["scopes"])
    if not {"emit", "desk"} & {*one["scopes"]}:
        return may
    departments = one["departments"]
    whom = "every department" if departments is None else plain(", ".join(departments))
    return f"{may} for {whom}"
