"""Issues: when one was opened, what was done about it, and whether it is resolved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from domain.facts import Fact
from domain.openings import Opened, Step, opened


def issues(facts: Iterable[Fact], as_of: datetime | None = None) -> dict[str, Opened]:
    """The issues among facts that are known and in force, by their ids."""
    return opened(facts, "issue_id", lambda fact: fact.type == "issue.opened", as_of)


def resolved_at(issue: Opened) -> datetime | None:
    """When it was resolved for the first time."""
    step = issue.first(lambda fact: fact.type == "issue.resolved")
    return None if step is None else step.at


def walk(issue: Opened) -> Iterator[tuple[Step, bool]]:
    """Its steps, and whether it is resolved after each: whether the last of resolved and reopened
    is the former."""
    resolved = False
    for step in issue.steps:
        if step.fact.type in {"issue.resolved", "issue.reopened"}:
            resolved = step.fact.type == "issue.resolved"
        yield step, resolved


def is_resolved(issue: Opened) -> bool:
    """Whether it is resolved after its last step."""
    *_, (_, resolved) = walk(issue)
    return resolved
