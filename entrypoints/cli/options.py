"""The options that commands share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from application import parameters
from domain.errors import Wrong

Value = TypeVar("Value")


def option(read: Callable[[str], Value]) -> Callable[[str], Value]:
    """A reader of parameters as argparse takes it."""

    def read_option(text: str) -> Value:
        try:
            return read(text)
        except Wrong as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read_option


instant = option(parameters.instant)
known = option(parameters.known)
position = option(parameters.position)
offset = option(parameters.offset)
zone = option(parameters.zone)
count = option(parameters.count)


def home_options(parser: argparse.ArgumentParser) -> None:
    """The options that every command has."""
    group = parser.add_argument_group("common options")
    home_option(group)
    group.add_argument("--json", action="store_true", help="print the answer as JSON")


def home_option(parser: argparse._ActionsContainer) -> None:
    """Which home it is: the one option of a command that has no answer to print."""
    parser.add_argument(
        "--home",
        type=Path,
        metavar="DIR",
        help="the folder with the ledger and its views (default: $PLEDGER_HOME, or pledger-home)",
    )


def writing_options(parser: argparse.ArgumentParser) -> None:
    """The options of a command that appends to a ledger."""
    parser.add_argument(
        "--new-topic",
        action="store_true",
        help="write although the topic is not the one that the views are of: to fill a new one",
    )
    parser.add_argument(
        "--trust-clock",
        action="store_true",
        help="record although the clock is far from when the last fact was recorded",
    )


def moment_options(parser: argparse.ArgumentParser) -> None:
    """The options of a question: its two times."""
    home_options(parser)
    parser.add_argument(
        "--as-of", type=instant, metavar="TIME", help="what was so then (default: now)"
    )
    parser.add_argument(
        "--known-at",
        type=known,
        metavar="TIME|@POSITION",
        help="what the ledger knew then (default: all that it knows)",
    )


def list_options(parser: argparse.ArgumentParser) -> None:
    """The options of a question whose answer is a list."""
    parser.add_argument(
        "--lines", action="store_true", help="print each element as JSON on a line of its own"
    )
    moment_options(parser)
