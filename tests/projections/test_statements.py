"""Statements stand in SQL files beside the modules that run them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from projections import sql_files as loader
from projections.sql_files import statements_of
from tests.house import checkout

PROJECTIONS = Path(loader.__file__).parent
FILES = [
    path
    for path in checkout.files(".sql")
    if path.is_relative_to(PROJECTIONS)
    and path.parent.name not in {"views", "migrations"}
    and path.parent.parent.name != "metrics"
]

TEXT = """\
-- What is before the first name is for readers.

-- name: one
-- Why.
SELECT 1
    -- and so on
FROM a;

-- name: other
SELECT '-- no comment'
"""


def test_statements_are_known_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "asked.sql").write_text(TEXT, encoding="utf-8")
    assert statements_of(str(tmp_path / "asked.py")) == {
        "one": "SELECT 1\nFROM a",
        "other": "SELECT '-- no comment'",
    }


@pytest.mark.parametrize("path", FILES, ids=checkout.name)
def test_each_statement_of_a_file_is_used_by_its_module(path: Path) -> None:
    names = re.findall(r"^-- name: (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    module = path.with_suffix(".py")
    assert len(names) == len(set(names)) == len(statements_of(str(module)))
    text = module.read_text(encoding="utf-8")
    used = set(re.findall(r'"(\w+)"', text))
    if "statements_of(__file__).values()" in text:  # it runs all of them
        used |= set(names)
    assert set(names) <= used, f"{checkout.name(path)}: nobody runs {set(names) - used}"
