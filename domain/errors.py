"""What went wrong, as data: what was expected, what was seen, and what to do.

Every error of ours that a person may come to read is a ``Problem``, in whichever package it is
raised; each package draws its own tree under these:

    Problem
    ├── Wrong           the call, or what it was given, is wrong
    │   └── Unknown     it names something that is not there
    └── Unavailable     something that others hold or run is not to be had at the moment

A remedy is plain text in which what one can do with Pledger is named in braces, by the name of the
use case: ``{rebuild} builds them anew``. Each entry point puts words of its own there
(``'./pledger rebuild' builds them anew``), so no package needs to know by which door one came.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_ACTION = re.compile(r"\{([a-z][a-z -]*)\}")


def worded(text: str, words: Callable[[str], str]) -> str:
    """A text with an entry point's words for each use case that it names in braces."""
    return _ACTION.sub(lambda found: words(found[1]), text)


def place_of(error: BaseException) -> str:
    """Which kind an error is and where it was raised, without its message, which may quote a
    person's data: ``ValueError in fold/journeys.py, line 71``."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    file = "/".join(trace.tb_frame.f_code.co_filename.split("/")[-2:])
    return f"{type(error).__name__} in {file}, line {trace.tb_lineno}"


class Problem(Exception):
    """``expected``, ``seen`` and ``remedy`` are clauses without a capital at their start or a full
    stop at their end; ``remedy`` is empty where nothing can be done. None quotes a person's data.
    """

    def __init__(self, expected: str, seen: str, remedy: str = "") -> None:
        super().__init__(expected, seen, remedy)
        self.expected = expected
        self.seen = seen
        self.remedy = remedy

    def __str__(self) -> str:
        return self.worded(lambda action: f"'{action}'")

    @property
    def actions(self) -> list[str]:
        """The use cases that the remedy names."""
        return _ACTION.findall(self.remedy)

    def worded(self, words: Callable[[str], str]) -> str:
        """The whole message, with an entry point's words for each use case that it names."""
        told = f"expected {self.expected}, saw {self.seen}"
        return f"{told}; {worded(self.remedy, words)}" if self.remedy else told


class Wrong(Problem, ValueError):
    """The call, or what it was given, is wrong. Calling again without a change is in vain."""


class Unknown(Wrong, LookupError):
    """The call names something that is not there."""


class Unavailable(Problem):
    """Something is not to be had at the moment: a server does not answer, another holds a lock.
    Calling again later may do."""
