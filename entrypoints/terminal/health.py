"""What may be wrong with what was fed in: ``health``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from entrypoints.terminal.console import DIM, cell, heading, paragraph
from entrypoints.terminal.format import noun, number

if TYPE_CHECKING:
    from rich.console import Console

    from application.ask import answers


def render_health(answer: answers.Health, console: Console) -> None:
    """Each finding with what it means, some of what was found, and what to do."""
    findings = answer["findings"]
    if not findings:
        paragraph(console, "Nothing looks wrong with what was fed in.")
        return
    heading(console, "Health", noun(len(findings), "finding"))
    for finding in findings:
        console.print()
        _finding(finding, console)


def _finding(finding: answers.Finding, console: Console) -> None:
    kind = Text(finding["kind"], "bold yellow")
    if "reason" in finding:
        kind.append(f": {finding['reason']}")
    paragraph(console, Text.assemble(kind, f"  {number(finding['count'])}"))
    paragraph(console, finding["says"])
    shown = [_example(example) for example in finding["examples"]]
    rest = finding["count"] - len(shown)
    if rest > 0:
        shown.append(Text(f"and {rest:,} more", DIM))
    paragraph(console, Text(" · ", DIM).join(shown))
    paragraph(console, Text.assemble(("→ ", DIM), finding["remedy"]), DIM)


def _example(example: str | Sequence[str]) -> Text:
    """One id, or the ids of a group, each in quotes: a space may be all in which they differ."""
    if isinstance(example, str):
        return cell(example)
    return Text(" = ", DIM).join(Text(f'"{cell(each)}"') for each in example)
