"""Which page shows which answer. A page's module, and rich with it, is imported when it is asked
for: ``--help`` and ``--json`` do without."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, TextIO

#: The module and the function for each command's answer.
PAGES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "emit": ("received", "render_emitted"),
        "import": ("received", "render_imported"),
        "rebuild": ("received", "render_rebuild"),
        "suspense": ("received", "render_suspense"),
        "topic": ("operated", "render_topic"),
        "status": ("operated", "render_status"),
        "copy": ("operated", "render_copy"),
        "quarantine": ("set_aside", "render_quarantine"),
        "parked": ("set_aside", "render_parked"),
        "unpark": ("set_aside", "render_unpark"),
        "promises": ("scoreboard", "render_promises"),
        "balance": ("scoreboard", "render_balance"),
        "commitment": ("promised", "render_commitment"),
        "commitments": ("promised", "render_commitments"),
        "due": ("promised", "render_due"),
        "customer": ("travelled", "render_customer"),
        "journey": ("travelled", "render_journey"),
        "journeys": ("travelled", "render_journeys"),
    }
)


def show(command: str, answer: Mapping[str, Any], stream: TextIO) -> None:
    """Print the answer of a command for people."""
    from entrypoints.render.paper import console_for

    module, function = PAGES[command]
    page = import_module(f"entrypoints.render.{module}")
    getattr(page, function)(answer, console_for(stream))
