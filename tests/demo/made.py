"""Homes in which the demo was made, and what it answered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.helpers import Outcome, ask, run

#: What the demo answers, without how it came to it.
ANSWERS = ("facts", "promises", "balance", "due", "rosebush", "counter", "suspense", "metrics")


def demo(home: Path, *options: str) -> dict[str, Any]:
    """Runs the demo in a home; what it answers."""
    return ask(home, ["demo", *options])


def refused(home: Path, *options: str) -> str:
    """Runs a demo that must be refused as a wrong call; why."""
    outcome: Outcome = run(home, ["demo", *options])
    assert (outcome.code, outcome.out) == (2, ""), outcome
    assert outcome.err.startswith("pledger: expected "), outcome.err
    return outcome.err


def stages(found: dict[str, Any]) -> list[str]:
    return [stage["stage"] for stage in found["stages"]]


def answers(found: dict[str, Any]) -> dict[str, Any]:
    """The answers alone, without the instants at which this ledger learned of its facts."""
    told = json.loads(json.dumps({key: found[key] for key in ANSWERS}))
    for line in told["rosebush"]["commitment"]["history"]:
        del line["recorded_at"]
    assert isinstance(told, dict)
    return told


def ledger_of(home: Path) -> list[dict[str, Any]]:
    """Every fact of a home, but for the instants at which the ledger learned of them."""
    outcome = run(home, ["facts"])
    assert outcome.code == 0, outcome.err
    facts: list[dict[str, Any]] = [json.loads(line) for line in outcome.out.splitlines()]
    for fact in facts:
        del fact["recordedtime"]
    return facts


def names(folder: Path) -> Sequence[str]:
    return sorted(path.name for path in folder.iterdir())
