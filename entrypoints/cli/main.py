"""The command line: which commands there are, and what their errors look like.

Modules are imported when a command needs them, so that ``--help`` and small questions are quick.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import BinaryIO, TextIO

from application.home import Runtime
from domain.errors import Wrong
from entrypoints.cli import (
    access,
    ask,
    desk,
    export,
    facts_and_sql,
    health,
    mcp,
    metrics,
    operations,
    quarantine,
    serve,
    what_if,
    worker,
    write,
)
from entrypoints.cli.command import Command, Context
from entrypoints.cli.demo import command as demo
from entrypoints.cli.parser import Parser, expect_command
from entrypoints.cli.remedies import message_of, notes_of

DONE, FAILED, WRONG = 0, 1, 2
INTERRUPTED = 130
INTERRUPTION = ("Query interrupted", "KeyboardInterrupt")

COMMANDS: tuple[Command, ...] = (
    *demo.COMMANDS,
    *write.COMMANDS,
    *desk.COMMANDS,
    *ask.COMMANDS,
    *metrics.COMMANDS,
    *what_if.COMMANDS,
    *health.COMMANDS,
    *facts_and_sql.COMMANDS,
    *export.COMMANDS,
    *operations.COMMANDS,
    *worker.COMMANDS,
    *quarantine.COMMANDS,
    *serve.COMMANDS,
    *access.COMMANDS,
    *mcp.COMMANDS,
)

DESCRIPTION = "A ledger of what your customers lived and of what they were promised."

EPILOG = """start here:
  ./pledger demo                      a company with 20,000 customers, and what it kept
  ./pledger promises                  did we keep our word?
  ./pledger COMMAND --help            the options of a command, with an example

for those who work on Pledger:
  ./pledger test                      every check of the house
  ./pledger bench                     how fast it is on this machine"""


def main(argv: Sequence[str], stdin: BinaryIO, stdout: TextIO, stderr: TextIO) -> int:
    """Run one command and return its exit status: 0 done, 2 the call or the input is wrong,
    1 anything else."""
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        try:
            args = _read(argv)
        except SystemExit as left:
            return left.code if isinstance(left.code, int) else FAILED
    context = Context(stdin, stdout, stderr, _now(), _runtime(), os.environ)
    try:
        _check_text(argv)
        command: Command = args.command
        return command.run(args, context)
    except KeyboardInterrupt:
        return _interrupted(stderr)
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the last place before a person
        if _comes_of_interruption(error):
            return _interrupted(stderr)
        from entrypoints.cli.system_errors import in_words
        from entrypoints.terminal.errors import explain

        told = in_words(error)
        explain(message_of(told), notes_of(error), stderr)
        return WRONG if isinstance(told, Wrong) else FAILED


def _comes_of_interruption(error: BaseException | None) -> bool:
    """Whether Ctrl-C is behind an error: DuckDB and Arrow tell of it in words of their own, and
    tidying up after it may fail in others."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt) or any(word in str(error) for word in INTERRUPTION):
            return True
        error = error.__context__
    return False


def _interrupted(stderr: TextIO) -> int:
    stderr.write("interrupted; what was acknowledged is kept, and running it again goes on\n")
    return INTERRUPTED


def _check_text(argv: Sequence[str]) -> None:
    for number, word in enumerate(argv, 1):
        try:
            word.encode()
        except UnicodeEncodeError:
            seen = f"other bytes in its word {number}"  # which may be what a customer said
            raise Wrong("a call in UTF-8", seen, "write it in UTF-8") from None


def _now() -> datetime:
    return datetime.now(UTC)


def _runtime() -> Runtime:
    """The clocks and the chance of this process. Nothing stops what waits but a signal."""

    def pause(seconds: float) -> bool:
        time.sleep(seconds)
        return False

    return Runtime(_now, time.monotonic, random.SystemRandom().random, pause)


def _read(argv: Sequence[str]) -> argparse.Namespace:
    """What the words of a call mean. Raises SystemExit where that is nothing."""
    parser = _parser(argv[:1])
    expect_command(parser, argv)
    args, strange = parser.parse_known_args(argv)
    if strange:
        args.parser.refuse(strange)
    return args


def _parser(named: Sequence[str] = ()) -> Parser:
    """The parser of the command that is named, or, where none is, of all of them."""
    parser = Parser(prog="./pledger", description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument("--version", action="version", version="Pledger 0.1.0")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, title="commands")
    for command in [one for one in COMMANDS if one.name in named] or COMMANDS:
        one = commands.add_parser(
            command.name,
            help=command.help,
            description=f"{command.help[0].upper()}{command.help[1:]}.",
            epilog=f"example:\n  {command.example}",
        )
        command.options(one)
        one.set_defaults(command=command, parser=one)
    return parser
