"""The facts of listed units are looked up for these alone, page by page."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from tests.helpers import ask, ask_pages, emit

AS_OF = "2026-06-01T00:00:00Z"
ORDER, PARCEL = "order/1", "parcel/1/2"


def made(number: int, commitment_id: str, **data: str) -> dict[str, object]:
    """A promise that was due in January, and was not kept."""
    return {
        "specversion": "1.0",
        "id": str(UUID(int=number)),
        "type": "commitment.made",
        "source": "/logistics/parcels",
        "subject": "customer:1",
        "time": f"2026-01-01T0{number}:00:00Z",
        "data": {
            "commitment_id": commitment_id,
            "about": "delivery",
            "due_at": f"2026-01-0{number}T12:00:00Z",
            **data,
        },
    }


@pytest.fixture
def home(tmp_path: Path) -> Path:
    emit(
        tmp_path,
        [
            made(1, ORDER),
            made(2, PARCEL, supports=ORDER),
            made(3, "other"),
            made(4, "beneath", supports="other"),
        ],
    )
    return tmp_path


def test_a_pair_has_the_facts_of_both_whatever_their_names_hold(home: Path) -> None:
    listed = ask(home, ["metric", "broken_links", "--units", "--as-of", AS_OF])
    assert [(unit["unit"], unit["facts"]) for unit in listed["units"]] == [
        (f"{ORDER}/{PARCEL}", [str(UUID(int=1)), str(UUID(int=2))]),
        ("other/beneath", [str(UUID(int=3)), str(UUID(int=4))]),
    ]


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("kept_agreed", [[1], [2], [3], [4]]),
        ("slip_gap", [[1], [1], [2], [2], [3], [3], [4], [4]]),
        ("customers_kept_whole", [[1, 2, 3, 4]]),
    ],
)
def test_a_page_has_the_facts_that_the_whole_list_has(
    home: Path, name: str, facts: list[list[int]]
) -> None:
    asked = ["metric", name, "--units", "--as-of", AS_OF]
    units = ask_pages(home, asked, "units", limit=1)
    assert units == ask(home, asked)["units"]
    assert [unit["facts"] for unit in units] == [
        [str(UUID(int=number)) for number in theirs] for theirs in facts
    ]
