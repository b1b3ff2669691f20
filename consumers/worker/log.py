"""The log of a worker: one JSON object a line, for machines that collect them.

A line names facts by their id, type and place. It has no subject and nothing of a body: those may
be personal, and logs are kept where nothing can be deleted from them. So only the fields that are
listed here get in, and texts of errors that may quote a value are not among them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, MutableMapping
from datetime import datetime
from typing import Any, TextIO

import structlog

from domain.errors import Problem, worded

Line = MutableMapping[str, Any]

#: What a line may have beside its event, its level and its time.
FIELDS = frozenset(
    {
        "batch",
        "definition",
        "epoch",
        "error",
        "expected",
        "fact_id",
        "facts",
        "generation",
        "group",
        "metrics",
        "next_offset",
        "offset",
        "owner",
        "partition",
        "partitions",
        "reason",
        "remedy",
        "seconds",
        "seen",
        "server",
        "session_timeout_s",
        "topic",
        "trouble",
        "type",
        "waits_s",
        "where",
    }
)

_ALWAYS = frozenset({"at", "event", "level"})

#: Writes a line: a method a level, which takes the event and its fields.
Log = structlog.typing.FilteringBoundLogger


def make_log(
    stream: TextIO,
    clock: Callable[[], datetime],
    least: str = "info",
    words: Callable[[str], str] = lambda action: f"'{action}'",
) -> Log:
    """A log that writes the lines of a level and above to a stream. Threads may share it. ``words``
    puts what a remedy names into the entry point's words (see ``domain.errors``)."""

    def in_words(_: object, __: str, line: Line) -> Line:
        for name, value in line.items():
            if isinstance(value, Problem):
                line[name] = value.worded(words)
            elif isinstance(value, str):
                text = worded(value, words)
                # One that is a use case alone needs no quotes.
                line[name] = text.strip("'") if re.fullmatch(r"\{[^{}]+\}", value) else text
        return line

    def stamped(_: object, __: str, line: Line) -> Line:
        line["at"] = clock().isoformat()
        return line

    made: Log = structlog.wrap_logger(
        structlog.WriteLogger(stream),
        processors=[
            structlog.processors.add_log_level,
            stamped,
            in_words,
            _only_listed,
            structlog.processors.JSONRenderer(sort_keys=True, default=_as_text),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        context_class=dict,
    )
    return made


def _only_listed(_: object, __: str, line: Line) -> Line:
    unlisted = sorted(line.keys() - FIELDS - _ALWAYS)
    for name in unlisted:
        del line[name]
    if unlisted:
        line["left_out"] = unlisted
    return line


def _as_text(value: object) -> object:
    return sorted(value) if isinstance(value, set | frozenset) else str(value)
