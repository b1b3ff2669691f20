"""What the one SQL text becomes in PostgreSQL's words."""

from __future__ import annotations

import pytest

from projections.postgres.dialect import _translated, translated
from projections.view_registry import VIEWS
from tests.projections.postgres.upkeep import PostgresTables

SAID = [
    ("SELECT epoch_us(f.time) FROM fact AS f",
     "SELECT CAST(EXTRACT(EPOCH FROM f.time) * 1000000 AS BIGINT) FROM fact AS f"),
    ("SELECT 1 WHERE f.type IN (SELECT unnest($types))",
     "SELECT 1 WHERE f.type = ANY(%(types)s)"),
    ("SELECT list_contains(f.links, $ref)", "SELECT f.links @> ARRAY[%(ref)s]"),
    ("SELECT CAST(NULL AS VARCHAR) AS owner", 'SELECT CAST(NULL AS TEXT) COLLATE "C" AS owner'),
    ("CREATE TABLE a (b VARCHAR, c VARCHAR[])",
     'CREATE TABLE a (b TEXT COLLATE "C", c TEXT[] COLLATE "C")'),
    ("CREATE TEMP TABLE IF NOT EXISTS a (b BIGINT)",
     "CREATE TEMPORARY TABLE IF NOT EXISTS a (b BIGINT) ON COMMIT DELETE ROWS"),
    ("INSERT INTO a SELECT b FROM c ORDER BY b", "INSERT INTO a SELECT b FROM c"),
    ("SELECT a % 3, '100 %' WHERE b = $b", "SELECT a %% 3, '100 %%' WHERE b = %(b)s"),
]  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs"), SAID, ids=[ours for ours, _ in SAID])
def test_words(ours: str, theirs: str) -> None:
    assert translated(ours).statements == (theirs,)


def test_a_table_that_replaces_another_takes_two_statements() -> None:
    assert translated("CREATE OR REPLACE TEMP TABLE a (b BIGINT)").statements == (
        "DROP TABLE IF EXISTS pg_temp.a CASCADE",
        "CREATE TEMPORARY TABLE a (b BIGINT) ON COMMIT DELETE ROWS",
    )


def test_lists_become_arrays_and_texts_with_other_lists_are_not_read_again() -> None:
    text = "SELECT 1 WHERE a IN ({}) AND b IN ({}) AND c = $c"
    first = translated(text.format("1, -2", "$b_0, $b_1"), {"b_0": "x", "b_1": "y", "c": 7})
    read = _translated.cache_info().misses
    second = translated(text.format("3", "$b_0"), {"b_0": "z", "c": 8})
    assert _translated.cache_info().misses == read
    assert first.statements == second.statements
    assert [value for value in first.parameters.values() if isinstance(value, list)] == [
        [1, -2],
        ["x", "y"],
    ]
    assert [value for value in second.parameters.values() if isinstance(value, list)] == [
        [3],
        ["z"],
    ]


@pytest.mark.parametrize("name", [view.name for view in VIEWS])
def test_a_view_sorts_text_by_code_points(tables: PostgresTables, name: str) -> None:
    found = tables.session.connection.execute(
        "SELECT a.attname, c.collname FROM pg_attribute AS a"
        " JOIN pg_collation AS c ON c.oid = a.attcollation WHERE a.attrelid = %s::regclass",
        [name],
    ).fetchall()
    assert {collation for _, collation in found} <= {"C"}


def test_a_hash_is_a_bucket(tables: PostgresTables) -> None:
    rows = tables.session.rows(
        "SELECT DISTINCT hash(CAST(n AS VARCHAR)) % 3 FROM generate_series(0, 100) AS r (n)"
    )
    assert sorted(int(row[0]) for row in rows) == [0, 1, 2]
