"""What is said of tables and columns is said of those that there are, and in one place."""

from __future__ import annotations

import re

import pytest

from application.export.dictionary import all_tables
from projections.dictionary.tables import Table
from schemas import catalogue
from tests.docs.test_reference import REFERENCE, rows, sections

TABLES = {table.name: table for table in all_tables()}
DESCRIBED = sections(REFERENCE / "views.md")
NUMBERS = ("SMALLINT", "INTEGER", "BIGINT", "DOUBLE")
#: What a cell says that leaves the meaning to another one.
ELSEWHERE = re.compile(r"(As above|As in `\w+`|This and the columns .*)?\.?|This .*")

every = pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)


def bare(text: str) -> str:
    """A cell without its links and code spans."""
    return re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", text).replace("`", "")


@every
def test_every_column_has_a_meaning_and_every_number_a_unit(table: Table) -> None:
    assert table.rows.endswith(".")
    for column in table.columns:
        assert column.meaning.endswith((".", "…")), column
        assert (column.unit is not None) == (column.type in NUMBERS), column


@every
def test_what_a_table_is_made_of_is_there(table: Table) -> None:
    assert table.facts
    assert set(table.facts) <= set(catalogue.TYPES)
    assert set(table.reads) <= TABLES.keys() - {table.name}
    names = {column.name for column in table.columns}
    assert names >= {*table.key, *table.order}
    for column in table.columns:
        if column.source is not None:
            type, _, field = column.source.rpartition(".")
            assert type in table.facts
            assert field in {one.name for one in catalogue.fields(type)}


@pytest.mark.parametrize("name", sorted(DESCRIBED.keys() - {"pledger_state"}))
def test_the_reference_says_the_same(name: str) -> None:
    table = TABLES[name]
    shown = rows(DESCRIBED[name])
    assert [(one.name, one.type) for one in table.columns] == [
        (column, row[1]) for column, row in shown.items()
    ], f"views.toml: the columns of {name}, as they are in views.md"
    for column in table.columns:
        cell = shown[column.name][2]
        assert ELSEWHERE.fullmatch(cell) or bare(cell) == column.meaning, (
            f"views.md and views.toml say two things of {name}.{column.name}"
        )


def test_all_tables_are_described() -> None:
    typed = {catalogue.table_name(type) for type in catalogue.TYPES}
    assert TABLES.keys() == (DESCRIBED.keys() - {"pledger_state"}) | typed


def test_what_is_personal_is_known_as_that() -> None:
    marked = {
        f"{type}.{field.name}"
        for type in catalogue.TYPES
        for field in catalogue.fields(type)
        if field.personal
    }
    told = {one.source for table in TABLES.values() for one in table.columns if one.personal}
    assert told == marked
    assert not [one for table in TABLES.values() for one in table.public().columns if one.personal]
