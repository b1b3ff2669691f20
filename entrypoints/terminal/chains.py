"""The chain of a promise, as a tree: under each promise those that support it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from entrypoints.terminal.console import (
    CELL_WIDTH,
    cell,
    heading,
    lay,
    quiet,
    status,
)
from entrypoints.terminal.format import instant, noun, short
from entrypoints.terminal.renderers import SHOWN
from entrypoints.terminal.table import TextTable

if TYPE_CHECKING:
    from rich.console import Console

    from application.ask import answers

#: Promises further down are not moved in further.
_DEEPEST = 8


def render_chain(answer: answers.Chain, console: Console) -> None:
    """A promise, beneath it what it hangs on, and which broke first."""
    nodes, first = answer["nodes"], answer["first_break"]
    heading(console, "Chain", short(answer["commitment_id"], CELL_WIDTH))
    dates = ("due (UTC)", "honoured (UTC)")
    table = TextTable("promise", "status", *dates, "about", "owner", keep=dates)
    for node in list(_tree(nodes))[:SHOWN]:
        name = Text("  " * min(node["depth"], _DEEPEST)).append_text(cell(node["commitment_id"]))
        if node["commitment_id"] == first:
            name.stylize("bold red")
        table.add_row(
            name,
            status(node["status"]),
            *(cell(at and instant(at)) for at in (node["agreed_due_at"], node["honoured_at"])),
            cell(node["about"]),
            cell(node["owner"]),
        )
    lay(console, table)
    supporting = noun(len(nodes) - 1, "promise supports it", "promises support it")
    broke = f"{short(first, CELL_WIDTH)} broke first" if first else "no link is broken"
    more = [f"{len(nodes) - SHOWN:,} more: --json has all"] if len(nodes) > SHOWN else []
    quiet(console, f"{supporting if len(nodes) > 1 else 'no promise supports it'} · {broke}", *more)


def _tree(nodes: Sequence[answers.ChainLink]) -> Iterator[answers.ChainLink]:
    """The promises, each followed by those that support it."""
    beneath: dict[str | None, list[answers.ChainLink]] = {}
    for node in nodes[1:]:
        beneath.setdefault(node["supports"], []).append(node)
    ahead = [nodes[0]]
    while ahead:
        node = ahead.pop()
        yield node
        ahead += reversed(beneath.get(node["commitment_id"], ()))
