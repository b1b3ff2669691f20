"""This door's words for what a problem's remedy names (see ``domain.errors``)."""

from __future__ import annotations

from collections.abc import Mapping

from domain.errors import Problem, worded
from entrypoints.http.desk_paths import DESK_PATHS

#: What is asked or done at this door, and the parameters that take the place of options.
WORDS: Mapping[str, str] = {
    "promises": "GET /v1/promises",
    "commitments": "GET /v1/commitments",
    "customer": "GET /v1/customers/{id}",
    "journeys": "GET /v1/journeys",
    "suspense": "GET /v1/suspense",
    "facts": "GET /v1/facts",
    "metrics": "GET /v1/metrics",
    "units": "ask for /units",
    "key create": "whoever runs this door makes one with './pledger key create'",
    "status": "GET /v1/status",
    "serve behind a proxy": "whoever runs this door starts it with --behind-proxy",
    "after": "the parameter after_cursor",
    "give a reason": "say why",
    "give another key": "give another Idempotency-Key",
    "give other rules": "send one in the body",
    **{name: f"POST {path}" for name, path in DESK_PATHS.items()},
}


def words_of(action: str) -> str:
    """How one does here what a remedy names; what only who runs the door can do is theirs."""
    return WORDS.get(action) or f"whoever runs this door: './pledger {action}'"


def remedy_of(problem: Problem) -> str:
    """What to do about a problem, in the words of this door."""
    return worded(problem.remedy, words_of)
