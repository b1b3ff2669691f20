"""``./pledger bench``: measures, and prints the table."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

from bench import machine, table
from bench.aims import verdicts
from bench.pieces import groups, materials
from bench.plan import FULL, QUICK, Group, Results, Sizes
from bench.running import ROOT, Failed, measure

OLIST = ROOT.parent / "shared" / "data" / "olist_large"


def main(
    argv: Sequence[str], stdout: TextIO, stderr: TextIO, full: Sizes = FULL, quick: Sizes = QUICK
) -> int:
    """0 done; 2 the call is wrong; 1 a piece failed, or two sides that must be equal are not."""
    args = _parser().parse_args(argv)
    sizes = quick if args.quick else full
    chosen = _chosen(groups(sizes, OLIST if OLIST.is_dir() else None), args.only)

    def say(sentence: str) -> None:
        stderr.write(f"{sentence}\n")
        stderr.flush()

    problem = _problem(args)
    if problem is not None:
        say(f"pledger bench: {problem}")
        return 2
    with TemporaryDirectory(prefix="pledger-bench-", dir=args.scratch) as folder:
        scratch = Path(folder)
        try:
            results = measure(chosen, materials(sizes), scratch, sizes.runs, say)
        except Failed as failed:
            say(f"pledger bench: {failed}")
            return 1
        words = machine.words(scratch)
    if args.json:
        stdout.write(json.dumps(_plain(chosen, results, sizes, words), ensure_ascii=False) + "\n")
        return 0
    text = table.report(chosen, results, verdicts(results, sizes) if sizes == full else [], words)
    stdout.write(text)
    if args.write is not None:
        page = args.write.read_text(encoding="utf-8")
        args.write.write_text(table.put_into(page, text), encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    names = list(dict.fromkeys(group.name for group in groups(FULL, None)))
    parser = argparse.ArgumentParser(
        prog="./pledger bench",
        description="Measure how fast Pledger is, and how fast the plain way is on the same facts.",
        epilog="example:\n  ./pledger bench --only rebuild",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--quick", action="store_true", help="small sizes, one run: a smoke test without aims"
    )
    parser.add_argument(
        "--only", action="append", choices=names, default=[], help="may be repeated"
    )
    parser.add_argument(
        "--scratch",
        type=Path,
        metavar="DIR",
        help="where to work, on the disk to measure; takes some 2 GB (default: the system's folder"
        " for temporary files)",
    )
    parser.add_argument("--json", action="store_true", help="print every repetition as JSON")
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="put the table into this page, between its marks"
    )
    return parser


def _problem(args: argparse.Namespace) -> str | None:
    """What is wrong with the call, told before an hour is spent."""
    if args.write is None:
        return None
    if args.quick or args.only or args.json:
        return "expected --write alone: a page holds the table of a whole run"
    try:
        table.put_into(args.write.read_text(encoding="utf-8"), "")
    except (OSError, ValueError) as problem:
        return str(problem)
    return None


def _chosen(all_groups: list[Group], only: Sequence[str]) -> list[Group]:
    return [group for group in all_groups if not only or group.name in only]


def _plain(
    chosen: Sequence[Group], results: Results, sizes: Sizes, words: str
) -> dict[str, object]:
    return {
        "machine": words,
        "sizes": asdict(sizes),
        "pieces": [
            {"name": piece.name, "title": piece.title, **asdict(results[piece.name])}
            for group in chosen
            for piece in group.pieces
        ],
        "aims": [
            {
                "aim": one.aim.title,
                "target": one.aim.target,
                "at_most": one.aim.at_most,
                "unit": one.aim.unit,
                "figure": one.figure,
                "met": one.met,
            }
            for one in verdicts(results, sizes)
        ],
    }


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:], sys.stdout, sys.stderr))
    except KeyboardInterrupt:
        sys.exit(130)
