"""What was exported, read by the tools that people use: Arrow, DuckDB, Frictionless."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb
import frictionless
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from application.export.dictionary import all_tables
from application.json_answers import to_plain
from tests.export.exported import export, rows
from tests.helpers import run

AS_OF = "2027-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def out(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parquet") / "out"
    export(home, folder, ["--as-of", AS_OF])
    return folder


@pytest.fixture(scope="module")
def out_csv(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("csv") / "out"
    export(home, folder, ["--as-of", AS_OF, "--format", "csv"])
    return folder


def package(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "datapackage.json").read_bytes())
    return found


def test_the_answer_names_all_that_is_there(home: Path, tmp_path: Path) -> None:
    answer = export(home, tmp_path / "out", ["--as-of", AS_OF])
    assert answer["as_of"] == AS_OF
    there = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert {file["path"] for file in answer["files"]} == there.keys()
    for file in answer["files"]:
        assert file["bytes"] == len(there[file["path"]])
        assert file["sha256"] == hashlib.sha256(there[file["path"]]).hexdigest()


def test_arrow_reads_every_table_as_it_is_described(out: Path) -> None:
    types = {
        "string": pa.string(),
        "boolean": pa.bool_(),
        "number": pa.float64(),
        "datetime": pa.timestamp("us", "UTC"),
        "array": pa.list_(pa.field("element", pa.string())),
    }
    for resource in package(out)["resources"]:
        if resource.get("type") != "table":
            continue
        table = pq.read_table(out / resource["path"])
        assert table.num_rows == resource["rows"]
        fields = resource["schema"]["fields"]
        assert table.column_names == [field["name"] for field in fields]
        for column, field in zip(table.schema, fields, strict=True):
            if field["type"] == "integer":
                assert pa.types.is_integer(column.type)
            else:
                assert column.type == types[field["type"]], (resource["name"], field)


def test_duckdb_reads_both_formats_alike(home: Path, out: Path, out_csv: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for table in all_tables():
            public = table.public()
            parquet = connection.read_parquet(str(out / f"{table.name}.parquet")).fetchall()
            types = {one.name: one.type.replace("VARCHAR[]", "JSON") for one in public.columns}
            csv = connection.read_csv(
                str(out_csv / f"{table.name}.csv"), header=True, dtype=types, quotechar='"'
            )
            told = csv.project(
                ", ".join(
                    f'CAST("{one.name}" AS {one.type.replace("UUID", "VARCHAR")})'
                    for one in public.columns
                )
            )
            assert sorted(map(repr, told.fetchall())) == sorted(map(repr, parquet)), table.name


def test_it_has_the_rows_that_sql_shows(home: Path, out: Path) -> None:
    for name in ("commitment", "fact", "journey_step", "feedback_given"):
        (table,) = (one.public() for one in all_tables() if one.name == name)
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        query = f"SELECT {columns} FROM {name} ORDER BY {', '.join(table.order)}"
        asked = json.loads(run(home, ["sql", query, "--format", "json"]).out)
        assert to_plain(rows(out, name)) == asked


def test_frictionless_finds_nothing_wrong(out_csv: Path) -> None:
    report = frictionless.validate(str(out_csv / "datapackage.json"))
    assert report.valid, report.to_summary()
    tables = [one for one in package(out_csv)["resources"] if one.get("type") == "table"]
    names = {one["name"] for one in tables}
    counted = {task.name: task.stats.get("rows", 0) for task in report.tasks}
    counted = {name: count for name, count in counted.items() if name in names}
    assert counted == {one["name"]: one["rows"] for one in tables}


def test_frictionless_takes_the_description_of_parquet(out: Path) -> None:
    found = frictionless.Package(str(out / "datapackage.json"))
    assert [one.path for one in found.resources] == [
        one["path"] for one in package(out)["resources"]
    ]
    for resource in found.resources:
        for field in resource.schema.fields:
            assert field.description


def test_every_column_says_what_it_is(out: Path) -> None:
    for resource in package(out)["resources"]:
        assert resource["description"]
        assert resource["hash"].startswith("sha256:")
        for field in resource.get("schema", {}).get("fields", ()):
            assert field["description"]
            assert ("unit" in field) == (field["type"] in ("integer", "number"))


def test_two_exports_of_a_moment_are_the_same_bytes(home: Path, out: Path, tmp_path: Path) -> None:
    export(home, tmp_path / "again", ["--as-of", AS_OF])
    for path in out.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes(), path.name
