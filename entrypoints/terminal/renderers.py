"""Which page shows which answer. A page's module, and rich with it, is imported when it is needed:
``--help`` and ``--json`` do without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Any, TextIO

#: So many elements of a list are shown where nobody said how many.
SHOWN = 50

#: The module and the function for each command's answer.
PAGES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "emit": ("receipts", "render_emitted"),
        "import": ("receipts", "render_imported"),
        "rebuild": ("receipts", "render_rebuild"),
        "suspense": ("receipts", "render_suspense"),
        "decision": ("desk", "render_decision"),
        "relay": ("desk", "render_relay"),
        "what-if": ("what_if", "render_what_if"),
        "health": ("health", "render_health"),
        "topic": ("operations", "render_topic"),
        "status": ("operations", "render_status"),
        "verify": ("operations", "render_verify"),
        "copy": ("operations", "render_copy"),
        "quarantine": ("quarantine", "render_quarantine"),
        "parked": ("quarantine", "render_parked"),
        "unpark": ("quarantine", "render_unpark"),
        "key": ("access", "render_key"),
        "access-records": ("access", "render_records"),
        "promises": ("scoreboard", "render_promises"),
        "balance": ("scoreboard", "render_balance"),
        "commitment": ("commitments", "render_commitment"),
        "chain": ("chains", "render_chain"),
        "commitments": ("commitments", "render_commitments"),
        "due": ("commitments", "render_due"),
        "customer": ("journeys", "render_customer"),
        "journey": ("journeys", "render_journey"),
        "journeys": ("journeys", "render_journeys"),
        "metrics": ("metrics", "render_metrics"),
        "metric": ("metrics", "render_metric"),
        "units": ("metrics", "render_units"),
        "export": ("export", "render_export"),
    }
)


def show(
    command: str, answer: Mapping[str, Any], stream: TextIO, remarks: Sequence[str] = ()
) -> None:
    """Print the answer of a command for people, with remarks at its foot."""
    from entrypoints.terminal.console import console_for, quiet

    module, function = PAGES[command]
    page = import_module(f"entrypoints.terminal.{module}")
    console = console_for(stream)
    getattr(page, function)(answer, console)
    if remarks:
        quiet(console, *remarks)
