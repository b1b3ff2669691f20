"""The file of views of a test, opened as often as it likes."""

from __future__ import annotations

from pathlib import Path

import pytest

from consumers.embedded_projector import catalogue_of_types
from projections.duckdb.store import PATIENCE_S, DuckDBStore
from projections.file_locks import OnWait
from tests.projections.stores import OpenFile


@pytest.fixture
def open_file(tmp_path: Path) -> OpenFile:
    def opened(
        *, patience_s: float = PATIENCE_S, on_wait: OnWait = lambda sentence: None
    ) -> DuckDBStore:
        return DuckDBStore(tmp_path, catalogue_of_types(), patience_s=patience_s, on_wait=on_wait)

    return opened
