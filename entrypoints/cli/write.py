"""The commands that put facts in, and the one that builds the views anew."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from domain.errors import Wrong, worded
from entrypoints.cli.command import Command, Context, answer, home_of
from entrypoints.cli.options import count, home_options, writing_options
from entrypoints.cli.remedies import words_of

if TYPE_CHECKING:
    from application.importing import Imported

#: More facts than these at once are no accident.
_MANY_POSITIONS = 100_000


def _emit_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="JSON lines of CloudEvents; - reads stdin")
    parser.add_argument(
        "--all-or-nothing", action="store_true", help="write nothing if any line is rejected"
    )
    writing_options(parser)
    home_options(parser)


def _emit(args: argparse.Namespace, context: Context) -> int:
    with opened(args.file, context) as (stream, size):
        return _emit_from(stream, size, args, context)


@contextmanager
def opened(name: str, context: Context) -> Iterator[tuple[BinaryIO, int | None]]:
    """The file of events that a call names, with its size where that is known."""
    if name == "-":
        yield context.stdin, None
        return
    path = Path(name)
    if not path.exists() or path.is_dir():
        seen = "a folder" if path.is_dir() else "none"
        raise Wrong(
            "a file of JSON lines", f"{seen} at {name!r}", "name a file, or - for standard input"
        )
    with path.open("rb") as stream:  # a pipe has a name too, as in <(zcat facts.gz)
        yield stream, path.stat().st_size if path.is_file() else None


def _emit_from(
    stream: BinaryIO, size: int | None, args: argparse.Namespace, context: Context
) -> int:
    from application.emit import Events, emit

    asked = Events(stream=stream, all_or_nothing=args.all_or_nothing)
    with (
        home_of(args, context).writing(
            trust_clock=args.trust_clock, new_topic=args.new_topic
        ) as ledger,
        context.progress("emitting", size) as report,
    ):
        found = emit(ledger, asked, lambda lines, read: report(lines, size, read))
    answer("emit", found, args, context)
    return 2 if found["rejected"] else 0


def _import_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the importer's SELECTs")
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="where its files are found"
    )
    parser.add_argument(
        "--set",
        dest="settings",
        action="append",
        default=[],
        type=_setting,
        metavar="NAME=VALUE",
        help="read in SQL as getvariable('NAME'); may be repeated",
    )
    parser.add_argument("--name", metavar="NAME", help="the importer's name (default: FOLDER's)")
    parser.add_argument(
        "--snapshot",
        action="store_true",
        help="the files say how things stand: make new facts of rows that changed, and take back"
        " those of rows that are gone",
    )
    parser.add_argument(
        "--keep-vanished",
        action="store_true",
        help="with --snapshot: leave the facts of rows that are gone",
    )
    parser.add_argument(
        "--accept-vanished",
        type=count,
        metavar="N",
        help="with --snapshot: take back so many, though it is more than a tenth",
    )
    writing_options(parser)
    home_options(parser)


def _setting(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise argparse.ArgumentTypeError(f"expected NAME=VALUE, saw {text!r}")
    return name, value


def _import(args: argparse.Namespace, context: Context) -> int:
    from application.importing import Import, Snapshot, import_folder, import_snapshot

    asked = Import(folder=args.folder, data=args.data, settings=dict(args.settings), name=args.name)
    _expect_snapshot(args)
    home = home_of(args, context)
    with home.writing(trust_clock=args.trust_clock, new_topic=args.new_topic) as ledger:
        if args.snapshot:
            snapshot = Snapshot(
                files=asked,
                keep_vanished=args.keep_vanished,
                accept_vanished=args.accept_vanished,
            )
            found: Imported = import_snapshot(home, ledger, snapshot, context.progress)
        else:
            with context.progress("importing") as on_progress:
                found = import_folder(ledger, asked, on_progress)
    for each in found["rejected"]:
        each["why"] = worded(each["why"], words_of)
    answer("import", found, args, context)
    return 2 if found["rejected"] else 0


def _expect_snapshot(args: argparse.Namespace) -> None:
    if args.snapshot or not (args.keep_vanished or args.accept_vanished is not None):
        return
    option = "--keep-vanished" if args.keep_vanished else "--accept-vanished"
    raise Wrong(
        f"--snapshot with {option}",
        "none",
        "without it, nothing vanishes: an import only adds facts",
    )


def _rebuild_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--forget-lost",
        action="store_true",
        help="build although the ledger lacks facts that the views have",
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        type=_positions,
        metavar="POSITION",
        help="from now on, leave out the fact at this position, or those at A-B (embedded home);"
        " may be repeated",
    )
    parser.add_argument(
        "--with",
        dest="taken_back",
        action="append",
        default=[],
        type=_positions,
        metavar="POSITION",
        help="take the fact at this position, or those at A-B, in again; may be repeated",
    )
    parser.add_argument(
        "--scratch",
        type=Path,
        metavar="DIR",
        help="where a server home folds: about 300 bytes a fact (default: that of temporary files)",
    )
    parser.add_argument(
        "--memory",
        type=_memory,
        metavar="SIZE",
        help="what it holds of that in memory, as 2GB or 800MB (default: 4GB)",
    )
    home_options(parser)


def _positions(text: str) -> range:
    first, sign, last = text.partition("-")
    try:
        start = count(first)
        found = range(start, (count(last) if sign else start) + 1)
    except argparse.ArgumentTypeError:
        found = range(0)
    if not 0 < len(found) <= _MANY_POSITIONS:
        raise argparse.ArgumentTypeError(
            f"expected a position, or A-B of at most {_MANY_POSITIONS:,} positions, saw {text!r}"
        )
    return found


def _memory(text: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]{0,5}[MG]B", text):
        raise argparse.ArgumentTypeError(f"expected a size such as 2GB or 800MB, saw {text!r}")
    return text


def _rebuild(args: argparse.Namespace, context: Context) -> int:
    from application.home import Rebuilding
    from application.rebuild import rebuild

    asked = Rebuilding(
        forget_lost=args.forget_lost,
        within=args.scratch,
        memory=args.memory,
        without=tuple(chain.from_iterable(args.without)),
        taken_back=tuple(chain.from_iterable(args.taken_back)),
    )
    with context.progress("rebuilding") as on_progress:
        found = rebuild(home_of(args, context), context.runtime.monotonic, asked, on_progress)
    answer("rebuild", found, args, context)
    return 0


COMMANDS = (
    Command(
        "emit",
        "append facts, one CloudEvent a line",
        "./pledger emit facts.jsonl",
        _emit_options,
        _emit,
    ),
    Command(
        "import",
        "append facts that SELECTs find in files",
        "./pledger import mappings/example --data mappings/example/data",
        _import_options,
        _import,
    ),
    Command(
        "rebuild",
        "build every view again from the ledger, and swap",
        "./pledger rebuild",
        _rebuild_options,
        _rebuild,
    ),
)
