"""What a home answers, held to the truth of the simulation that its facts come from. Each function
gives one line for each difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from schemas.jsonform import instant_to_text
from tests.compare import differences
from tests.helpers import ask, ask_pages
from tests.simulator.truth import Truth

BOARDS = ("department", "about", "channel")
BOOKS = ("department", "about")
YEAR = timedelta(days=365)
WEEK = timedelta(days=7)


def said(at: datetime) -> str:
    """An instant as an option of the command line."""
    return instant_to_text(at)


def wrong_boards(home: Path, truth: Truth, as_of: datetime) -> Iterator[str]:
    """The scoreboard, the books of a year, who waits, and what is in suspense."""
    at = ["--as-of", said(as_of)]
    for by in BOARDS:
        seen = ask(home, ["promises", "--by", by, *at])
        yield from _differences(f"promises by {by}", truth.scoreboard(as_of, by), seen)
    after = as_of - YEAR
    for by in BOOKS:
        seen = ask(home, ["balance", "--from", said(after), "--to", said(as_of), "--by", by, *at])
        yield from _differences(f"balance by {by}", truth.balance(after, as_of, by), seen)
    yield from _differences(
        "due", truth.due(WEEK, as_of), ask(home, ["due", "--within", "P7D", *at])
    )
    yield from _differences("suspense", truth.suspense(as_of), ask(home, ["suspense", *at]))


def wrong_commitments(home: Path, truth: Truth, as_of: datetime) -> Iterator[str]:
    """Every promise on every page."""
    pages = ask_pages(home, ["commitments", "--as-of", said(as_of)], "commitments")
    seen = {line["commitment_id"]: line for line in pages}
    made = {name for name in truth.promises if truth.status(name, as_of) is not None}
    if len(seen) != len(pages) or set(seen) != made:
        yield f"expected {len(made)} promises, each once; saw {len(pages)}, {len(seen)} of them"
        return
    for name, found in seen.items():
        yield from _differences(name, truth.commitment(name, as_of), found)


def wrong_customers(home: Path, truth: Truth, parties: Sequence[str]) -> Iterator[str]:
    """What customers lived, as it stands at the end."""
    for party in parties:
        seen = ask(home, ["customer", party, "--as-of", said(truth.end)])
        yield from _differences(party, truth.customer(party), seen)


def wrong_stories(home: Path, truth: Truth) -> Iterator[str]:
    """The two stories that have names: their journeys, and all of their promises."""
    at = ["--as-of", said(truth.end)]
    for name, story in truth.stories.items():
        expected: dict[str, Any] = {
            "customer": story.customer,
            "facts": story.facts,
            "departments": list(story.departments),
            "handovers": story.handovers,
            "kept_whole": story.kept_whole,
            "longest_silence": story.longest_silence,
        }
        seen = ask(home, ["journey", story.journey_id, *at])
        yield from _differences(f"journey of {name}", expected, seen)
        for promise in story.commitments:
            seen = ask(home, ["commitment", promise, *at])
            yield from _differences(promise, truth.commitment(promise), seen)


def _differences(place: str, expected: object, seen: object) -> Iterator[str]:
    return (f"{place}: {line}" for line in differences(expected, seen))
