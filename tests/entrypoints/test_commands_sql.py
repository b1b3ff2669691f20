"""Data teams' own SQL: it reads, and reads only the views and the fact tables."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from entrypoints.cli.main import main
from tests.entrypoints.refusals import refused
from tests.entrypoints.small import FACTS
from tests.helpers import Outcome, run

CHANGES = "facts and views only change through the ledger"

REFUSED: dict[str, str] = {
    "INSERT INTO fact SELECT * FROM fact": CHANGES,
    "UPDATE fact SET type = 'x'": CHANGES,
    "DELETE FROM fact": CHANGES,
    "TRUNCATE fact": CHANGES,
    "DROP TABLE fact": CHANGES,
    "ALTER TABLE fact ADD COLUMN x INT": CHANGES,
    "COMMENT ON TABLE fact IS 'x'": CHANGES,
    "CREATE TABLE t (a INT)": CHANGES,
    "CREATE TEMP TABLE t (a INT)": CHANGES,
    "CREATE VIEW v AS SELECT 1": CHANGES,
    "CREATE SECRET (TYPE s3)": CHANGES,
    "COPY fact TO 'out.csv'": CHANGES,
    "COPY (SELECT 1) TO 'out.parquet'": CHANGES,
    "COPY fact FROM 'there.csv'": CHANGES,
    "EXPORT DATABASE 'out'": CHANGES,
    "IMPORT DATABASE 'out'": CHANGES,
    "ATTACH 'out.db'": CHANGES,
    "ATTACH ':memory:' AS m": CHANGES,
    "DETACH views": CHANGES,
    "USE memory": CHANGES,
    "INSTALL httpfs": CHANGES,
    "LOAD httpfs": CHANGES,
    "SET memory_limit = '1GB'": CHANGES,
    "SET enable_external_access = true": CHANGES,
    "RESET enable_external_access": CHANGES,
    "SET VARIABLE a = 1": CHANGES,
    "PRAGMA database_list": CHANGES,
    "PRAGMA enable_external_access = true": CHANGES,
    "CALL pragma_version()": CHANGES,
    "CHECKPOINT": CHANGES,
    "VACUUM": CHANGES,
    "BEGIN": CHANGES,
    "PREPARE p AS SELECT 1": CHANGES,
    "WITH x AS (COPY (SELECT 1) TO 'out.csv') SELECT * FROM x": "file system operations",
    "WITH x AS (INSERT INTO fact SELECT * FROM fact RETURNING *) SELECT * FROM x": "read-only",
    "EXPLAIN ANALYZE INSERT INTO fact SELECT * FROM fact": "read-only",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO 'out.csv'": "file system operations",
    "SELECT * FROM 'there.csv'": "file system operations",
    "SELECT * FROM read_csv('there.csv')": "file system operations",
    "SELECT * FROM read_text('there.csv')": "file system operations",
    "SELECT * FROM read_blob('there.csv')": "file system operations",
    "SELECT * FROM read_csv('https://example.com/there.csv')": "database says",
    "SELECT * FROM glob('*')": "file system operations",
    "SELECT * FROM sniff_csv('there.csv')": "file system operations",
    "SELECT * FROM parquet_metadata('there.csv')": "file system operations",
    "SELECT * FROM query('COPY (SELECT 1) TO ''out.csv''')": "database says",
    "SELECT 1; SELECT 2": "expected one query, saw 2 statements",
    "SELECT 1; COPY (SELECT 1) TO 'out.csv'": "expected one query, saw 2 statements",
    "": "expected one query, saw 0 statements",
    "-- nothing": "expected one query, saw 0 statements",
    "SELEC 1": "Parser Error",
    "SELECT nope FROM fact": 'column "nope" not found',
    "SELECT * FROM nope": "Table with name nope does not exist",
    "SELECT * FROM statements": "Table with name statements does not exist",
    "SELECT getenv('HOME')": "getenv does not exist",
    "SELECT error('as it says')": "a value for which it can't be (InvalidInputException)",
    "SELECT $a": "Values were not provided",
}


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A current folder with one file, in which nothing may appear."""
    (tmp_path / "there.csv").write_text("a,b\n1,2\n")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    assert [path.name for path in tmp_path.iterdir()] == ["there.csv"]


@pytest.mark.parametrize("query", REFUSED)
def test_what_is_refused(home: Path, elsewhere: Path, query: str) -> None:
    assert REFUSED[query] in refused(home, ["sql", query])


def test_nothing_has_changed_after_all(home: Path) -> None:
    for query in ("SELECT count(*) AS n FROM fact", "SELECT count(*) AS n FROM fact;"):
        assert run(home, ["sql", query, "--json"]).out == f'[{{"n": {len(FACTS)}}}]\n'


#: Some values of each kind, in SQL, and as JSON and CSV write them.
VALUES: dict[str, tuple[object, str]] = {
    "TIMESTAMPTZ '2026-01-01 00:00:00.50+01'": ("2025-12-31T23:00:00.5Z",) * 2,
    "TIMESTAMP '2026-01-01 00:00:00'": ("2026-01-01T00:00:00",) * 2,
    "TIMESTAMP_S '2026-01-01 00:00:00'": ("2026-01-01T00:00:00",) * 2,
    "DATE '2026-01-01'": ("2026-01-01",) * 2,
    "TIME '10:00:00.5'": ("10:00:00.500000",) * 2,
    "INTERVAL '14 months 2 days 3.5 seconds'": ("P14M2DT3.5S",) * 2,
    "INTERVAL '-1.5 seconds'": ("PT-1.5S",) * 2,
    "INTERVAL '0 days'": ("PT0S",) * 2,
    "1.50::DECIMAL(9, 2)": ("1.50",) * 2,
    "12345678901234567890123456789::HUGEINT": ("12345678901234567890123456789",) * 2,
    "18446744073709551615::UBIGINT": (18446744073709551615, "18446744073709551615"),
    "0.1::DOUBLE": (0.1, "0.1"),
    "'nan'::DOUBLE": ("NaN",) * 2,
    "'-inf'::DOUBLE": ("-Infinity",) * 2,
    "[1, NULL, 3]": ([1, None, 3], "[1, null, 3]"),
    "['l’été']": (["l’été"], '["l’été"]'),
    "[TIMESTAMPTZ '2026-01-01 00:00:00Z']": (
        ["2026-01-01T00:00:00Z"],
        '["2026-01-01T00:00:00Z"]',
    ),
    "{'a': 1.5::DECIMAL(4, 1), 'b': [TRUE]}": (
        {"a": "1.5", "b": [True]},
        '{"a": "1.5", "b": [true]}',
    ),
    "TRUE": (True, "true"),
    "NULL": (None, ""),
    "'a, \"b\"'": ('a, "b"', 'a, "b"'),
    "uuid '0198c0de-0000-7000-8000-000000000001'": ("0198c0de-0000-7000-8000-000000000001",) * 2,
    "'\\xAA'::BLOB": ("aa",) * 2,
    "'a'::ENUM ('a', 'b')": ("a",) * 2,
}


@pytest.fixture(scope="module")
def selected() -> str:
    return "SELECT " + ", ".join(f"{value} AS c{n}" for n, value in enumerate(VALUES))


def test_values_in_json(home: Path, selected: str) -> None:
    outcome = run(home, ["sql", selected, "--format", "json"])
    assert (outcome.code, outcome.err, outcome.out.count("\n")) == (0, "", 1)
    row = json.loads(outcome.out, parse_constant=pytest.fail)[0]
    assert dict(zip(VALUES, row.values(), strict=True)) == {
        sql: expected for sql, (expected, _) in VALUES.items()
    }
    assert run(home, ["sql", selected, "--json"]).out == outcome.out


def test_values_in_csv(home: Path, selected: str) -> None:
    outcome = run(home, ["sql", selected, "--format", "csv"])
    names, row = csv.reader(io.StringIO(outcome.out))
    assert names == [f"c{n}" for n in range(len(VALUES))]
    assert dict(zip(VALUES, row, strict=True)) == {
        sql: expected for sql, (_, expected) in VALUES.items()
    }


def test_values_in_a_table(home: Path, selected: str) -> None:
    for argv in (["sql", selected], ["sql", selected, "--format", "table"]):
        outcome = run(home, argv)
        assert (outcome.code, outcome.err) == (0, "")
        for word in ("2025-12-31T23:00:00.5Z", "P14M2DT3.5S", "1.50", "null", "1 row"):
            assert word in outcome.out


def parquet(home: Path, query: str) -> tuple[Outcome, bytes]:
    sink = io.BytesIO()
    out, err = io.TextIOWrapper(sink, encoding="utf-8"), io.StringIO()
    argv = ["sql", query, "--format", "parquet", "--home", str(home)]
    code = main(argv, io.BytesIO(), out, err)
    out.flush()
    return Outcome(code, "", err.getvalue()), sink.getvalue()


def test_parquet_keeps_the_kinds(home: Path) -> None:
    query = (
        "SELECT time, position, links, type, 1.5::DECIMAL(4, 1) AS exact,"
        " TIMESTAMP '2026-01-01 00:00:00' AS local FROM fact ORDER BY position"
    )
    outcome, content = parquet(home, query)
    assert outcome == (0, "", "")
    table = pq.read_table(io.BytesIO(content))
    assert table.num_rows == len(FACTS)
    assert [str(field.type) for field in table.schema] == [
        *("timestamp[us, tz=UTC]", "int64", "list<element: string>", "string"),
        *("decimal128(4, 1)", "timestamp[us]"),
    ]


def test_what_parquet_can_not_hold_is_said_before_any_byte(home: Path) -> None:
    outcome, content = parquet(home, "SELECT INTERVAL '1 day' AS i")
    assert (outcome.code, content) == (2, b"")
    assert "expected columns that parquet has a type for" in outcome.err
    assert "CAST(" in outcome.err
    assert parquet(home, "SELECT CAST(INTERVAL '1 day' AS VARCHAR) AS i")[0].code == 0


def test_parquet_is_bytes(home: Path) -> None:
    assert "takes bytes" in refused(home, ["sql", "SELECT 1", "--format", "parquet"])


@pytest.mark.parametrize(
    "value",
    [
        "TIMESTAMP 'infinity'",
        "TIMESTAMPTZ 'infinity'",
        "DATE '290000-01-01'",
        "DATE '0044-03-15 (BC)'",
        "TIMESTAMP_NS '2026-01-01 00:00:00.123456789'",
    ],
)
@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_instants_that_can_not_be_written(home: Path, value: str, form: str) -> None:
    why = refused(home, ["sql", f"SELECT {value} AS t", "--format", form])
    assert "CAST(… AS VARCHAR)" in why
    cast = ["sql", f"SELECT CAST({value} AS VARCHAR) AS t", "--format", form]
    assert run(home, cast).code == 0


def test_columns_of_one_name_stay_apart(home: Path) -> None:
    query = "SELECT 1 AS a, 2 AS a, 3 AS a_1, 4 AS a"
    assert run(home, ["sql", query, "--json"]).out == '[{"a": 1, "a_2": 2, "a_1": 3, "a_3": 4}]\n'
    assert run(home, ["sql", query, "--format", "csv"]).out == "a,a_2,a_1,a_3\n1,2,3,4\n"
    assert run(home, ["sql", query]).code == 0
    joined = "SELECT * FROM commitment c JOIN fact f ON f.id = c.made_id"
    assert len(json.loads(run(home, ["sql", joined, "--json"]).out)) == 9


def test_queries_without_rows(home: Path) -> None:
    query = "SELECT 1 AS a, 2 AS b WHERE false"
    assert run(home, ["sql", query, "--json"]).out == "[]\n"
    assert run(home, ["sql", query, "--format", "csv"]).out == "a,b\n"
    assert run(home, ["sql", query]).code == 0


@pytest.mark.parametrize(
    "query",
    [
        "DESCRIBE fact",
        "SHOW TABLES",
        "SUMMARIZE commitment",
        "EXPLAIN SELECT * FROM fact",
        "FROM commitment",
        "VALUES (1)",
        "TABLE suspense",
        "WITH x AS (SELECT 1 AS a) SELECT * FROM x",
        "PIVOT fact ON department IN ('care', 'shop') USING count(*)",
        "SELECT * FROM query('SELECT 1')",
        "SELECT 1 -- a remark",
        "/* a remark */ SELECT 1;",
    ],
)
def test_queries_that_only_read(home: Path, query: str) -> None:
    for form in ("table", "json", "csv"):
        outcome = run(home, ["sql", query, "--format", form])
        assert (outcome.code, outcome.err) == (0, "")
        assert outcome.out


def test_a_query_ends_in_time(home: Path) -> None:
    endless = "SELECT count(*) FROM range(10000000000000) AS a (x) WHERE sqrt(x) = 0.5"
    outcome = run(home, ["sql", endless, "--timeout", "1"])
    assert (outcome.code, outcome.out) == (1, "")
    assert "expected a query that ends within 1 s, saw one that goes on" in outcome.err
    assert "--timeout SECONDS" in outcome.err
    assert "whole number from 1" in refused(home, ["sql", "SELECT 1", "--timeout", "0"])


@pytest.mark.parametrize(
    "query",
    [
        "SELECT CAST(subject AS INTEGER) FROM fact",
        "SELECT strptime(subject, '%Y') FROM fact",
        "SELECT error(subject) FROM fact",
        "SELECT timezone(subject, now()) FROM fact",
        "SELECT CAST(subject AS JSON) FROM fact",
    ],
)
def test_a_value_that_can_not_be_computed_with_is_not_quoted(home: Path, query: str) -> None:
    why = refused(home, ["sql", query])
    assert "a value for which it can't be" in why
    assert "customer" not in why
