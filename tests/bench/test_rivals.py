"""The table that others fill, and what they are installed from."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from bench.server.rivals import environment
from bench.server.rivals.table import STATES, Row, bears, micros, said, step
from schemas import catalogue, codec

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)
DUE = START + 9 * DAY


def row_after(*types: str, **more: object) -> Row:
    """The row after one fact a day."""
    row = None
    for day, type in enumerate(types):
        bodies = {
            "commitment.made": {"about": "delivery", "due_at": DUE},
            "commitment.rescheduled": {"due_at": DUE + DAY, "initiated_by": "customer"},
            "commitment.dispute_settled": {"outcome": more.get("outcome")},
        }
        body = codec.encode(type, {"commitment_id": "C1", **bodies.get(type, {})})
        headers = [
            ("ce_type", type.encode()),
            ("ce_time", (START + day * DAY).isoformat().encode()),
        ]
        assert bears(headers)
        row = step(row, said(headers, body))
    assert row is not None
    return row


@pytest.mark.parametrize(
    ("types", "state", "honoured_on"),
    [
        (["made"], "open", None),
        (["made", "honoured"], "honoured", 1),
        (["made", "honoured", "reopened"], "open", None),
        (["made", "honoured", "disputed"], "disputed", 1),
        (["made", "released"], "released", None),
        (["made", "honoured", "abandoned"], "abandoned", None),
    ],
)
def test_the_row_follows_the_facts_as_they_come(
    types: list[str], state: str, honoured_on: int | None
) -> None:
    row = row_after(*(f"commitment.{type}" for type in types))
    honoured_at = 0 if honoured_on is None else micros(START + honoured_on * DAY)
    assert row == Row(commitment_id="C1", state=state, due_at=micros(DUE), honoured_at=honoured_at)


def test_a_new_date_and_a_settled_dispute_change_the_row() -> None:
    made, honoured = "commitment.made", "commitment.honoured"
    assert row_after(made, "commitment.rescheduled")["due_at"] == micros(DUE + DAY)
    disputed = (made, honoured, "commitment.disputed", "commitment.dispute_settled")
    assert row_after(*disputed, outcome="rejected")["honoured_at"] == micros(START + DAY)
    assert row_after(*disputed, outcome="upheld")["state"] == "open"


def test_facts_that_do_not_bear_on_the_table_are_told_by_their_headers() -> None:
    assert not bears([("ce_type", b"touchpoint.occurred")])
    assert STATES.keys() <= set(catalogue.TYPES)


def test_every_package_of_theirs_is_pinned() -> None:
    lines = environment.LIST.read_text(encoding="utf-8").splitlines()
    packages = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9.]+", line) for line in packages)
    assert environment.pinned("bytewax").startswith("bytewax 0.")
    with pytest.raises(ValueError, match="expected nothing== in"):
        environment.pinned("nothing")
