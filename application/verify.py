"""Whether a ledger holds what was stored, and whether its views are of it.

Everything is read and nothing is believed: the digest that is compared with that of the views is
computed from what lies there. Several processes share the work. What is wrong is listed, at most
``LISTED`` faults of it by position; all of them are counted by kind. A fault never shows what a
fact says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypedDict

from application.embedded_home import EmbeddedHome
from application.errors import Problem
from application.home import silent
from domain.positions import Reach
from ledger.faults import Faults, Kind
from projections.known_positions import shown, shown_reach

if TYPE_CHECKING:
    from application.home import OnProgress
    from application.server_home import ServerHome

#: Whether the views are of these facts. Unknown: they were built by a program that kept no digest,
#: hold facts before those that were looked at, or could not be asked.
Views = Literal["same", "other", "unknown", "none"]

_RESTORE = (
    "keep the ledger as it is for whoever examines it, and take the last sound copy; then emit"
    " again what came after it: what is there already counts once"
)
_OF_TOPIC = "restore the topic from a backup, before anything else is written to it or built of it"

#: What to do about each kind of fault.
REMEDIES: Mapping[Kind, str] = {
    "gap": _RESTORE,
    "cut": _RESTORE,
    "order": _RESTORE,
    "checksum": _RESTORE,
    "unreadable": _RESTORE,
    "id": _RESTORE,
    "duplicate": _RESTORE,
    "conflict": _RESTORE,
    "damaged": _RESTORE,
    "time": (
        "what was known at a time may be another set of facts around it: ask by position; and set"
        " the clocks of the machines that record"
    ),
    "topic": _OF_TOPIC,
    "views": (
        "see first which of the two is right: where the ledger was restored or repaired on purpose,"
        " {rebuild} makes the views those of its facts; otherwise take the last sound copy of it"
    ),
}


@dataclass(frozen=True)
class Verification:
    """What is to be looked at: all facts from a position on."""

    first: int = 1


WHOLE = Verification()
#: From where on, and up to where facts were looked at.
Positions = TypedDict("Positions", {"from": int | str, "to": int | str})


class FaultFound(TypedDict):
    """Something that is wrong, where that can be known, and what to do about it."""

    position: int | str | None
    kind: Kind
    expected: str
    seen: str
    remedy: str


class Verified(TypedDict):
    """How many facts were looked at and where, what is wrong with them, how much of which kind, and
    whether the views are of them."""

    facts: int
    positions: Positions
    faults: list[FaultFound]
    kinds: dict[Kind, int]
    views: Views


class TopicVerified(Verified):
    """The same of a topic; messages that are no facts, and how many of these wait in quarantine;
    facts whose id was there before, with the same content or with another; and why the database
    could not be asked, if it could not: then nothing is known of the views."""

    unreadable: int
    quarantined: int | None
    duplicates: int
    conflicts: int
    unchecked: Problem | None


def verify(
    home: EmbeddedHome | ServerHome,
    asked: Verification = WHOLE,
    on_progress: OnProgress = silent,
) -> Verified | TopicVerified:
    """Look at all facts of a home from a position on. Raises ``NoHome``, ``Unknown`` for a position
    that an embedded home does not have, and what servers raise."""
    if isinstance(home, EmbeddedHome):
        return _file(home, asked, on_progress)
    return _topic(home, asked, on_progress)


def _file(home: EmbeddedHome, asked: Verification, on_progress: OnProgress) -> Verified:
    from application.verify_file import look_through

    faults = Faults()
    found = look_through(home, asked.first, faults, on_progress)
    return {
        "facts": found.facts,
        "positions": _positions(asked, found.head),
        "faults": _listed(faults, found.head),
        "kinds": dict(faults.kinds),
        "views": found.views,
    }


def _topic(home: ServerHome, asked: Verification, on_progress: OnProgress) -> TopicVerified:
    from application.verify_topic import Books, look_through

    faults = Faults()
    found = look_through(home, asked.first, faults, on_progress)
    books = found.books
    return {
        "facts": found.facts,
        "positions": _positions(asked, found.reach),
        "faults": _listed(faults, found.reach),
        "kinds": dict(faults.kinds),
        "views": found.views,
        "unreadable": found.unreadable,
        "quarantined": books.quarantined if isinstance(books, Books) else None,
        "duplicates": found.duplicates,
        "conflicts": found.conflicts,
        "unchecked": books if isinstance(books, Problem) else None,
    }


def _positions(asked: Verification, reach: Reach) -> Positions:
    return {"from": shown(asked.first, reach), "to": shown_reach(reach)}


def _listed(faults: Faults, reach: Reach) -> list[FaultFound]:
    return [
        {
            "position": None if fault.position is None else shown(fault.position, reach),
            "kind": fault.kind,
            "expected": fault.expected,
            "seen": fault.seen,
            "remedy": fault.remedy or REMEDIES[fault.kind],
        }
        for fault in faults.listed()
    ]
