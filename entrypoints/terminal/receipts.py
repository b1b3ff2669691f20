"""What became of facts that were handed in: ``emit``, ``import``, ``rebuild``, ``suspense``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from application.health import WAITING
from entrypoints.terminal.commitments import more
from entrypoints.terminal.console import (
    CELL_WIDTH,
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
from entrypoints.terminal.format import instant, noun, number, place, plain, short
from entrypoints.terminal.table import TextTable

if TYPE_CHECKING:
    from rich.console import Console

    from application.ask import answers

#: So many rejected lines are shown, and so many reasons for them.
REJECTED = 20
_REASONS_SHOWN = 20
#: How much of a reason is shown.
_WHY = 400
#: So many of the facts that wait for one thing are shown.
_FACTS = 5


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
    if "changed" in answer:
        parts = (Text(f"{answer[name]:,} {name}") for name in ("changed", "vanished", "returned"))
        paragraph(console, DOT.join(parts))
        if answer["kept"]:
            stay = noun(answer["kept"], "fact stays", "facts stay")
            quiet(console, f"{stay} although no row that can be read says so")
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
    """The first of them; of many, also how many there are for each reason."""
    rejected = answer["rejected"]
    if not rejected:
        return
    files = any("file" in each for each in rejected)
    table = TextTable(*(["file"] if files else []), "line", "why", right=("line",))
    for each in rejected[:REJECTED]:
        why = Text(short(each["why"], _WHY))
        if each["id"] is not None:
            why.append(f"\n{short(each['id'], CELL_WIDTH)}", DIM)
        file = [cell(each.get("file"))] if files else []
        table.add_row(*file, cell(number(each["line"])), why)
    lay(console, table)
    if len(rejected) > REJECTED:
        quiet(console, f"{len(rejected) - REJECTED:,} more are rejected: --json has all")
        _reasons(rejected, console)


def _reasons(rejected: Sequence[Answer], console: Console) -> None:
    """How often each thing was expected and not seen: what was seen differs from line to line."""
    counted = Counter(re.split("[,;] saw ", each["why"], maxsplit=1)[0] for each in rejected)
    table = TextTable("lines", "why", right=("lines",))
    for why, times in counted.most_common(_REASONS_SHOWN):
        table.add_row(number(times), Text(short(why, _WHY)))
    if len(counted) > _REASONS_SHOWN:
        others = counted.total() - sum(n for _, n in counted.most_common(_REASONS_SHOWN))
        table.add_row(number(others), Text("for other reasons", DIM))
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
    """Facts that wait for another fact: how many for what, and then one by one."""
    items = answer["items"]
    waiting = answer.get("by_reason") or Counter(item["reason"] for item in items)
    if not waiting:
        paragraph(console, "Nothing is in suspense: every fact found what it refers to.")
        return
    heading(console, "In suspense", noun(sum(waiting.values()), "item"))
    summary = TextTable("items", "reason", "", right=("items",), keep=("reason",), head=False)
    for reason, times in sorted(waiting.items(), key=lambda each: (-each[1], each[0])):
        why = Text(WAITING[reason].says, DIM)
        summary.add_row(number(times), Text(_words(reason), "bold"), why)
    lay(console, summary)
    table = TextTable(
        "since (UTC)", "reason", "about, and its facts", keep=("since (UTC)", "reason")
    )
    for item in items:
        table.add_row(instant(item["since"]), _words(item["reason"]), _waiting(item))
    lay(console, table)
    if answer.get("next"):
        more({"next": answer["next"]}, console, noun(len(items), "item"))


def _words(reason: str) -> str:
    return plain(reason).replace("_", " ")


def _waiting(item: answers.SuspenseItem) -> Text:
    facts = [plain(fact) for fact in item["facts"][:_FACTS]]
    if len(item["facts"]) > _FACTS:
        facts.append(f"and {len(item['facts']) - _FACTS:,} more")
    return cell(item["about"]).append("\n" + "\n".join(facts), DIM)
