"""What is personal is carried out only where that is asked for: it is looked for in all bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas import catalogue
from tests.export.company import PERSONAL
from tests.export.exported import everything, export, rows

FORMATS = pytest.mark.parametrize("kind", ["parquet", "csv"])
#: As it stands in UTF-8, in JSON of letters of ASCII alone, and in a page.
FORMS = (PERSONAL.encode(), b"rmel, Zimmer", repr(PERSONAL).encode())


@FORMATS
def test_it_is_left_out(home: Path, tmp_path: Path, kind: str) -> None:
    export(home, tmp_path / "out", ["--format", kind])
    written = everything(tmp_path / "out")
    assert not [form for form in FORMS if form in written]


@FORMATS
def test_it_is_there_where_it_is_asked_for(home: Path, tmp_path: Path, kind: str) -> None:
    export(home, tmp_path / "out", ["--format", kind, "--with-personal"])
    assert PERSONAL.encode() in everything(tmp_path / "out")
    if kind == "parquet":
        for type in catalogue.TYPES:
            for field in catalogue.fields(type):
                if field.personal:
                    told = rows(tmp_path / "out", catalogue.table_name(type))
                    assert PERSONAL in [row[field.name] for row in told], (type, field.name)
