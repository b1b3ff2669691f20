"""The command that looks at what was fed in."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from domain.errors import worded
from entrypoints.cli.ask import of_long_ago
from entrypoints.cli.command import Command, Context, answer, folder_of, for_people, home_of
from entrypoints.cli.notes import lacking, note_unfinished_demo
from entrypoints.cli.options import moment_options
from entrypoints.cli.remedies import words_of


def _health(args: argparse.Namespace, context: Context) -> int:
    from application.health import health
    from application.question import Question

    asked = Question(as_of=args.as_of or context.now, known_at=args.known_at)
    home = home_of(args, context)
    with context.progress("taking in new facts") as on_progress:
        told = health(home, asked, on_progress)
    note_unfinished_demo(home, folder_of(args, context), context)
    findings = [_in_words(finding) for finding in told["findings"]]
    found, remarks = lacking(home, {"findings": findings})
    silent = any(finding["kind"] == "silent_source" for finding in findings)
    if silent and not args.as_of and for_people(args):
        remarks = [*remarks, *of_long_ago(home, asked, "every source is silent since")]
    answer("health", found, args, context, remarks)
    return 0


def _in_words(finding: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: worded(finding[name], words_of) for name in ("says", "remedy")}
    return {**finding, **said}


COMMANDS = (
    Command(
        "health",
        "what may be wrong with what was fed in",
        "./pledger health",
        moment_options,
        _health,
    ),
)
