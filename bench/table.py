"""The figures as tables, in Markdown whose columns are aligned, for the terminal and the page."""

from __future__ import annotations

from collections.abc import Sequence

from bench.aims import Verdict
from bench.plan import Group, Results, Seen

BEGIN = "<!-- bench: begin -->"
END = "<!-- bench: end -->"


def report(
    groups: Sequence[Group], results: Results, verdicts: Sequence[Verdict], machine: str
) -> str:
    """Everything: the figures, the aims, what is equal, and the machine."""
    parts = [figures(groups, results)]
    if verdicts:
        parts.append(aimed(verdicts))
    digests = [results[piece.name].digest for group in groups for piece in group.pieces]
    if equal := "; ".join(dict.fromkeys(filter(None, digests))):
        parts.append(
            "The commitment table of the projection runner and our view `commitment`, made of the"
            f" same facts, are equal: {equal}."
        )
    parts.append(f"Measured on {machine}.")
    return "\n\n".join(parts) + "\n"


def figures(groups: Sequence[Group], results: Results) -> str:
    """A row a piece."""
    rows = [["", "work", "median", "min–max", "facts/s", "peak memory"]]
    rows += [
        [piece.title, *_cells(results[piece.name], piece.unit)]
        for group in groups
        for piece in group.pieces
    ]
    return _aligned(rows)


def aimed(verdicts: Sequence[Verdict]) -> str:
    """A row an aim, and what bounds those that are missed."""
    rows = [["aim", "wanted", "seen", ""]]
    rows += [[one.aim.title, *_judged(one)] for one in verdicts]
    missed: dict[str, list[str]] = {}
    for one in verdicts:
        if not one.met:
            missed.setdefault(one.aim.bound, []).append(one.aim.title)
    lines = [f"- Missed: {'; '.join(titles)}. Bound by {why}." for why, titles in missed.items()]
    return "\n\n".join([_aligned(rows), *(["\n".join(lines)] if lines else [])])


def _cells(seen: Seen, unit: str | None) -> list[str]:
    unit_of_time, factor = ("s", 1) if seen.median >= 1 else ("ms", 1000)
    fastest, middle, slowest = (
        f"{seconds * factor:,.{1 if factor > 1 else 2}f}"
        for seconds in (min(seen.seconds), seen.median, max(seen.seconds))
    )
    return [
        "1 answer" if unit is None else f"{seen.work:,} {unit}",
        f"{middle} {unit_of_time}",
        f"{fastest}–{slowest}",
        "" if unit is None else f"{seen.rate:,.0f}",
        f"{seen.peak_kib / 1024:,.0f} MiB",
    ]


def _judged(one: Verdict) -> list[str]:
    sign = "≤" if one.aim.at_most else "≥"
    unit = one.aim.unit if one.aim.unit == "/s" else f" {one.aim.unit}"
    figure = f"{one.figure:,.0f}" if one.figure >= 1000 else f"{one.figure:,.2f}"
    if one.met:
        verdict = f"met, {one.factor:,.1f} times over" if one.factor >= 1.1 else "met"
    else:
        verdict = f"missed by {(1 / one.factor - 1) * 100:,.0f} %"
    return [f"{sign} {one.aim.target:,g}{unit}", f"{figure}{unit}", verdict]


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table: the first column to the left, the others to the right."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    rule = [f"{'-' * widths[0]}", *(f"{'-' * (width - 1)}:" for width in widths[1:])]
    lines = [rows[0], rule, *rows[1:]]
    return "\n".join(
        "| "
        + " | ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        + " |"
        for line in lines
    )


def put_into(page: str, text: str) -> str:
    """The page with what lies between its two marks replaced. Raises ``ValueError`` if they are not
    there."""
    before, begun, rest = page.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not begun or not ended:
        raise ValueError(f"expected a page with {BEGIN} and then {END}, saw none; add both lines")
    return f"{before}{BEGIN}\n\n{text}\n{END}{after}"
