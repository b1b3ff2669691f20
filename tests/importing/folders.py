"""Small importers and data, written by the tests that need them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path

import pytest

from application.errors import ImportRefused
from application.home import OnProgress
from application.importing import Import, Imported, import_folder
from ledger.port import RecordedEvent
from ledger.sqlite.ledger import SQLiteLedger

#: A whole and right importer of one type, to be spoiled by the tests.
GOOD = """
SELECT
    id AS key,
    CAST(called_at AS TIMESTAMPTZ) AS time,
    '/care/phone' AS source,
    'customer:' || customer AS subject,
    'phone' AS channel
FROM read_csv('calls.csv', all_varchar = true)
"""
CALLS = "id,called_at,customer\n1,2026-03-01 09:00:00+01,7\n2,2026-03-02 10:00:00+01,8\n"


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Writes files into a folder, which is made if need be; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


class Home:
    """A ledger in a temporary folder, into which folders are imported."""

    def __init__(self, folder: Path) -> None:
        ticks = itertools.count(1_800_000_000_000_000)
        self.ledger = SQLiteLedger(folder / "ledger.db", lambda: next(ticks))

    def run(
        self,
        folder: Path,
        data: Path,
        settings: Mapping[str, str] | None = None,
        name: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> Imported:
        asked = Import(folder=folder, data=data, settings=settings or {}, name=name)
        return import_folder(self.ledger, asked, on_progress)

    def facts(self) -> list[RecordedEvent]:
        return [fact for batch in self.ledger.read() for fact in batch]


class Importer:
    """Small importers over small files, in one home."""

    def __init__(self, home: Home, place: Path) -> None:
        self.home, self.place = home, place

    def run(
        self,
        sql: str | Mapping[str, str],
        files: Mapping[str, str | bytes],
        prelude: str = "",
    ) -> Imported:
        data = write(self.place / "data", {})
        for name, content in files.items():
            raw = content if isinstance(content, bytes) else content.encode()
            (data / name).write_bytes(raw)
        selects = {"customer.chased.sql": sql} if isinstance(sql, str) else sql
        folder = write(self.place / "calls", {"_prelude.sql": prelude, **selects})
        return self.home.run(folder, data)

    def refused(self, sql: str, files: Mapping[str, str | bytes], prelude: str = "") -> str:
        with pytest.raises(ImportRefused) as refused:
            self.run(sql, files, prelude)
        return str(refused.value)
