"""What is aimed at over HTTP."""

from __future__ import annotations

from bench.http.plan import HttpSizes
from bench.plan import Aim

READING = (
    "Python, which reads each event, holds it to its rules and encodes it on one core: the bare"
    " route takes whatever comes"
)
PLANNING = (
    "DuckDB, which takes longer to plan a query than to run it for one id; those who wait share"
    " queries, and the clients share the cores"
)
GATHERING = "DuckDB, which reads all promises for each number on the page"


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
        *(_slowest(question, sizes) for question in ("commitment", "customer")),
        *(_page(path) for path in ("/", "/today", "/journeys", "/families/word")),
    ]


def _slowest(question: str, sizes: HttpSizes) -> Aim:
    name = f"ask {question}"
    title = f"one {question}, {sizes.askers} clients at once, p99"
    return Aim(title, (name,), lambda seen: seen[name].p99 * 1000, 100, "ms", PLANNING, True)


def _page(path: str) -> Aim:
    name = f"page {path}"
    title = f"the page {path}"
    return Aim(title, (name,), lambda seen: seen[name].median * 1000, 1_000, "ms", GATHERING, True)
