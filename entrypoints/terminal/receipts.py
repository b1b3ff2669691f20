"""What became of facts that were handed in: ``emit``, ``import``, ``rebuild``, ``suspense``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from entrypoints.terminal.console import (
    DIM,
    DOT,
    Answer,
    cell,
    flow,
    heading,
    lay,
    paragraph,
    quiet,
)
from entrypoints.terminal.format import instant, noun, number, place, plain
from entrypoints.terminal.table import TextTable

if TYPE_CHECKING:
    from rich.console import Console

    from application.ask import answers

#: What each reason means and what ends the wait.
_REASONS = {
    "unknown_commitment": "names a promise of which no commitment.made has come",
    "unknown_issue": "names an issue of which no issue.opened has come",
    "unknown_payment": "names a payment of which no payment.captured has come",
    "unknown_decision": "names a decision of which no discretion.used has come",
    "unknown_fact": "retracts a fact that has not come",
    "unlinked_payment": "a payment that nobody has linked to anything, nor refunded in full",
    "made_twice": "a promise made a second time with another content: the first one counts",
}


def render_emitted(answer: Answer, console: Console) -> None:
    """How many facts were kept, how many were there already, and each one that was rejected."""
    _received(answer, console)
    _rejected(answer, console)


def render_imported(answer: Answer, console: Console) -> None:
    """As ``render_emitted``, with the facts and the skipped rows of each type."""
    by_type, skipped = answer["by_type"], answer["skipped"]
    if by_type or skipped:
        table = TextTable("type", "facts", "skipped", right=("facts", "skipped"))
        for name in sorted({*by_type, *skipped}):
            passed_over = skipped.get(name, 0)
            table.add_row(
                plain(name),
                number(by_type.get(name, 0)),
                Text(number(passed_over), "" if passed_over else DIM),
            )
        lay(console, table)
        console.print()
    _received(answer, console)
    if any(skipped.values()):
        quiet(console, "skipped: rows without a time, so nothing can be said to have happened")
    _rejected(answer, console)


def _received(answer: Answer, console: Console) -> None:
    rejected = len(answer["rejected"])
    parts = [
        Text(f"{answer['accepted']:,} accepted", "green" if answer["accepted"] else DIM),
        Text(f"{answer['duplicates']:,} already there", "" if answer["duplicates"] else DIM),
        Text(f"{rejected:,} rejected", "bold red" if rejected else DIM),
    ]
    line = DOT.join(parts)
    paragraph(console, line.append(f"  head {place(answer['head'])}", DIM))


def _rejected(answer: Answer, console: Console) -> None:
    if not answer["rejected"]:
        return
    files = any("file" in each for each in answer["rejected"])
    table = TextTable(*(["file"] if files else []), "line", "why", right=("line",))
    for each in answer["rejected"]:
        why = Text(plain(each["why"]))
        if each["id"] is not None:
            why.append(f"\n{plain(each['id'])}", DIM)
        file = [cell(each.get("file"))] if files else []
        table.add_row(*file, cell(number(each["line"])), why)
    lay(console, table)


def render_rebuild(answer: Answer, console: Console) -> None:
    """How many facts the views were built from, and how fast."""
    parts = [
        Text(f"Every view was built again from {noun(answer['facts'], 'fact')}"),
        Text(f"{answer['seconds']:,.1f} s", "bold"),
        Text(f"position {place(answer['position'])}", DIM),
    ]
    rate = answer.get("facts_per_second")
    if rate:
        parts.insert(2, Text(f"{rate:,.0f} facts/s"))
    flow(console, parts)


def render_suspense(answer: answers.Suspense, console: Console) -> None:
    """Facts that wait for another fact."""
    items = answer["items"]
    if not items:
        paragraph(console, "Nothing is in suspense: every fact found what it refers to.")
        return
    heading(console, "In suspense", noun(len(items), "item"))
    table = TextTable(
        "since (UTC)", "reason", "about, and its facts", keep=("since (UTC)", "reason")
    )
    for item in items:
        table.add_row(
            instant(item["since"]),
            plain(item["reason"]).replace("_", " "),
            cell(item["about"]).append("\n" + "\n".join(map(plain, item["facts"])), DIM),
        )
    lay(console, table)
    present = sorted({item["reason"] for item in items} & _REASONS.keys())
    quiet(console, *(f"{reason.replace('_', ' ')}: {_REASONS[reason]}" for reason in present))
