"""One committed example a schema: its JSON and its wire bytes, which never change."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fastavro import parse_schema, schemaless_reader

from schemas import catalogue, codec, columns, jsonform

GOLDEN: dict[str, Any] = json.loads(
    (Path(__file__).parent / "golden.json").read_text(encoding="utf-8")
)

WHAT_TO_DO = (
    "the wire bytes of {} changed. Facts that are kept already hold the bytes of golden.json, so "
    "do not change golden.json: put the committed schema (or the codec) back. If a new version of "
    "the type was meant, schemas/README.md says how to add it beside the old one"
)


def schema_ids() -> dict[str, int]:
    """Every committed schema id by its file's name without ``.avsc``."""
    return {
        f"{type}.{number}" if number > 1 else type: schema_id
        for type in catalogue.TYPES
        for number, schema_id in enumerate(catalogue.versions(type), start=1)
    }


def test_every_schema_has_an_example() -> None:
    assert set(GOLDEN) == set(schema_ids()), (
        "expected one example in golden.json for each file in schemas/avsc, under its name "
        "without .avsc; the difference is what to add"
    )


@pytest.mark.parametrize("name", GOLDEN)
def test_an_example_is_written_to_the_same_bytes(name: str) -> None:
    schema_id = schema_ids()[name]
    type = catalogue.type_of(schema_id)
    if schema_id != catalogue.schema_id(type):
        pytest.skip("an earlier version is only read")
    body = jsonform.from_json(type, GOLDEN[name]["body"])
    assert codec.encode(type, body).hex() == GOLDEN[name]["wire"], WHAT_TO_DO.format(name)


@pytest.mark.parametrize("name", GOLDEN)
def test_the_same_bytes_are_read_as_the_example(name: str) -> None:
    wire = bytes.fromhex(GOLDEN[name]["wire"])
    type, body = codec.decode(wire)
    assert type == catalogue.type_of(schema_ids()[name])
    assert jsonform.to_json(type, body) == GOLDEN[name]["body"], WHAT_TO_DO.format(name)
    (row,) = columns.decode_batch(type, [wire]).to_pylist()
    assert jsonform.to_json(type, row) == GOLDEN[name]["body"], WHAT_TO_DO.format(name)


@pytest.mark.parametrize("name", GOLDEN)
def test_a_library_that_is_not_ours_reads_the_same(name: str) -> None:
    wire = bytes.fromhex(GOLDEN[name]["wire"])
    assert wire[:5] == b"\0" + schema_ids()[name].to_bytes(4, "big")
    type, body = codec.decode(wire)
    schema = parse_schema(catalogue.avsc_of(schema_ids()[name]), named_schemas={})
    rest = BytesIO(wire[5:])
    theirs = schemaless_reader(rest, schema, None)
    assert isinstance(theirs, dict)
    assert rest.read() == b""
    assert jsonform.to_json(type, theirs) == jsonform.to_json(type, body)


def test_the_examples_hold_nulls_values_and_many_symbols() -> None:
    seen: dict[str, set[object]] = {"null": set(), "value": set()}
    for type in catalogue.TYPES:
        body = GOLDEN[type]["body"]
        for field in catalogue.fields(type):
            if field.nullable:
                seen["null" if body[field.name] is None else "value"].add(field.kind)
    assert seen["value"] == {"string", "long", "enum", "boolean", "timestamp"}
    assert seen["null"] >= {"string", "timestamp"}
