"""Facts to emit, and those of a home as they are exported."""

from __future__ import annotations

import json
from pathlib import Path

from tests.helpers import run


def fact(number: int, subject: str = "customer:1") -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": f"0195b1d8-8c00-7000-8000-{number:012}",
        "type": "commitment.made",
        "source": "/care/desk",
        "subject": subject,
        "time": "2026-01-01T00:00:00Z",
        "data": {"commitment_id": f"C-{number}", "about": "answer"},
    }


def lines(home: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in run(home, ["facts"]).out.splitlines()]
