"""Answers of ``chain`` to show."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

DUE = datetime(2025, 11, 20, 17, tzinfo=UTC)
DONE = datetime(2025, 11, 18, 13, 30, tzinfo=UTC)


def link(id: str, supports: str | None, depth: int, status: str) -> dict[str, Any]:
    return {
        "commitment_id": id,
        "supports": supports,
        "owner": None if depth == 2 else "nursery",
        "about": "delivery",
        "status": status,
        "agreed_due_at": None if status == "undated" else DUE,
        "honoured_at": DONE if status == "kept" else None,
        "depth": depth,
    }


CHAIN: dict[str, Any] = {
    "commitment_id": "TOP",
    "nodes": [
        link("TOP", None, 0, "overdue"),
        link("A", "TOP", 1, "kept"),
        link("B", "TOP", 1, "overdue"),
        link("A1", "A", 2, "broken"),
        link("B1", "B", 2, "undated"),
    ],
    "first_break": "A1",
}
ALONE: dict[str, Any] = {
    "commitment_id": "TOP",
    "nodes": [link("TOP", "OTHER", 0, "kept")],
    "first_break": None,
}
#: More links than a page shows, one beneath the other.
DEEP: dict[str, Any] = {
    "commitment_id": "0",
    "nodes": [link(str(n), str(n - 1) if n else None, n, "overdue") for n in range(60)],
    "first_break": "0",
}
