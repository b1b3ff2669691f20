"""The views' SQL is one text for two databases: what DuckDB runs, PostgreSQL can be told."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp

from projections.sql_files import in_order
from projections.view_registry import FOLDER, VIEWS


@pytest.mark.parametrize("name", [view.name for view in VIEWS])
def test_a_view_can_be_told_to_postgresql(name: str) -> None:
    text = in_order((FOLDER / f"{name}.sql").read_text(encoding="utf-8"))
    (translated,) = sqlglot.transpile(
        text, read="duckdb", write="postgres", unsupported_level=sqlglot.ErrorLevel.RAISE
    )
    created = sqlglot.parse_one(translated, read="postgres")
    assert isinstance(created, exp.Create)
    assert created.this.name == name


def test_every_file_is_a_view() -> None:
    assert {path.stem for path in FOLDER.glob("*.sql")} == {view.name for view in VIEWS}
