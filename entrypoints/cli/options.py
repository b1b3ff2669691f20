"""The options that commands share, and how the text of an option is read."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.positions import Reach, Vector


def instant(text: str) -> datetime:
    """An option's TIME: RFC 3339 with an offset."""
    from application.json_answers import instant_from_text

    try:
        return instant_from_text(text)
    except ValueError as error:
        meant = _meant(text)
        said = f"{error}; did you mean {meant}?" if meant else str(error)
        raise argparse.ArgumentTypeError(said) from None


def _meant(text: str) -> str | None:
    """The instant that a date, or a time without its offset or with a blank in it, stands for in
    UTC."""
    from application.json_answers import instant_to_text

    try:
        found = datetime.fromisoformat(text.strip())
        return instant_to_text(found if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def known(text: str) -> Reach | datetime:
    """An option's TIME or @POSITION."""
    if not text.startswith("@"):
        try:
            return instant(text)
        except argparse.ArgumentTypeError as error:
            meant = text if text and set(text) <= set("0123456789:,") else "12 or @0:12,1:7"
            raise argparse.ArgumentTypeError(
                f"{error}; a position has @ in front, such as @{meant}"
            ) from None
    if ":" in text:
        return _places(text, text[1:])
    if not text[1:].isascii() or not text[1:].isdigit() or len(text) > 19:
        raise argparse.ArgumentTypeError(
            "expected a time with an offset, or @ and a position such as @12 or @0:12,1:7,"
            f" saw {text!r}"
        )
    return int(text[1:])


def position(text: str) -> int:
    """An option's position of a fact: N, or PARTITION:N in a ledger of several partitions."""
    if ":" not in text:
        return count(text)
    ((partition, place), *more) = _places(text, text).items() or [(0, 0)]
    if more or not place:
        raise argparse.ArgumentTypeError(f"expected one position such as 3:18, saw {text!r}")
    from domain.positions import position_of

    return position_of(partition, place - 1)


def _places(text: str, written: str) -> Vector:
    from domain.positions import vector_from_text

    try:
        return vector_from_text(written)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error} in {text!r}") from None


def offset(text: str) -> tuple[int, int]:
    """An option's place of a message: PARTITION:OFFSET."""
    partition, _, at = text.partition(":")
    if not all(n.isascii() and n.isdigit() and len(n) < 16 for n in (partition, at)):
        raise argparse.ArgumentTypeError(f"expected PARTITION:OFFSET, as in 3:1042, saw {text!r}")
    return int(partition), int(at)


def zone(text: str) -> str:
    """An option's time zone, by its IANA name."""
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(text)
    except (ValueError, OSError, LookupError):
        raise argparse.ArgumentTypeError(
            f"expected the name of a time zone such as Europe/Paris, saw {text!r}"
        ) from None
    return text


def count(text: str) -> int:
    """An option's whole number from 1."""
    if not text.isascii() or not text.isdigit() or len(text) > 12 or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, saw {text!r}")
    return int(text)


def home_options(parser: argparse.ArgumentParser) -> None:
    """The options that every command has."""
    group = parser.add_argument_group("common options")
    group.add_argument(
        "--home",
        type=Path,
        metavar="DIR",
        help="the folder with the ledger and its views (default: $PLEDGER_HOME, or pledger-home)",
    )
    group.add_argument("--json", action="store_true", help="print the answer as JSON")


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
