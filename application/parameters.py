"""How the text of a parameter is read, by whichever door it comes: an option of a command, a
parameter of an address. Each reader raises ``Wrong``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from application.errors import Wrong
from application.request_checks import expect_zone

if TYPE_CHECKING:
    from domain.positions import Reach, Vector


def instant(text: str) -> datetime:
    """A TIME: RFC 3339 with an offset."""
    from schemas.jsonform import NoInstant, instant_from_text

    try:
        return instant_from_text(text)
    except NoInstant as error:
        meant = _meant(text)
        raise Wrong(error.expected, error.seen, f"did you mean {meant}?" if meant else "") from None


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
    """A TIME or @POSITION."""
    if not text.startswith("@"):
        try:
            return instant(text)
        except Wrong as error:
            meant = text if text and set(text) <= set("0123456789:,") else "12 or @0:12,1:7"
            also = f"a position has @ in front, such as @{meant}"
            remedy = f"{error.remedy} {also}" if error.remedy else also
            raise Wrong(error.expected, error.seen, remedy) from None
    return reach(text[1:], text)


def reach(text: str, seen: str = "") -> Reach:
    """How far a ledger goes, as answers give it: 12, or 0:12,1:7 where it has several partitions.
    ``seen`` is the whole of what it is a part of."""
    if ":" in text:
        return _places(seen or text, text)
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        at = "@" if seen else ""
        raise Wrong(
            f"{'a time with an offset, or @ and ' if seen else ''}a position such as {at}12 or"
            f" {at}0:12,1:7",
            f"{seen or text!r}",
        )
    return int(text)


def position(text: str) -> int:
    """The position of a fact: N, or PARTITION:N in a ledger of several partitions."""
    if ":" not in text:
        return count(text)
    ((partition, place), *more) = _places(text, text).items() or [(0, 0)]
    if more or not place:
        raise Wrong("one position such as 3:18", f"{text!r}")
    from domain.positions import position_of

    return position_of(partition, place - 1)


def _places(text: str, written: str) -> Vector:
    from domain.positions import vector_from_text

    try:
        return vector_from_text(written)
    except ValueError:
        expected = "PARTITION:PLACES[,…], each partition once, such as 0:12,1:7"
        raise Wrong(expected, f"{text!r}") from None


def offset(text: str) -> tuple[int, int]:
    """The place of a message: PARTITION:OFFSET."""
    partition, _, at = text.partition(":")
    if not all(n.isascii() and n.isdigit() and len(n) < 16 for n in (partition, at)):
        raise Wrong("PARTITION:OFFSET, as in 3:1042", f"{text!r}")
    return int(partition), int(at)


def zone(text: str) -> str:
    """A time zone, by its IANA name."""
    expect_zone(text)
    return text


def count(text: str) -> int:
    """A whole number from 1."""
    if not text.isascii() or not text.isdigit() or len(text) > 12 or int(text) < 1:
        raise Wrong("a whole number from 1", f"{text!r}")
    return int(text)
