"""``./pledger bench``: measures, and prints the table."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, TextIO

from bench import machine, pieces, table
from bench.aims import verdicts
from bench.http import pieces as of_http
from bench.http.plan import HTTP_FULL, HTTP_QUICK, HttpSizes
from bench.plan import FULL, QUICK, Bench, Group, Sizes
from bench.running import ROOT, Failed, Found, Say, measure
from bench.server import pieces as of_server
from bench.server.opening import opened
from bench.server.plan import SERVER_FULL, SERVER_QUICK, ServerSizes
from bench.terminal import Terminal

#: The packages that a door is made of.
SERVING = ("fastapi", "starlette", "pydantic", "uvicorn", "uvloop", "httptools")

OLIST = ROOT.parent / "shared" / "data" / "olist_large"


class Chosen(NamedTuple):
    """What is measured in this run: sizes of each bench, and whether they are those that aims are
    for."""

    embedded: Sizes
    server: ServerSizes
    http: HttpSizes
    whole: bool


ALL = Chosen(FULL, SERVER_FULL, HTTP_FULL, whole=True)
SOME = Chosen(QUICK, SERVER_QUICK, HTTP_QUICK, whole=False)

#: What each bench has, by the option that chooses it.
GROUPS: Mapping[str, Callable[[], Sequence[Group]]] = {
    "": lambda: pieces.groups(FULL, None),
    "--server": lambda: of_server.groups(SERVER_FULL),
    "--http": lambda: of_http.groups(HTTP_FULL),
}


def main(
    argv: Sequence[str],
    stdout: TextIO,
    stderr: TextIO,
    full: Chosen = ALL,
    quick: Chosen = SOME,
) -> int:
    """0 done; 2 the call is wrong; 1 a piece failed, two sides that must be equal are not, or a
    server that is needed can't be started."""
    args = _parser().parse_args(argv)
    chosen = quick if args.quick else full
    terminal = Terminal(stderr)
    problem = _problem(args)
    if problem is not None:
        terminal.say(f"pledger bench: {problem}")
        return 2
    with TemporaryDirectory(prefix="pledger-bench-", dir=args.scratch) as folder:
        scratch = Path(folder)
        try:
            with _opened(args, chosen, scratch, terminal.say) as (bench, words):
                found = measure(bench, scratch, terminal.say, terminal.begin)
        except Failed as failed:
            terminal.say(f"pledger bench: {failed}")
            return 1
    if args.json:
        stdout.write(json.dumps(_plain(bench, found, words), ensure_ascii=False) + "\n")
        return 0
    judged = verdicts(found.results, bench.aims) if chosen.whole else []
    text = table.report(bench, found, judged, words)
    stdout.write(text)
    if args.write is not None:
        page = args.write.read_text(encoding="utf-8")
        args.write.write_text(table.put_into(page, text, _marks(args)), encoding="utf-8")
    return 0


@contextmanager
def _opened(
    args: argparse.Namespace, chosen: Chosen, scratch: Path, say: Say
) -> Iterator[tuple[Bench, str]]:
    """What is to be measured, ready to be; and what it is measured on, in words."""
    if args.http:
        yield _only(of_http.http_door(chosen.http), args.only), machine.words(scratch, SERVING)
        return
    if not args.server:
        olist = OLIST if OLIST.is_dir() else None
        bench = pieces.embedded(chosen.embedded, olist, args.beside)
        yield _only(bench, args.only), machine.words(scratch)
        return
    rivals = not args.no_rivals
    with opened(chosen.server, scratch, say, rivals=rivals, beside=args.beside) as (bench, words):
        yield _only(bench, args.only), words


def _only(bench: Bench, names: Sequence[str]) -> Bench:
    return replace(
        bench, groups=[group for group in bench.groups if not names or group.name in names]
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./pledger bench",
        description="Measure how fast Pledger is, and how fast others are on the same facts.",
        epilog="example:\n  ./pledger bench --only rebuild",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _bench_options(parser)
    parser.add_argument(
        "--quick", action="store_true", help="small sizes, one run: a smoke test without aims"
    )
    parser.add_argument(
        "--only",
        action="append",
        metavar="NAME",
        default=[],
        help=f"may be repeated; {_names('')}; with --server {_names('--server')}; with --http"
        f" {_names('--http')}",
    )
    parser.add_argument(
        "--no-rivals",
        action="store_true",
        help="with --server: Pledger alone, without the packages of others (bench/.venv)",
    )
    _place_options(parser)
    parser.add_argument("--json", action="store_true", help="print every repetition as JSON")
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="put the table into this page, between its marks"
    )
    return parser


def _bench_options(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--server",
        action="store_true",
        help="the server home: starts a Kafka broker and PostgreSQL of its own, and stops them",
    )
    which.add_argument(
        "--http",
        action="store_true",
        help="the HTTP door of an embedded home: starts processes that serve, and stops them",
    )


def _place_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--beside",
        type=Path,
        metavar="CHECKOUT",
        help="an older checkout with its .venv, which takes turns with this one: at whole processes"
        " and a long promise, with --server at producing",
    )
    parser.add_argument(
        "--scratch",
        type=Path,
        metavar="DIR",
        help="where to work, on the disk to measure; takes some 2 GB, with --server some 8 GB"
        " (default: the system's folder for temporary files)",
    )


def _names(option: str) -> str:
    return ", ".join(dict.fromkeys(group.name for group in GROUPS[option]()))


def _option(args: argparse.Namespace) -> str:
    """The option that chose the bench; none is that of the embedded home."""
    return "--server" if args.server else "--http" if args.http else ""


def _problem(args: argparse.Namespace) -> str | None:
    """What is wrong with the call, told before an hour is spent."""
    names = _names(_option(args))
    for name in args.only:
        if name not in names.split(", "):
            return f"expected --only to name one of {names}; saw {name!r}"
    if args.beside is not None and args.http:
        return "expected --beside without --http"
    if args.beside is not None:
        args.beside = args.beside.resolve()
        if not (args.beside / "pledger").is_file() or not (args.beside / ".venv").is_dir():
            return f"expected --beside to name a checkout with its .venv; saw {args.beside}"
    if args.no_rivals and not args.server:
        return "expected --no-rivals with --server only"
    if args.write is None:
        return None
    if args.quick or args.only or args.json or args.no_rivals or args.beside is not None:
        return "expected --write alone: a page holds the table of a whole run"
    try:
        table.put_into(args.write.read_text(encoding="utf-8"), "", _marks(args))
    except (OSError, ValueError) as problem:
        return str(problem)
    return None


def _marks(args: argparse.Namespace) -> str:
    """The name of the marks in a page."""
    return f"bench {_option(args)}".strip()


def _plain(bench: Bench, found: Found, words: str) -> dict[str, object]:
    return {
        "machine": words,
        "sizes": bench.sizes,
        "pieces": [
            {"name": piece.name, "title": piece.title, **asdict(found.results[piece.name])}
            for group in bench.groups
            for piece in group.pieces
            if piece.name in found.results
        ],
        "without": found.without,
        "aims": [
            {
                "aim": one.aim.title,
                "target": one.aim.target,
                "at_most": one.aim.at_most,
                "unit": one.aim.unit,
                "figure": one.figure,
                "met": one.met,
            }
            for one in verdicts(found.results, bench.aims)
        ],
    }


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:], sys.stdout, sys.stderr))
    except KeyboardInterrupt:
        sys.exit(130)
