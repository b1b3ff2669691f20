"""The command that looks at what was fed in."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from domain.errors import worded
from entrypoints.cli.command import Command, Context, answer, folder_of, home_of
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
