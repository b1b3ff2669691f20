"""The figures as tables, in Markdown whose columns are aligned, for the terminal and the page."""

from __future__ import annotations

from collections.abc import Sequence

from bench.aims import Verdict
from bench.plan import Bench, Group, Piece, Results, Seen
from bench.running import Found


def report(bench: Bench, found: Found, verdicts: Sequence[Verdict], machine: str) -> str:
    """Everything: the figures, what is missing, how pairs compare, the aims, what is equal, and the
    machine."""
    parts = [figures(bench.groups, found.results)]
    if found.without:
        parts.append(
            "\n".join(
                f"- Not measured: {title.removeprefix('· ')} ({why})."
                for title, why in found.without.items()
            )
        )
    parts += compared(bench, found.results)
    if verdicts:
        parts.append(aimed(verdicts))
    parts += _equal(bench.groups, found.results)
    parts.append(f"Measured on {machine}.")
    return "\n\n".join(parts) + "\n"


def _equal(groups: Sequence[Group], results: Results) -> list[str]:
    digests: dict[str, dict[str, None]] = {}
    for group in groups:
        for piece in group.pieces:
            digest = results[piece.name].digest if piece.name in results else None
            if piece.equal is not None and digest is not None:
                digests.setdefault(piece.equal, {})[digest] = None
    return [f"{what} are equal: {'; '.join(alike)}." for what, alike in digests.items()]


def figures(groups: Sequence[Group], results: Results) -> str:
    """A row a piece that was measured."""
    rows = [["", "work", "median", "min–max", "facts/s", "peak memory"]]
    rows += [
        [piece.title, *_cells(results[piece.name], piece)]
        for group in groups
        for piece in group.pieces
        if piece.name in results
    ]
    return _aligned(rows)


def compared(bench: Bench, results: Results) -> list[str]:
    """A row a pair of which both were measured, as a table, if there is any."""
    titles = {piece.name: piece.title for group in bench.groups for piece in group.pieces}
    rows = [
        [titles[ours], titles[theirs].removeprefix("· "), f"{ratio:,.2f} ×"]
        for ours, theirs in bench.pairs
        if ours in results and theirs in results
        for ratio in [results[ours].against(results[theirs])]
    ]
    return [_aligned([["", "against", "times as fast"], *rows])] if rows else []


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


def _cells(seen: Seen, piece: Piece) -> list[str]:
    unit_of_time, factor = ("s", 1) if seen.median >= 1 else ("ms", 1000)
    fastest, middle, slowest = (
        f"{seconds * factor:,.{1 if factor > 1 else 2}f}"
        for seconds in (min(seen.seconds), seen.median, max(seen.seconds))
    )
    work = "1 answer" if piece.unit is None else f"{seen.work:,} {piece.unit}"
    spread = f"{fastest}–{slowest}"
    if piece.tail:
        work = f"{len(seen.seconds):,} facts"
        spread = f"p99 {seen.p99 * factor:,.1f}, max {slowest}"
    return [
        work,
        f"{middle} {unit_of_time}",
        spread,
        "" if piece.unit is None else f"{seen.rate:,.0f}",
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


def put_into(page: str, text: str, name: str) -> str:
    """The page with what lies between its two marks of that name replaced. Raises ``ValueError`` if
    they are not there."""
    begin, end = (f"<!-- {name}: {which} -->" for which in ("begin", "end"))
    before, begun, rest = page.partition(begin)
    _, ended, after = rest.partition(end)
    if not begun or not ended:
        raise ValueError(f"expected a page with {begin} and then {end}, saw none; add both lines")
    return f"{before}{begin}\n\n{text}\n{end}{after}"
