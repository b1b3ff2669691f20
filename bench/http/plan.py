"""The sizes of the bench of the HTTP door."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HttpSizes:
    """How much each piece does, and how often."""

    runs: int = 3
    #: Facts that are posted, so many in a request, by so many clients at once.
    posted: int = 100_000
    batch: int = 100
    clients: int = 8
    #: Facts of the home that is asked, by so many clients at once, so many questions in all, and
    #: how often each page.
    asked: int = 1_000_000
    askers: int = 32
    questions: int = 1_600
    pages: int = 5


HTTP_FULL = HttpSizes()
HTTP_QUICK = HttpSizes(runs=1, posted=5_000, asked=5_000, questions=96, pages=1)
