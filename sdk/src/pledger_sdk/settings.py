"""The settings of a sender, and what of them can't be used: said at once, and not by a broker that
never answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Required, TypedDict

from pledger_sdk._contract.ledger.kafka.settings import is_server, is_topic
from pledger_sdk._contract.schemas.errors import describe
from pledger_sdk.delivery import Report
from pledger_sdk.errors import Refused


class Sending(TypedDict, total=False):
    """What ``Sender`` takes."""

    bootstrap_servers: Required[str]
    topic: str
    outbox: Path | str | None
    security: Mapping[str, str] | None
    max_facts: int
    max_bytes: int
    patience: float
    fsync: bool
    client_id: str
    on_delivery: Callable[[Report], object] | None


def expect_servers(servers: object) -> None:
    """Raises ``Refused`` for what is not ``host:port[,host:port…]``."""
    if not isinstance(servers, str):
        seen = servers.__class__.__name__
    else:
        wrong = [each for each in map(str.strip, servers.split(",")) if not is_server(each)]
        if not wrong:
            return
        seen = describe(wrong[0])
    raise Refused(
        f"bootstrap_servers: expected text of the form host:port[,host:port…], saw {seen}: give"
        " each broker its port, as in localhost:9092"
    )


def expect_topic(topic: object) -> None:
    """Raises ``Refused`` for what can't be the name of a topic."""
    if isinstance(topic, str) and is_topic(topic):
        return
    seen = describe(topic) if isinstance(topic, str) else topic.__class__.__name__
    raise Refused(
        "topic: expected a name of at most 249 letters, digits, dots, hyphens and underscores, saw"
        f" {seen}: give the name of the ledger's topic"
    )


def expect_bounds(max_facts: object, max_bytes: object, patience: object) -> None:
    """Raises ``Refused`` for bounds in which no fact has room, and a wait that has no length."""
    for name, value in (("max_facts", max_facts), ("max_bytes", max_bytes)):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise Refused(
                f"{name}: expected a whole number of 1 or more, saw {_number(value)}: say how much"
                " may wait in the outbox"
            )
    if not (
        isinstance(patience, int | float)
        and not isinstance(patience, bool)
        and 0 <= patience <= threading.TIMEOUT_MAX
    ):
        raise Refused(
            f"patience: expected seconds, 0 or more, saw {_number(patience)}: say how long emitting"
            " may wait for room"
        )


def outbox_file(outbox: object) -> Path | None:
    """The path; None if none was given. Raises ``Refused`` for what is none."""
    if outbox is None:
        return None
    if not isinstance(outbox, Path | str):
        seen = outbox.__class__.__name__
    elif str(outbox) in ("", ".", ":memory:"):
        seen = f"{str(outbox)!r}, which is none"
    else:
        return Path(outbox)
    raise Refused(
        f"outbox: expected the path of a file, saw {seen}: name one, or leave the outbox out to"
        " have facts wait in memory"
    )


def _number(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value.__class__.__name__
