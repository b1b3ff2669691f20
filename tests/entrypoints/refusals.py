"""Calls that must be refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.helpers import Outcome, run


def refused(home: Path | None, argv: Sequence[str], stdin: bytes = b"") -> str:
    """Why a call was refused: exit status 2, nothing on standard output, and in the reason what
    was expected and what was seen."""
    outcome = run(home, argv, stdin)
    assert (outcome.code, outcome.out) == (2, ""), outcome
    return told(outcome)


def told(outcome: Outcome) -> str:
    """What people read of a refusal, in its one form; one line where the call is wrong."""
    said = outcome.err
    assert said.startswith("pledger: "), said
    assert "expected " in said, said
    if "--help'" in said:
        assert said.count("\n") == 1, said
    else:
        assert said.startswith("pledger: expected "), said
        assert any(word in said for word in (" saw ", "saw:", "seen", "says:")), said
    for trace in ("Traceback", 'File "', "Error:\n", "object has no attribute"):
        assert trace not in said, said
    return said
