"""What is aimed at over HTTP."""

from __future__ import annotations

from bench.http.plan import HttpSizes
from bench.plan import Aim

READING = (
    "Python, which reads each event, holds it to its rules and encodes it on one core: the bare"
    " route takes whatever comes"
)


def aims(sizes: HttpSizes) -> list[Aim]:
    """All aims, in the order of the table: on two cores, with the clients on the same machine."""
    ours, theirs = "emit", "emit, table"
    title = f"emitting over HTTP in batches of {sizes.batch:,}"
    return [
        Aim(
            f"{title}, facts a second", (ours,), lambda seen: seen[ours].rate, 5_000, "/s", READING
        ),
        Aim(
            f"{title}, against a bare route that only inserts",
            (ours, theirs),
            lambda seen: seen[ours].against(seen[theirs]),
            0.5,
            "×",
            READING,
        ),
    ]
