"""What was set aside, for those who run a home: ``quarantine``, ``parked``, ``unpark``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from application.json_answers import instant_to_text
from entrypoints.terminal.console import DIM, Answer, cell, heading, lay, paragraph, quiet
from entrypoints.terminal.format import noun, number, plain
from entrypoints.terminal.table import TextTable

if TYPE_CHECKING:
    from rich.console import Console


def render_quarantine(answer: Answer, console: Console) -> None:
    """The messages in quarantine, one of them whole, or what became of some."""
    if "retried" in answer:
        _retried(answer, console)
    elif "quarantined" in answer:
        _listed(answer, console)
    elif "dismissed" in answer:
        where = f"{answer['partition']}:{answer['offset']}"
        paragraph(console, f"Dismissed {where}. It stays in quarantine, with the reason.")
    else:
        _shown(answer, console)


def render_parked(answer: Answer, console: Console) -> None:
    """The parked subjects, or one of them with its waiting facts."""
    every = answer.get("parked", [answer])
    if not every:
        paragraph(console, "Nobody is parked.")
        return
    heading(console, "Parked", noun(len(every), "subject"))
    table = TextTable("subject", "facts", "since", "reason", right=("facts",), keep=("subject",))
    for one in every:
        table.add_row(
            cell(one["subject"]),
            number(one["facts"]),
            instant_to_text(one["since"]),
            Text(plain(one["reason"]), DIM),
        )
    lay(console, table)
    for one in answer.get("waiting", ()):
        quiet(console, f"waiting: partition {one['partition']}, offset {one['offset']}")


def render_unpark(answer: Answer, console: Console) -> None:
    """What became of a parked subject."""
    subject = plain(answer["subject"])
    if answer["dismissed"]:
        paragraph(console, f"Dismissed {noun(answer['dismissed'], 'fact')}, into quarantine.")
    if answer["unparked"]:
        paragraph(console, f"Let {subject} go: {noun(answer['facts'], 'fact')} folded in.")
        return
    paragraph(console, f"{subject} stays parked: {plain(answer['reason'])}")
    failing = answer["failing"]
    if failing is not None:
        quiet(console, f"the fold fails on {failing['partition']}:{failing['offset']}")


def _retried(answer: Answer, console: Console) -> None:
    if not answer["retried"]:
        paragraph(console, "Nothing is in quarantine.")
        return
    table = TextTable("message", "settled", "why", keep=("message",))
    for one in answer["retried"]:
        table.add_row(
            f"{one['partition']}:{one['offset']}",
            "yes" if one["settled"] else "no",
            Text(plain(one["why"])),
        )
    lay(console, table)


def _listed(answer: Answer, console: Console) -> None:
    if not answer["quarantined"]:
        paragraph(console, "Nothing is in quarantine.")
        return
    heading(console, "Quarantine", noun(len(answer["quarantined"]), "message"))
    table = TextTable("message", "first seen", "state", "reason", keep=("message",))
    for one in answer["quarantined"]:
        text = Text(plain(one["reason"]))
        if one["why"] is not None:
            text.append("\n" + plain(one["why"]), DIM)
        table.add_row(
            f"{one['partition']}:{one['offset']}",
            instant_to_text(one["first_seen"]),
            one["state"],
            text,
        )
    lay(console, table)
    if answer["next"] is not None:
        quiet(console, f"more: --after {answer['next']}")


def _shown(answer: Answer, console: Console) -> None:
    heading(console, f"Message {answer['partition']}:{answer['offset']}", answer["state"])
    paragraph(console, plain(answer["reason"]))
    table = TextTable("part", "bytes", keep=("part",))
    parts = [("key", answer["key"]), ("value", answer["value"])]
    parts += [(one["name"], one["value"]) for one in answer["headers"]]
    for name, value in parts:
        table.add_row(cell(name), Text(_bytes(value)))
    lay(console, table)


def _bytes(value: Answer | None) -> str:
    if value is None:
        return "none"
    text = value["text"]
    return f"base 64: {value['base64']}" if text is None else plain(text)
