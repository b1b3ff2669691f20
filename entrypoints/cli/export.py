"""The command that carries a home's tables, and what they mean, to other tools."""

from __future__ import annotations

import argparse
from pathlib import Path

from entrypoints.cli.command import Command, Context, answer, folder_of, home_of
from entrypoints.cli.notes import note_left_out, note_unfinished_demo
from entrypoints.cli.options import moment_options


def _export_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--to",
        dest="target",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="an empty folder, or none yet",
    )
    parser.add_argument(
        "--with-personal", action="store_true", help="with the free text about people"
    )
    parser.add_argument(
        "--format", choices=("parquet", "csv"), default="parquet", help="default: parquet"
    )
    moment_options(parser)


def _export(args: argparse.Namespace, context: Context) -> int:
    from application.export.run import Export, export

    home = home_of(args, context)
    wanted = Export(
        as_of=args.as_of or context.now,
        known_at=args.known_at,
        folder=args.target.absolute(),
        with_personal=args.with_personal,
        format=args.format,
    )
    with context.progress("exporting") as on_progress:
        done = export(home, wanted, on_progress)
    note_unfinished_demo(home, folder_of(args, context), context)
    note_left_out(home, context)
    answer("export", done, args, context)
    return 0


COMMANDS = (
    Command(
        "export",
        "write every view and fact table, and what they mean, for other tools",
        "./pledger export --to numbers --as-of 2026-03-01T00:00:00Z",
        _export_options,
        _export,
    ),
)
