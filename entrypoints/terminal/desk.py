"""What was decided at the desk, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from entrypoints.terminal.console import DIM, DOT, Answer, heading, paragraph, status
from entrypoints.terminal.format import instant, noun, of_type, place, plain

if TYPE_CHECKING:
    from rich.console import Console


def render_decision(answer: Answer, console: Console) -> None:
    """What was decided, and how it stands now."""
    id = answer.get("commitment_id") or answer.get("issue_id")
    name = "A promise that is not made" if id is None else plain(id)
    heading(console, name, f"version {answer['version']}")
    for fact in answer["facts"]:
        at = fact["position"]
        where = "not in the ledger yet" if at is None else f"position {place(at)}"
        parts = [Text(of_type(fact["type"])), Text(instant(fact["time"])), Text(where, DIM)]
        paragraph(console, DOT.join(parts))
    if answer["state"] is not None:
        stands = [Text("it is now "), Text(answer["state"])]
        if answer["status"] != answer["state"]:
            stands += [Text(", "), status(answer["status"])]
        paragraph(console, Text.assemble(*stands))


def render_relay(answer: Answer, console: Console) -> None:
    """How many decisions were published."""
    relayed = answer["relayed"]
    if not relayed:
        paragraph(console, "The ledger has all that was decided.")
        return
    paragraph(console, f"{noun(relayed, 'decision')} went to the ledger.")
