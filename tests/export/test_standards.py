"""The semantic model and the data contract, held to their published schemas and to the answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from jsonschema import Draft201909Validator, Draft202012Validator

from application.export.dictionary import all_tables
from projections.metrics.registry import metrics
from tests.export.exported import export
from tests.helpers import ask

STANDARDS = Path(__file__).parent / "standards"
AS_OF = "2025-06-01T00:00:00Z"
#: The figure of a kind's value that one expression can be.
FIGURES = {
    "share": "rate",
    "difference": "difference",
    "spread": "median",
    "ratio": "rate",
    "count": "count",
    "score": "value",
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("demo") / "home"
    ask(home, ["demo", "--customers", "150"])
    return home


@pytest.fixture(scope="module")
def out(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("standards") / "out"
    export(demo, folder, ["--as-of", AS_OF])
    return folder


@pytest.fixture(scope="module")
def tables(out: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The exported tables, in DuckDB."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for path in out.glob("*.parquet"):
            connection.execute(f"CREATE VIEW {path.stem} AS FROM read_parquet('{path}')")
        yield connection


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    return found


@pytest.fixture(scope="module")
def model(out: Path) -> dict[str, Any]:
    (found,) = read(out / "metrics.osi.yaml")["semantic_model"]
    assert isinstance(found, dict)
    return found


def schema(name: str) -> Any:
    return json.loads((STANDARDS / name).read_bytes())


def test_the_semantic_model_is_one_by_its_schema(out: Path) -> None:
    written = read(out / "metrics.osi.yaml")
    validator = Draft202012Validator(schema("osi-schema.json"))
    assert [error.message for error in validator.iter_errors(written)] == []


def test_the_contract_is_one_by_its_schema(out: Path) -> None:
    written = read(out / "contract.odcs.yaml")
    validator = Draft201909Validator(schema("odcs-json-schema-v3.1.0.json"))
    assert [error.message for error in validator.iter_errors(written)] == []


def test_the_contract_has_every_column(out: Path) -> None:
    written = read(out / "contract.odcs.yaml")
    shown = {
        one["name"]: [column["name"] for column in one["properties"]] for one in written["schema"]
    }
    assert shown == {
        table.name: [column.name for column in table.public().columns] for table in all_tables()
    }
    assert all((out / one["physicalName"]).is_file() for one in written["schema"])


def test_the_model_has_every_table_and_every_metric(model: dict[str, Any]) -> None:
    found = model
    names = [one["name"] for one in found["datasets"]]
    assert len(names) == len(set(names))
    assert {table.name for table in all_tables()} < set(names)
    assert [one["name"] for one in found["metrics"]] == list(metrics())
    for one in found["relationships"]:
        assert {one["from"], one["to"]} <= set(names)


@pytest.mark.parametrize("name", list(metrics()))
def test_an_expression_over_exported_tables_is_what_the_metric_answers(
    demo: Path, model: dict[str, Any], tables: duckdb.DuckDBPyConnection, name: str
) -> None:
    (one,) = (each for each in model["metrics"] if each["name"] == name)
    (units,) = (each for each in model["datasets"] if each["name"] == f"units_of_{name}")
    source = f"({units['source']}) AS {units['name']}"
    expression = one["expression"]["dialects"][0]["expression"]
    said = json.loads(one["custom_extensions"][0]["data"])
    columns = tables.sql(f"SELECT * FROM {source}").columns
    assert columns == [field["name"] for field in units["fields"]]
    value = ask(demo, ["metric", name, "--as-of", AS_OF])["value"]
    if said.get("each_currency"):
        query = f"SELECT currency, {expression} FROM {source} GROUP BY currency ORDER BY currency"
        amounts = [
            {"currency": currency, "amount_minor": minor}
            for currency, minor in tables.execute(query).fetchall()
            if currency is not None and minor is not None
        ]
        assert amounts == value["amounts"]
        return
    ((shown,),) = tables.execute(f"SELECT {expression} FROM {source}").fetchall()
    if said["expression_is"] == "the value":
        expected = value[FIGURES[said["kind"]]]
        assert shown == (None if expected is None else pytest.approx(expected, abs=1e-9))
    else:
        assert shown == tables.sql(f"SELECT * FROM {source}").shape[0]


def test_the_moment_is_in_the_model(out: Path) -> None:
    text = (out / "metrics.osi.yaml").read_text(encoding="utf-8")
    assert datetime(2025, 6, 1, tzinfo=UTC).isoformat() in text
    assert "$as_of" not in text
