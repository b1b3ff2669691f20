"""The same facts, exported from an embedded home and from one over Kafka and PostgreSQL: every
table and both event logs say the same, but for where and when the facts were recorded."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from application.emit import Fact, sealed
from application.export.dictionary import all_tables
from ledger.port import EventData
from tests.export.exported import export
from tests.homes import caught_up, embedded_home, opened, server_home
from tests.simulator.simulated import told

CUSTOMERS = 60
BATCH = 4_000
AS_OF = ["--as-of", "2026-01-01T00:00:00Z"]


@pytest.fixture
def both(broker: str, make_topic: Callable[..., str], postgres: str, tmp_path: Path) -> list[Path]:
    """The folders of an export of each home."""
    facts = [sealed(Fact(*event)) for event in told(7, CUSTOMERS).events]
    server = server_home(tmp_path / "server", broker, make_topic(3), postgres)
    with opened(server).writing() as ledger:
        append(ledger.append, facts)
    caught_up(server)
    with embedded_home(tmp_path / "embedded").writing() as ledger:
        append(ledger.append, facts)
    for kind in ("server", "embedded"):
        export(tmp_path / kind, tmp_path / f"of {kind}", AS_OF)
    return [tmp_path / "of server", tmp_path / "of embedded"]


def append(to: Callable[[Sequence[EventData]], object], facts: Sequence[EventData]) -> None:
    for start in range(0, len(facts), BATCH):
        to(facts[start : start + BATCH])


def test_both_homes_say_the_same(both: list[Path]) -> None:
    for table in all_tables():
        one, other = (said(folder, table.name) for folder in both)
        assert one == other, table.name
    logs = [json.loads((folder / "ocel.json").read_bytes()) for folder in both]
    for part in ("eventTypes", "objectTypes", "objects", "events"):
        one, other = (sorted(map(json.dumps, log[part])) for log in logs)
        assert one == other, part


def said(folder: Path, table: str) -> list[str]:
    """The rows of a table in an order that does not depend on positions, without these."""
    found = pq.read_table(folder / f"{table}.parquet")
    kept = [name for name in found.column_names if not is_place(name)]
    rows: list[dict[str, Any]] = found.select(kept).to_pylist()
    return sorted(map(repr, rows))


def is_place(name: str) -> bool:
    """Whether a column says where, or when, a fact was recorded."""
    return name.endswith("position") or name == "recorded_at"
