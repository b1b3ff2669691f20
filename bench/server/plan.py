"""The sizes of the server bench, and where its servers are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class ServerSizes:
    """How much each piece does, and how often."""

    runs: int = 3
    #: Partitions of the topic.
    partitions: int = 4
    #: Facts of the topic that workers and rivals read, and of the one that is rebuilt from.
    small: int = 200_000
    large: int = 1_000_000
    #: Freshness: facts a second, and for how long.
    rate: int = 1_000
    seconds: int = 30


SERVER_FULL = ServerSizes()
SERVER_QUICK = ServerSizes(runs=1, small=5_000, large=20_000, seconds=3)


class Servers(NamedTuple):
    """A broker, as ``HOST:PORT``, and a DSN of PostgreSQL whose role may create databases."""

    broker: str
    postgres: str
