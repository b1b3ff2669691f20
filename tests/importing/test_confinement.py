"""An importer reads the data folder. It reads nothing else, writes nothing, loads nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from application.importing.select_process import Found, SelectFailed, selected
from projections.duckdb.import_frames import BATCH, Request
from projections.duckdb.import_sandbox import Failed, answer
from tests.importing.folders import write

Here = Callable[..., list[Any]]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with neighbours, and a working directory with files of the same names."""
    data = write(tmp_path / "data", {"orders.csv": "id\ninside\n", "sub.csv": "id\ninside too\n"})
    write(data / "deep", {"more.csv": "id\ndeeper\n"})
    write(tmp_path / "data2", {"orders.csv": "id\nneighbour\n"})
    write(tmp_path, {"secret.csv": "id\nsecret\n", "secret.txt": "secret"})
    write(tmp_path / "cwd", {"orders.csv": "id\nelsewhere\n", "only_here.csv": "id\nelsewhere\n"})
    (data / "link.csv").symlink_to(tmp_path / "secret.csv")
    (data / "linked").symlink_to(tmp_path)
    (data / "alias.csv").symlink_to("orders.csv")
    os.mkfifo(data / "pipe")
    monkeypatch.chdir(tmp_path / "cwd")
    return data


def rows(data: Path, sql: str, prelude: str | None = None, **variables: str) -> list[Any]:
    """All rows of one SELECT, each as a tuple."""
    before = ("_prelude.sql", prelude) if prelude else None
    with selected({"a.sql": sql}, data, prelude=before, variables=variables) as found:
        batches = [each.batch for each in found.batches if isinstance(each, Found)]
        return [tuple(row.values()) for batch in batches for row in batch.to_pylist()]


@pytest.fixture
def here(data: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    """As ``rows``, without the process, which would make up nearly all of the time: what it brings
    is that its working directory is the data folder."""

    def ask(sql: str, prelude: str | None = None) -> list[Any]:
        scratch = str(data.parent / "scratch")
        request = Request([sql], prelude, {}, scratch, "100MB", 1, 1000, count=False)
        frames = list(answer(request, data))
        batches = [pa.ipc.open_stream(frame.content) for frame in frames if frame.kind == BATCH]
        return [tuple(row.values()) for batch in batches for row in batch.read_all().to_pylist()]

    monkeypatch.chdir(data)
    return ask


def contents(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("FROM read_csv('orders.csv')", [("inside",)]),
        ("FROM 'orders.csv'", [("inside",)]),
        ("FROM read_csv('deep/more.csv')", [("deeper",)]),
        ("FROM read_csv('deep/../orders.csv')", [("inside",)]),
        ("FROM read_csv('alias.csv')", [("inside",)]),
        ("FROM read_csv('[os]*.csv') ORDER BY id", [("inside",), ("inside too",)]),
        ("SELECT id FROM rows('orders.csv')", [("inside",)]),
        ("SELECT id FROM rows('deep/more.csv')", [("deeper",)]),
        ("SELECT id FROM rows('deep/../orders.csv')", [("inside",)]),
        ("SELECT id FROM rows('alias.csv')", [("inside",)]),
        ("SELECT id FROM rows('[os]*.csv')", [("inside",), ("inside too",)]),
        ("SELECT content FROM read_text('orders.csv')", [("id\ninside\n",)]),
        ("SELECT getvariable('due')", [("it's",)]),
        ("SELECT getvariable('other')", [(None,)]),
    ],
)
def test_what_is_in_the_folder_is_found_by_its_name(
    data: Path, sql: str, expected: list[Any]
) -> None:
    assert rows(data, sql, due="it's") == expected


ESCAPES = [
    "FROM read_csv('{outside}/secret.csv')",
    "FROM read_csv('../secret.csv')",
    "FROM read_csv('deep/../../secret.csv')",
    "FROM read_csv('{data}/../secret.csv')",
    "FROM read_csv('../data2/orders.csv')",
    "FROM read_csv('{data}2/orders.csv')",
    "FROM read_csv('link.csv')",
    "FROM read_csv('linked/secret.csv')",
    "FROM read_csv('linked/*.csv')",
    "FROM read_csv('*/secret.csv')",
    "FROM read_csv('only_here.csv')",
    "FROM read_csv(['orders.csv', '{outside}/secret.csv'])",
    "FROM read_csv('file://{outside}/secret.csv')",
    "FROM read_csv('~/.profile')",
    "FROM read_csv('/dev/stdin')",
    "FROM '{outside}/secret.csv'",
    "FROM read_text('{outside}/secret.txt')",
    "FROM read_blob('../secret.txt')",
    "FROM read_json('/etc/passwd')",
    "FROM sniff_csv('../secret.csv')",
    "FROM glob('../*')",
    "FROM glob('{outside}/*')",
    "FROM query('FROM read_text(''../secret.txt'')')",
    "FROM read_csv('https://example.org/orders.csv')",
    "FROM read_csv('s3://bucket/orders.csv')",
    "FROM read_parquet('hf://datasets/a/b.parquet')",
    "FROM read_duckdb('../other.db')",
    "FROM sqlite_scan('../other.db', 'facts')",
    "FROM data",
    "SELECT getenv('HOME')",
    *(
        f"FROM rows('{name}')"
        for name in (
            "{outside}/secret.csv",
            "{data}/orders.csv",
            "../secret.csv",
            "..",
            ".",
            "",
            "deep",
            "deep/../../secret.csv",
            "d*/../../secret.csv",
            "**/../../secret.csv",
            "{data}/../secret.csv",
            "../data2/orders.csv",
            "link.csv",
            "li*.csv",
            "linked/secret.csv",
            "linked/*.csv",
            "*/secret.csv",
            "**/secret.csv",
            "only_here.csv",
            "file://{outside}/secret.csv",
            "~/.profile",
            "/dev/stdin",
            "/proc/self/environ",
            "pipe",
            "https://example.org/orders.csv",
        )
    ),
    "FROM rows_5B222E2E2F7365637265742E637376222C222C222C225C22222C227574662D38222C2274727565225D",
]


@pytest.mark.parametrize("sql", ESCAPES)
def test_what_is_outside_is_not_read(here: Here, data: Path, sql: str) -> None:
    sql = sql.format(outside=data.parent, data=data)
    with pytest.raises(Failed):
        here(sql)
    with pytest.raises(Failed):
        here("FROM stolen", f"CREATE TABLE stolen AS {sql}")


def test_nor_by_the_process(data: Path) -> None:
    with pytest.raises(SelectFailed, match=r"in a\.sql, saw Permission Error"):
        rows(data, f"FROM read_csv('{data.parent}/secret.csv')")
    with pytest.raises(SelectFailed, match=r"in a\.sql, saw IO Error: No files found"):
        rows(data, "FROM read_csv('only_here.csv')")


WRITES = [
    "COPY (SELECT 1) TO 'made'",
    "WITH made AS (COPY (SELECT 1) TO 'made') SELECT 1 AS a",
    "WITH made AS (COPY (SELECT 1) TO 'made' (FORMAT parquet)) FROM made",
    "SELECT (WITH made AS (COPY (SELECT 1) TO 'made') SELECT 1)",
    "FROM query('WITH made AS (COPY (SELECT 1) TO ''made'') SELECT 1')",
    "ATTACH 'made'",
    "EXPORT DATABASE 'made'",
    "CALL enable_logging(storage_path = 'made')",
    "PRAGMA enable_profiling",
    "SET profile_output = 'made'",
    "SET enable_external_access = true",
    "RESET lock_configuration",
    "INSTALL httpfs",
    "LOAD httpfs",
    "CONNECT 'made'",
    "IMPORT DATABASE 'made'",
    "EXPLAIN ANALYZE SELECT 1",
    "SELECT 1; SELECT 2",
    "",
    "-- nothing but a comment",
]


@pytest.mark.parametrize("sql", WRITES)
def test_nothing_is_written_or_loaded(here: Here, data: Path, sql: str) -> None:
    before = contents(data)
    with pytest.raises(Failed):
        here(sql)
    assert contents(data) == before


@pytest.mark.parametrize(
    "sql",
    [
        *WRITES[:-3],
        "CREATE TABLE t AS WITH made AS (COPY (SELECT 1) TO 'made') SELECT 1 AS a",
        "CREATE VIEW v AS WITH made AS (COPY (SELECT 1) TO 'made') SELECT 1 AS a",
        "CREATE MACRO f() AS TABLE WITH made AS (COPY (SELECT 1) TO 'made') SELECT 1 AS a",
        "CREATE TYPE e AS ENUM (WITH made AS (COPY (SELECT 'a') TO 'made') SELECT 'a')",
        "SET VARIABLE x = (WITH made AS (COPY (SELECT 'a') TO 'made') SELECT 'a')",
        "CREATE PERSISTENT SECRET s (TYPE http)",
        "SELECT 1",
    ],
)
def test_nor_by_the_prelude(here: Here, data: Path, sql: str) -> None:
    before = contents(data)
    with pytest.raises(Failed):
        here("SELECT 1 AS a", sql)
    assert contents(data) == before


def test_the_prelude_s_errors_bear_its_name(data: Path) -> None:
    with pytest.raises(
        SelectFailed, match=r"(?s)in _prelude\.sql, saw .*LINE 2: CREATE VIEW w AS FROM n"
    ):
        rows(data, "SELECT 1", "CREATE VIEW v AS SELECT 1;\nCREATE VIEW w AS FROM nowhere")


def test_a_prelude_may_make_what_the_selects_share(data: Path) -> None:
    prelude = """
        CREATE MACRO louder(text) AS upper(text);
        CREATE VIEW orders AS FROM read_csv('orders.csv');
        CREATE TABLE kept AS SELECT louder(id) AS id FROM orders;
        SET VARIABLE ending = '!';
    """
    assert rows(data, "SELECT id || getvariable('ending') FROM kept", prelude) == [("INSIDE!",)]


def test_the_data_folder_s_own_python_files_are_not_run(data: Path) -> None:
    write(data, {"duckdb.py": "raise SystemExit(1)", "json.py": "raise SystemExit(1)"})
    assert rows(data, "FROM read_csv('orders.csv')") == [("inside",)]


def test_a_data_folder_behind_a_link(data: Path, tmp_path: Path) -> None:
    (tmp_path / "here").symlink_to(data)
    assert rows(tmp_path / "here", "FROM read_csv('orders.csv')") == [("inside",)]


def test_zones_are_known_and_the_later_of_two_instants_is_meant(data: Path) -> None:
    sql = "SELECT epoch(timezone('America/Sao_Paulo', TIMESTAMP '2018-02-17 23:30:00'))"
    assert rows(data, sql) == [(1_518_921_000.0,)]  # 2018-02-18T02:30:00Z


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (("SELECT", "1 AS a,", "nope"), 3),
        (("-- what it says", "", "SELECT", "1 AS a,", "nope"), 5),
        (("-- what it says", "SELECT", "CAST(id || 'x' AS INT)", "FROM 'orders.csv'"), 3),
    ],
)
def test_errors_name_the_file_and_its_line(data: Path, lines: Sequence[str], line: int) -> None:
    where = re.escape(f"LINE {line}: {lines[line - 1]}")
    with pytest.raises(SelectFailed, match=rf"(?s)in a\.sql, saw .*{where}"):
        rows(data, "\n".join(lines))


def test_every_select_is_bound_before_the_first_one_runs(data: Path) -> None:
    selects = {"a.sql": "FROM range(10)", "b.sql": "SELECT nope"}
    with (
        pytest.raises(SelectFailed, match=r"in b\.sql, saw "),
        selected(selects, data, variables={}),
    ):
        pytest.fail("it was entered")


def test_more_than_fits_into_memory_spills_and_leaves_nothing(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.importing.select_process._MEMORY", "40MB")
    monkeypatch.setattr("tempfile.tempdir", str(write(tmp_path / "scratch", {})))
    sql = "SELECT md5(i::VARCHAR) AS m FROM range(1000000) t(i) ORDER BY m"
    count = 0
    with selected({"a.sql": sql}, data, variables={}) as selecting:
        for each in selecting.batches:
            assert contents(tmp_path / "scratch") != []
            count += each.batch.num_rows if isinstance(each, Found) else 0
    assert count == 1_000_000
    assert contents(tmp_path / "scratch") == []


def test_leaving_early_ends_the_process(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(write(tmp_path / "scratch", {})))
    with selected({"a.sql": "FROM range(1000000000)"}, data, variables={}) as selecting:
        next(selecting.batches)
    assert contents(tmp_path / "scratch") == []


def test_a_process_that_dies_is_told(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "application.importing.select_process._PROGRAM", "raise SystemExit('out of ducks')"
    )
    with pytest.raises(SelectFailed, match="saw that it ended before: out of ducks"):
        rows(data, "SELECT 1")
