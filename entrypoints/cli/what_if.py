"""The command that tries policies and calendars before they are published."""

from __future__ import annotations

import argparse
from contextlib import ExitStack

from entrypoints.cli.ask import of_long_ago, promises_options
from entrypoints.cli.command import Command, Context, answer, folder_of, for_people, home_of
from entrypoints.cli.notes import lacking, note_unfinished_demo
from entrypoints.cli.options import count
from entrypoints.cli.write import opened
from entrypoints.terminal.renderers import SHOWN

#: So many promises that would change are named to programs, unless they say otherwise.
NAMED = 100


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="JSON lines of policy.published and calendar.published; - reads stdin",
    )
    parser.add_argument(
        "--limit", type=count, metavar="N", help=f"name at most so many (default: {NAMED})"
    )
    promises_options(parser)


def _what_if(args: argparse.Namespace, context: Context) -> int:
    from application.what_if import File, WhatIf, what_if

    home = home_of(args, context)
    with ExitStack() as streams:
        files = [
            File(
                "standard input" if name == "-" else name,
                streams.enter_context(opened(name, context))[0],
            )
            for name in args.files
        ]
        asked = WhatIf(
            files=files,
            limit=args.limit or (SHOWN if for_people(args) else NAMED),
            by=args.by,
            where=args.where,
            due_from=args.due_from,
            due_to=args.due_to,
            zone=args.timezone or "UTC",
            as_of=args.as_of or context.now,
            known_at=args.known_at,
        )
        with context.progress("taking in new facts") as on_progress:
            found = what_if(home, asked, on_progress)
    note_unfinished_demo(home, folder_of(args, context), context)
    told, remarks = lacking(home, found)
    if found["promises"]["counts"]["overdue"] and not args.as_of and for_people(args):
        remarks = [*remarks, *of_long_ago(home, asked, "what was open then is overdue")]
    answer("what-if", told, args, context, remarks)
    return 0


COMMANDS = (
    Command(
        "what-if",
        "the scoreboard as it would be under other policies or calendars",
        "./pledger what-if policies/iso-10002.jsonl --by department",
        _options,
        _what_if,
    ),
)
