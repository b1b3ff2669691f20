"""Were promises kept, and do the books add up: ``promises`` and ``balance``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from entrypoints.terminal.console import (
    DIM,
    PAGE_WIDTH,
    STATUS_STYLES,
    Answer,
    cell,
    fits,
    heading,
    key_cells,
    key_columns,
    lay,
    lay_grid,
    paragraph,
    quiet,
    rate_cells,
)
from entrypoints.terminal.format import instant, interval, noun, number, percent, place, points
from entrypoints.terminal.table import TextTable
from entrypoints.terminal.unknown import unknown

if TYPE_CHECKING:
    from rich.console import Console

    from application.ask import answers
    from domain.scoreboard import Basis, Counts, KeptRates, PromisesGroup
    from domain.statuses import Status

BASES: tuple[Basis, ...] = ("first", "agreed", "latest")
SETTLED: tuple[Status, ...] = ("kept", "late", "broken", "released")
WAITING: tuple[Status, ...] = ("pending", "overdue", "undated", "disputed")
MOVES = ("made", "reopened", "honoured", "released", "abandoned")
_SIGNS = {"made": "+", "reopened": "+", "honoured": "−", "released": "−", "abandoned": "−"}

DEFINITIONS = "first: given first · agreed: moved only by consent · latest: given last"


def render_promises(answer: answers.Promises, console: Console) -> None:
    """The scoreboard: counts, the kept rate on three bases, the slip gap, groups."""
    heading(
        console,
        "Promises",
        f"as of {instant(answer['as_of'])} UTC",
        f"known up to position {place(answer['known_at'])}",
    )
    console.print()
    if not answer["counts"]["made"]:
        if "unknown" not in answer:
            paragraph(console, "No promise fits: no rate.")
            _in_suspense(answer["in_suspense"], console)
        unknown(answer, console)
        return
    count_lines(answer["counts"], console)
    _bases(answer["kept_rate"], console)
    _asides(answer, console)
    _in_suspense(answer["in_suspense"], console)
    if groups := answer.get("groups"):
        _groups(groups, console)
    if "unknown" in answer:
        console.print()
        unknown(answer, console)
    quiet(console, DEFINITIONS)


def count_lines(counts: Counts, console: Console) -> None:
    """Promises by status in aligned lines: those that are settled, those that are waited for."""
    columns = [
        (max(len(number(counts[name])) for name in pair), max(len(name) for name in pair))
        for pair in zip(SETTLED, WAITING, strict=True)
    ]
    lines = [Text.assemble(("made     ", DIM), (number(counts["made"]), "bold"))]
    for label, names in (("settled  ", SETTLED), ("waiting  ", WAITING)):
        line = Text.assemble((label, DIM))
        for name, (figures, letters) in zip(names, columns, strict=True):
            style = STATUS_STYLES[name] if counts[name] else DIM
            line.append(f"{number(counts[name]):>{figures}} {name:<{letters}}   ", style)
        line.rstrip()
        lines.append(line)
    paragraph(console, Text("\n").join(lines))


def _bases(rates: KeptRates, console: Console) -> None:
    names = ("kept by the", "", "rate", "95 %", "kept", "of due")
    table = TextTable(*names, right=("rate", "kept", "of due"), keep=names)
    for base in BASES:
        rate = rates[base]
        figures = rate_cells(rate, 20 if console.width < PAGE_WIDTH else 36)
        table.add_row(f"{base} date", *figures, number(rate["kept"]), number(rate["due"]))
    lay(console, table)


def _asides(answer: answers.Promises, console: Console) -> None:
    console.print()
    if all(answer["kept_rate"][base]["rate"] is None for base in BASES):
        paragraph(console, "No promise was due yet: no rate.")
    gap, unprompted = answer["slip_gap"], answer["unprompted"]
    evidence = answer["evidence"]
    if gap is not None and not evidence["commitment.rescheduled"]:
        _unreported("slip gap    ", "moved dates (commitment.rescheduled)", console)
    elif gap is not None:
        note = ("  bought by moving dates (latest less first)", DIM)
        paragraph(console, Text.assemble(("slip gap    ", DIM), (points(gap), "bold"), note))
    if unprompted["kept"] and not evidence["customer.chased"]:
        _unreported("unprompted  ", "chases (customer.chased)", console)
    elif unprompted["kept"]:
        bounds = (f"  {interval(unprompted['low'], unprompted['high'])}", DIM)
        count = f" ({unprompted['unprompted']:,} of {unprompted['kept']:,})"
        note = (f"  kept without being chased{count}", DIM)
        rate = (percent(unprompted["rate"]), "bold")
        paragraph(console, Text.assemble(("unprompted  ", DIM), rate, bounds, note))


def _unreported(figure: str, what: str, console: Console) -> None:
    """A figure that rests on what nobody reports would be a claim."""
    said = (f"nobody reports {what}: no figure", "yellow")
    paragraph(console, Text.assemble((figure, DIM), said))


def _in_suspense(waiting: int, console: Console) -> None:
    """What no figure counts, since its birth is unknown."""
    if waiting:
        known = noun(waiting, "promise is", "promises are")
        said = f"{known} known by later facts alone, and in no figure: './pledger suspense'"
        paragraph(console, said, "yellow")


#: So many groups are shown: those by month of sixteen years.
GROUPS = 200

#: The columns of a group, and which of them go first where the page is too narrow for all.
_FIGURES = ("made", "overdue", "due", "", "agreed", "95 %", "first", "latest")
_LEFT_OUT = ("due", "overdue", "", "made")


def _groups(every: Sequence[PromisesGroup], console: Console) -> None:
    """One line a group: the agreed date with its interval; the other two bases as bare rates."""
    groups = every[:GROUPS]
    shown = list(_FIGURES)
    bar_width = 20 if console.width >= PAGE_WIDTH else 10
    table = _group_table(groups, shown, bar_width)
    for name in _LEFT_OUT:
        if fits(console, table):
            break
        shown.remove(name)
        table = _group_table(groups, shown, bar_width)
    lay(console, table)
    _rest(len(every), console)


def _rest(groups: int, console: Console) -> None:
    if groups > GROUPS:
        quiet(console, f"{groups - GROUPS:,} more groups: --json has all")


def _group_table(
    groups: Sequence[PromisesGroup], shown: Sequence[str], bar_width: int
) -> TextTable:
    keys = key_columns(groups)
    right = [name for name in _FIGURES if name not in ("", "95 %")]
    table = TextTable(*keys, *shown, right=right, keep=(*keys, "", "95 %"))
    for group in groups:
        counts, rates = group["counts"], group["kept_rate"]
        late = STATUS_STYLES["overdue"] if counts["overdue"] else DIM
        drawing, rate, bounds = rate_cells(rates["agreed"], bar_width, "nothing due")
        cells = {
            "made": Text(number(counts["made"])),
            "overdue": Text(number(counts["overdue"]), late),
            "due": Text(number(rates["agreed"]["due"])),
            "": drawing,
            "agreed": rate,
            "95 %": bounds,
            "first": cell(percent(rates["first"]["rate"])),
            "latest": cell(percent(rates["latest"]["rate"])),
        }
        table.add_row(*key_cells(group["key"]), *(cells[name] for name in shown))
    return table


def render_balance(answer: answers.Balance, console: Console) -> None:
    """The books over a period: what was outstanding, what came, what went, what is left."""
    heading(
        console,
        "Promises outstanding",
        f"after {instant(answer['from'])}, up to {instant(answer['to'])} UTC",
    )
    if answer.get("groups"):
        _balance_groups(answer, console)
    else:
        _balance_sum(answer, console)
    quiet(console, "opening + made + reopened − honoured − released − abandoned = closing")


def _balance_sum(answer: Answer, console: Console) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column()
    grid.add_column(justify="right")
    grid.add_row("  opening", Text(number(answer["opening"]), "bold"))
    for name in MOVES:
        grid.add_row(f"{_SIGNS[name]} {name}", number(answer[name]))
    grid.add_row("  closing", Text(number(answer["closing"]), "bold"))
    lay_grid(console, grid)


def _balance_groups(answer: Answer, console: Console) -> None:
    columns = ("opening", *MOVES, "closing")
    table = _balance_table(answer, columns, keep=key_columns(answer["groups"]))
    lay(console, table if fits(console, table) else _balance_table(answer, columns, keep=()))
    _rest(len(answer["groups"]), console)


def _balance_table(answer: Answer, columns: Sequence[str], *, keep: Sequence[str]) -> TextTable:
    keys = key_columns(answer["groups"])
    table = TextTable(*keys, *columns, right=columns, keep=keep)
    for group in answer["groups"][:GROUPS]:
        table.add_row(*key_cells(group["key"]), *(number(group[name]) for name in columns))
    table.add_row(*[""] * (len(keys) + len(columns)))
    total = [Text("all", "bold")] + [Text("")] * (len(keys) - 1)
    table.add_row(*total, *(Text(number(answer[name]), "bold") for name in columns))
    return table
