"""What requests hold their places to. Each raises ``Wrong`` with what there is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from application.errors import Wrong


def expect_types(names: Sequence[str]) -> None:
    """That each is a type of the catalogue."""
    from schemas.catalogue import TYPES

    for name in names:
        if name not in TYPES:
            raise Wrong("a type of the catalogue", f"{name!r}", meant(name, TYPES))


def meant(name: str, known: Collection[str]) -> str:
    """The known name that may have been meant, as a remedy; empty where none is near."""
    from projections.queries.unknown import near

    likely = near(name, known)
    return f"did you mean {likely}?" if likely else ""


def expect_among(what: str, given: Sequence[str], known: Collection[str]) -> None:
    """That each is known."""
    for name in given:
        if name not in known:
            raise Wrong(f"{what} among {', '.join(known)}", f"{name!r}", "name one of them")


def pair(text: str, expected: str) -> tuple[str, str]:
    """A name and its value, as in ``about=delivery``; the value may be empty. Raises Wrong."""
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise Wrong(expected, f"{text!r}", f"write {name}=VALUE" if name else "")
    return name, value


def expect_from(least: int, what: str, given: object) -> None:
    """That a number, if one is given, is not below another."""
    if isinstance(given, int) and given < least:
        raise Wrong(f"{what} from {least}", f"{given}", "name another number")


def expect_in_order(start: datetime | None, end: datetime | None) -> None:
    """That a window does not end before it starts."""
    if start is None or end is None or start <= end:
        return
    from application.json_answers import instant_to_text

    seen = f"{instant_to_text(end)} before {instant_to_text(start)}"
    raise Wrong("an end at or after the start", seen, "change one of them")


def expect_zone(name: str) -> None:
    """That it is the name of a time zone."""
    if name == "UTC":
        return
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        expected = "the name of a time zone such as Europe/Paris"
        raise Wrong(expected, f"{name!r}", "name another") from None
