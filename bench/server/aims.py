"""What is aimed at on the server home."""

from __future__ import annotations

from bench.plan import Aim
from bench.server.plan import ServerSizes

FOLDING = "PostgreSQL, which folds the touched keys, and its indexes; it has a core to itself"
REBUILDING = (
    "the work of both cores: about a third is PostgreSQL's, which takes in all rows and builds all"
    " indexes, a third reads and decodes messages, a third lands and folds them"
)
WAITING = "how long a batch takes, and how long a fact waits for the one before it to end"


def aims(sizes: ServerSizes) -> list[Aim]:
    """All aims, in the order of the table: on two cores, with the broker and the database on the
    same machine."""
    return [
        _rate("commitment view alone, one worker, facts a second", "alone 1", 25_000, FOLDING),
        _rate("all views, one worker, facts a second", "views 1", 15_000, FOLDING),
        _rate(f"rebuild of {sizes.large:,}, facts a second", "rebuild", 100_000, REBUILDING),
        Aim(
            f"freshness at {sizes.rate:,} facts a second, p99",
            ("freshness",),
            lambda seen: seen["freshness"].p99 * 1000,
            1000,
            "ms",
            WAITING,
            at_most=True,
        ),
    ]


def _rate(title: str, name: str, target: float, bound: str) -> Aim:
    return Aim(title, (name,), lambda seen: seen[name].rate, target, "/s", bound)
