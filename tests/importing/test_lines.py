"""What a SELECT is told of lines changes nothing in what it says."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.duckdb.csv_files import Unreadable
from projections.duckdb.import_lines import Located, located
from projections.duckdb.import_rows import RowsTables
from projections.duckdb.import_trees import Trees
from tests.importing.folders import write

CALLS = "id,name,number\n1,Ann,7\n2,Bob,\n2,Bob,\n3,Cy,9\n"
NAMES = "id,other\n1,x\n2,y\n4,z\n"
NUMBER = "CAST(nullif(number, '') AS INTEGER)"


class Place:
    """A data folder, and SQL over it."""

    def __init__(self) -> None:
        folder = write(Path(mkdtemp()), {"calls.csv": CALLS, "names.csv": NAMES})
        self.connection = duckdb.connect(config={"threads": 1})
        self.tables = RowsTables(self.connection, folder, [])
        self.trees = Trees(self.connection, self.binds)

    def binds(self, sql: str) -> bool:
        try:
            self.described(sql)
        except (duckdb.Error, Unreadable):
            return False
        return True

    def described(self, sql: str) -> list[str]:
        found = self.tables.with_tables(lambda: self.connection.sql(sql))
        return [f"{name} {type}" for name, type in zip(found.columns, found.types, strict=True)]

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        found = self.tables.with_tables(lambda: self.connection.sql(sql).to_arrow_table())
        return list(zip(*(map(str, column.to_pylist()) for column in found.columns), strict=True))

    def located(self, sql: str) -> Located | None:
        return located(self.trees, sql, {"instant"})


@cache
def place() -> Place:
    return Place()


ITEMS = [
    "*",
    "id",
    "id, name",
    "name AS id, number",
    f"id, {NUMBER} AS number",
    "id, instant(number, '%d', 'UTC') AS at_",
    "id, count(*) OVER (PARTITION BY id) AS n",
    "count(*) AS n, max(id) AS id",
    "DISTINCT id",
    "DISTINCT *",
    "t, id",
    "COLUMNS('i.*')",
    "#1 AS id",
    "unnest([1, 2]) AS id",
]
TAILS = [
    "",
    " WHERE id > '1'",
    " WHERE id IN (SELECT id FROM rows('names.csv'))",
    " WHERE EXISTS (SELECT * FROM rows('names.csv') AS n WHERE n.id = t.id)",
    " GROUP BY ALL",
    " ORDER BY ALL LIMIT 2",
    " QUALIFY row_number() OVER (PARTITION BY id ORDER BY id) = 1",
]
TABLES = st.sampled_from(["rows('calls.csv')", "rows('calls.csv')", "rows('names.csv')", "w"])
JOINS = [
    " JOIN {} USING (id)",
    " LEFT JOIN {} USING (id)",
    " NATURAL JOIN {}",
    " SEMI JOIN {} USING (id)",
]
SETS = ["UNION ALL", "UNION", "UNION ALL BY NAME", "EXCEPT", "INTERSECT ALL"]


def queries(tables: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    joined = st.builds(
        lambda one, join, two: f"{one} AS t{join.format(f'{two} AS u')}",
        tables,
        st.sampled_from(JOINS),
        tables,
    )
    source = tables.map(lambda table: f"{table} AS t") | joined
    plain = st.builds(
        lambda items, source, tail: f"SELECT {items} FROM {source}{tail}",
        st.sampled_from(ITEMS),
        source,
        st.sampled_from(TAILS),
    )
    both = st.builds(
        lambda one, word, two: f"({one}) {word} ({two})", plain, st.sampled_from(SETS), plain
    )
    return plain | both


NESTED = st.recursive(
    TABLES, lambda inner: queries(inner).map(lambda query: f"({query})"), max_leaves=4
)


@given(queries(NESTED), queries(st.sampled_from(["rows('calls.csv')", "rows('names.csv')"])))
def test_what_a_select_says_stays(query: str, before: str) -> None:
    sql = f"WITH w AS ({before}) {query}"
    found = place().located(sql) if place().binds(sql) else None
    if found is None:
        return
    try:
        plain = Counter(place().rows(sql))
    except duckdb.ConversionException:  # of a text to the number that it is joined with
        return
    if not place().binds(found.sql):  # then it is left as it was
        return
    assert Counter(place().rows(found.sql)) == plain
    assert place().described(found.sql) == place().described(sql)
    if found.with_lines is not None and place().binds(found.with_lines):
        rows = place().rows(found.with_lines)
        assert Counter(row[:-2] for row in rows) == plain
        assert {row[-1] for row in rows} <= {"calls.csv", "names.csv", "None"}
        assert {row[-2] for row in rows} <= {"2", "3", "4", "5", "None"}


@pytest.mark.parametrize(
    ("sql", "has"),
    [
        ("SELECT id FROM (SELECT id FROM rows('calls.csv'))", True),
        ("FROM rows('calls.csv') SELECT id", True),
        ("WITH x AS (FROM rows('calls.csv')) SELECT x.id FROM x JOIN x AS y USING (id)", True),
        ("SELECT DISTINCT id FROM rows('calls.csv')", False),
        ("SELECT id FROM rows('calls.csv') GROUP BY id", False),
        ("SELECT max(id) FROM rows('calls.csv')", False),
        ("FROM (SELECT id FROM rows('calls.csv')) UNION SELECT 'x'", False),
        ("SELECT id FROM (VALUES ('x')) AS t(id)", False),
        ("PIVOT rows('calls.csv') ON id", False),
    ],
)
def test_which_selects_hand_lines_on(sql: str, has: bool) -> None:
    found = place().located(sql)
    assert (found is not None and found.with_lines is not None) == has
