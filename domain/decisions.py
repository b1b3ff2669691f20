"""Decisions: discretion that somebody used for a customer, and what its review said."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from domain.facts import Fact
from domain.openings import Opened, opened


def decisions(facts: Iterable[Fact], as_of: datetime | None = None) -> dict[str, Opened]:
    """The decisions among facts that are known and in force, by their ids."""
    return opened(facts, "decision_id", lambda fact: fact.type == "discretion.used", as_of)
