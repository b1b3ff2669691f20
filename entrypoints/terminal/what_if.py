"""What would be so under other policies and calendars: ``what-if``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entrypoints.terminal.console import (
    DIM,
    cell,
    heading,
    key_cells,
    key_columns,
    lay,
    paragraph,
    quiet,
    status,
)
from entrypoints.terminal.format import instant, noun, number, percent, place, points
from entrypoints.terminal.scoreboard import BASES, DEFINITIONS, GROUPS, SETTLED, WAITING
from entrypoints.terminal.table import TextTable
from entrypoints.terminal.unknown import unknown

if TYPE_CHECKING:
    from rich.console import Console

    from application.ask import answers
    from domain.scoreboard import Promises, PromisesGroup

_NONE = (
    "No promise would stand otherwise, or have another first date. Policies and calendars of a FILE"
    " count from their own time on: they date no promise that was made before."
)
#: As it is, as it would be, and how far these are apart.
_SIDES = ("as it is", "would be", "")


def render_what_if(answer: answers.WhatIf, console: Console) -> None:
    """Both scoreboards side by side, in all and in groups, and the promises that would change."""
    heading(
        console,
        "What if",
        f"as of {instant(answer['as_of'])} UTC",
        f"known up to position {place(answer['known_at'])}",
    )
    now, would_be = answer["promises"], answer["would_be"]
    _sides(now, would_be, console)
    _groups(now, would_be, console)
    console.print()
    _changes(answer, console)
    if "unknown" in now:
        console.print()
        unknown(now, console)
    quiet(console, DEFINITIONS, "Nothing was written.")


def _sides(now: Promises, would_be: Promises, console: Console) -> None:
    """The counts, and the kept rate on each basis."""
    table = TextTable("promises", *_SIDES, right=_SIDES, keep=("promises",))
    for name in (*SETTLED, *WAITING):
        counts = now["counts"][name], would_be["counts"][name]
        if any(counts):
            moved = f"{counts[1] - counts[0]:+,}" if counts[0] != counts[1] else ""
            table.add_row(status(name), *map(number, counts), moved)
    for base in BASES:
        rates = now["kept_rate"][base]["rate"], would_be["kept_rate"][base]["rate"]
        table.add_row(f"kept by the {base} date", *map(percent, rates), _apart(*rates))
    lay(console, table)


def _apart(rate: float | None, other: float | None) -> str:
    return points(other - rate) if rate is not None and other is not None and rate != other else ""


def _groups(now: answers.Promises, would_be: answers.Promises, console: Console) -> None:
    """The kept rate by the agreed date in each group. A group may be on one side alone: promises
    change from one to another where these are by month."""
    sides = [{_key(group): group for group in one.get("groups", [])} for one in (now, would_be)]
    every = {**sides[1], **sides[0]}
    if not every:
        return
    table = TextTable(*key_columns([*every.values()]), *_SIDES, right=_SIDES)
    for key, group in [*every.items()][:GROUPS]:
        pair = [_agreed(side.get(key)) for side in sides]
        table.add_row(*key_cells(group["key"]), *map(percent, pair), _apart(*pair))
    lay(console, table)
    if len(every) > GROUPS:
        quiet(console, f"{len(every) - GROUPS:,} more groups: --json has all")


def _key(group: PromisesGroup) -> tuple[str | None, ...]:
    return tuple(group["key"].values())


def _agreed(group: PromisesGroup | None) -> float | None:
    return None if group is None else group["kept_rate"]["agreed"]["rate"]


def _changes(answer: answers.WhatIf, console: Console) -> None:
    """The promises that would stand otherwise, or have another first date."""
    changed, changes = answer["changed"], answer["changes"]
    if not changed:
        paragraph(console, _NONE)
        return
    would = noun(changed, "promise would stand otherwise", "promises would stand otherwise")
    paragraph(console, f"{would} or have another first date:")
    dates = ("first date (UTC)", "would be")
    table = TextTable("promise", "status", "would be", *dates, keep=("status", "would be", *dates))
    for one in changes:
        table.add_row(
            cell(one["commitment_id"]),
            status(one["status"]),
            status(one["would_be"]),
            instant(one["first_due_at"]),
            instant(one["would_be_first_due_at"]),
        )
    lay(console, table)
    if changed > len(changes):
        paragraph(console, f"and {changed - len(changes):,} more: --limit N names more", DIM)
