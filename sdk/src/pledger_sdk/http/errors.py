"""What can go wrong at the door, one class for each kind of problem that it tells.

Messages hold what the door says was expected, what it saw and what to do, and never an address,
which may name a customer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pledger_sdk.errors import PledgerError


class DoorError(PledgerError):
    """The door did not do what was asked. ``kind`` is the last part of the problem's ``type``,
    whose page at the door says more; ``problem`` is all that the door told, ``retry_after`` in how
    many seconds to ask again."""

    def __init__(
        self,
        status: int,
        problem: Mapping[str, Any],
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.status = status
        self.retry_after = retry_after
        self.problem = problem
        self.request_id = request_id
        self.kind = str(problem.get("type", "")).removeprefix("/problems/")
        self.expected = str(problem.get("expected", ""))
        self.seen = str(problem.get("seen", ""))
        self.remedy = str(problem.get("remedy", ""))
        super().__init__(self._told())

    def _told(self) -> str:
        told = f"expected {self.expected}, saw {self.seen}"
        if not self.expected:
            told = f"expected an answer, saw status {self.status}"
        return f"{told}; {self.remedy}" if self.remedy else told


class WrongRequest(DoorError):
    """The request is wrong; ``problem["parameters"]`` names those that are, with why."""


class NotLetIn(DoorError):
    """No key, or none that is known."""


class Forbidden(DoorError):
    """The key lacks the scope, or does not speak for the department."""


class NotFound(DoorError):
    """What is asked for is not there."""


class NotKeptAsFact(DoorError):
    """What was sent is no fact, or a batch of which all was to be kept has something that is none;
    ``problem["rejected"]`` has the reasons."""


class Conflict(DoorError):
    """The id of the fact is that of another one."""


class Declined(DoorError):
    """The desk refused the command, since it would change nothing: ``problem["state"]`` says how it
    stands, and since when (``problem["since"]``)."""


class Outdated(DoorError):
    """Somebody has decided meanwhile: the version is another than was expected."""


class TooLarge(DoorError):
    """More than the door takes at once."""


class NotYet(DoorError):
    """The views do not hold the position in ``after`` yet."""


class Busy(DoorError):
    """Not now: too many requests, or others hold the ledger or the views."""


class Fault(DoorError):
    """A fault of the door; who runs it finds more in its log by ``request_id``."""


class DoorAway(PledgerError):
    """Nobody answers at the address, or no longer."""

    retry_after: float | None = None


class NoDoor(PledgerError):
    """Something answers at the address, and not as the door of a home does."""

    def __init__(self, seen: str, retry_after: float | None = None) -> None:
        super().__init__(
            f"expected the answer of a door, saw {seen}: see to the address, and to what stands"
            " between"
        )
        self.retry_after = retry_after


class StreamBroken(PledgerError):
    """The stream of facts ended before its last line. ``position`` is that of the last fact that
    came, None where none did: go on behind it (``from_position``)."""

    def __init__(self, position: int | str | None) -> None:
        super().__init__(
            "expected a last line that says the end, saw a stream that broke off: ask again from"
            " the last position that came"
        )
        self.position = position


_KINDS: Mapping[str, type[DoorError]] = {
    "parameters": WrongRequest,
    "wrong": WrongRequest,
    "method": WrongRequest,
    "not-acceptable": WrongRequest,
    "unsupported-media-type": WrongRequest,
    "unauthenticated": NotLetIn,
    "forbidden": Forbidden,
    "forged": Forbidden,
    "origin": Forbidden,
    "unknown": NotFound,
    "rejected": NotKeptAsFact,
    "conflict": Conflict,
    "refused": Declined,
    "precondition": Outdated,
    "too-large": TooLarge,
    "too-long": TooLarge,
    "too-many-requests": Busy,
    "busy": Busy,
    "too-slow": Busy,
    "request-timeout": Busy,
    "unavailable": Busy,
    "not-yet": NotYet,
    "fault": Fault,
}


def error_of(
    status: int, content: bytes, request_id: str | None, retry_after: float | None
) -> DoorError | NoDoor:
    """What an answer with this status tells."""
    try:
        problem = json.loads(content)
    except ValueError:
        problem = None
    if not isinstance(problem, dict) or not str(problem.get("type")).startswith("/problems/"):
        if status == 413:
            # A proxy before the door takes less at once than the door.
            problem = {"expected": "less at once", "seen": "a body beyond the limit"}
            return TooLarge(status, problem)
        return NoDoor(f"status {status} of something else", retry_after)
    kind = str(problem["type"]).removeprefix("/problems/")
    return _KINDS.get(kind, DoorError)(status, problem, request_id, retry_after)
