"""The door as both clients know it: its address, the key, and how what comes back is read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx2
from pydantic import ValidationError

from pledger_sdk.errors import Refused
from pledger_sdk.http.answers import DueChange, Fact, Position, Receipts
from pledger_sdk.http.errors import DoorAway, NoDoor, StreamBroken, error_of
from pledger_sdk.http.requests import JSON, Request
from pledger_sdk.http.retries import Retries, seconds_of

T = TypeVar("T")

#: The environment variable with the key, where none is given.
KEY = "PLEDGER_KEY"
#: Seconds to wait for an answer: more than the 30 that the door takes at the most.
TIMEOUT = 35.0


@dataclass(frozen=True)
class Door:
    """The address of a door, and the key that opens it."""

    address: str
    key: str | None = field(repr=False)

    def sent(self, request: Request[T]) -> dict[str, Any]:
        """A request as ``httpx2`` builds it."""
        headers = {"Accept": JSON, **request.headers}
        if self.key is not None:
            headers["Authorization"] = f"Bearer {self.key}"
        return {
            "method": request.method,
            "url": self.address + request.path,
            "params": list(request.parameters) or None,
            "content": request.content,
            "headers": headers,
        }


def door_at(address: str, key: str | None) -> Door:
    """The door at ``http[s]://host[:port]``; without a key, with that in ``PLEDGER_KEY``. Raises
    ``Refused``."""
    if not str(address).startswith(("http://", "https://")):
        raise Refused(
            "address: expected http://host:port or https://host, saw something else: give that"
            " which 'pledger serve' prints"
        )
    given = os.environ.get(KEY) if key is None else key  # noqa: TID251 -- its users' own default
    if given is not None and not (given.isascii() and given.isprintable() and " " not in given):
        raise Refused("key: expected a key as 'key create' prints it, saw something else")
    return Door(address.rstrip("/"), given or None)


def answer_of(request: Request[T], status: int, headers: Mapping[str, str], content: bytes) -> T:
    """What a request is answered. Raises ``DoorError``, ``NoDoor``."""
    expect_good(status, headers, content)
    try:
        return request.read(json.loads(content))
    except (ValueError, KeyError, TypeError, IndexError, ValidationError):
        # Their messages quote what came.
        raise NoDoor("an answer that is none to this question") from None


def expect_good(status: int, headers: Mapping[str, str], content: bytes) -> None:
    """Raises ``DoorError``, ``NoDoor``."""
    if not 200 <= status < 300:
        retry_after = seconds_of(headers.get("Retry-After"))
        raise error_of(status, content, headers.get("X-Request-Id"), retry_after)


def away(door: Door, problem: httpx2.TransportError) -> DoorAway:
    """Of a connection that failed. Its message stays out: it may quote what was sent."""
    return DoorAway(
        f"expected a door at {door.address}, saw {problem.__class__.__name__}: see whether"
        " 'pledger serve' runs there"
    )


def pause_of(door: Door, retries: Retries) -> float:
    """Seconds to wait where a stream that has no end has ended. Raises ``DoorAway`` where it is not
    to be opened again."""
    ended = DoorAway(
        f"expected a stream without end from {door.address}, saw it end: open it again since the"
        " last position that came"
    )
    pause = retries.pause(1, ended)
    if pause is None:
        raise ended
    return pause


def change_of(event: httpx2.ServerSentEvent) -> DueChange:
    """The line of the worklist that an event is about. Raises ``NoDoor``."""
    position = int(event.id) if event.id.isdecimal() else event.id
    try:
        return DueChange.model_validate({**json.loads(event.data), "position": position})
    except (ValueError, TypeError):
        raise NoDoor("an event that is no line of a worklist") from None


def merged(parts: Sequence[Receipts], sizes: Sequence[int]) -> Receipts:
    """What became of several batches of so many facts, as of one."""
    starts = [sum(sizes[:number]) for number in range(len(parts))]
    return Receipts(
        accepted=sum(each.accepted for each in parts),
        duplicates=sum(each.duplicates for each in parts),
        receipts=tuple(one for each in parts for one in each.receipts),
        rejected=tuple(
            one.model_copy(update={"index": start + one.index})
            for start, each in zip(starts, parts, strict=True)
            for one in each.rejected
        ),
        head=parts[-1].head if parts else None,
    )


class Lines:
    """The facts of a stream, as its bytes come in. Lines end with a line feed and nothing else: a
    text may hold what other readers take for the end of a line. A line with ``specversion`` is a
    fact, whatever further attributes it has; the last line, ``{"end": true, …}``, has none."""

    def __init__(self) -> None:
        self.position: Position | None = None
        self._rest = b""
        self._ended = False

    def feed(self, content: bytes) -> Iterator[Fact]:
        """The facts whose lines are whole. Raises ``NoDoor``."""
        *whole, self._rest = (self._rest + content).split(b"\n")
        for line in whole:
            try:
                said = json.loads(line)
                if "specversion" not in said and said["end"] is True:
                    self._ended = True
                    continue
                fact = Fact.model_validate(said)
            except (ValueError, KeyError, TypeError):
                raise NoDoor("a line that is no fact") from None
            self.position = fact.position
            yield fact

    def end(self) -> None:
        """Raises ``StreamBroken`` where the last line has not come."""
        if not self._ended:
            raise StreamBroken(self.position)
