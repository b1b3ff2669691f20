"""What an importer keeps of files and rows, so as not to read them again, changes nothing."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from projections.duckdb import csv_files, import_sandbox
from projections.duckdb.import_batches import Spool
from projections.duckdb.import_frames import BATCH, Frame, Request
from tests.importing.folders import write

PRELUDE = """
CREATE VIEW calls AS
    SELECT c.id, instant(c.day, '%Y-%m-%d', 'UTC') AS day, p.name, c._row, c._file
    FROM rows('calls.csv') AS c LEFT JOIN rows('people.csv') AS p USING (id);
"""
SELECTS = [
    "SELECT id AS key, day AS time, name FROM calls",
    "SELECT id AS key, day AS time FROM calls WHERE name IS NOT NULL",
    "SELECT id AS key, instant(born, '%Y', 'UTC') AS time FROM rows('people.csv')",
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    days = {n: "2026-02-31" if n % 50 == 3 else "2026-03-01" for n in range(200)}
    calls = "".join(f"{n},{day}\n" for n, day in days.items()) + "9,2026-03-01,too many\n"
    people = "".join(f"{n},{'x' * n},{'long ago' if n == 60 else 1990}\n" for n in range(0, 200, 3))
    files = {"calls.csv": "id,day\n" + calls, "people.csv": "id,name,born\n" + people}
    return write(tmp_path / "data", files)


def frames(data: Path, scratch: Path) -> list[Frame]:
    request = Request(
        selects=SELECTS,
        prelude=PRELUDE,
        variables={},
        scratch=str(scratch),
        memory="1GB",
        threads=1,
        batch_rows=20,
        count=True,
        keys=True,
    )
    return list(import_sandbox.answer(request, data))


@pytest.mark.parametrize(("known", "spooled"), [(0, 0), (0, 2**20), (2**20, 0), (900, 40_000)])
def test_what_is_kept_changes_nothing(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: int, spooled: int
) -> None:
    as_usual = frames(data, tmp_path)
    monkeypatch.setattr(csv_files, "KNOWN_BYTES", known)
    monkeypatch.setattr(import_sandbox, "_SPOOL_BYTES", spooled)
    assert frames(data, tmp_path) == as_usual
    assert sum(frame.kind == BATCH for frame in as_usual) > len(SELECTS)


def test_a_disk_that_is_full_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(str(tmp_path), 2**20)
    kept = spool.begin(0)

    def full(*given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("projections.duckdb.import_batches.write_frame", full)
    kept.add(pa.record_batch({"key": ["1"]}))
    assert not kept.is_whole
    assert spool.take(2**20), "the room is given back"
