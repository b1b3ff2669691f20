from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from domain.events import BODIES
from domain.places import place_of
from schemas import catalogue
from schemas.catalogue import Field
from schemas.errors import UnknownSchema, UnknownType

SCHEMAS = Path(catalogue.__file__).parent


def test_one_rule_makes_all_names() -> None:
    assert catalogue.record_name("commitment.made") == "CommitmentMade"
    assert catalogue.record_name("yellow_card.raised") == "YellowCardRaised"
    assert catalogue.record_name("commitment.dispute_settled") == "CommitmentDisputeSettled"
    assert catalogue.table_name("journey.conductor_named") == "journey_conductor_named"


def test_every_schema_is_named_by_the_rule() -> None:
    for type in catalogue.TYPES:
        schema = catalogue.avsc(type)
        assert (schema["namespace"], schema["name"]) == ("pledger", catalogue.record_name(type))
        assert schema["doc"]


def test_types_are_sorted_and_differ_in_their_names() -> None:
    assert list(catalogue.TYPES) == sorted(set(catalogue.TYPES))
    assert len({catalogue.record_name(type) for type in catalogue.TYPES}) == len(catalogue.TYPES)
    assert len({catalogue.table_name(type) for type in catalogue.TYPES}) == len(catalogue.TYPES)


def test_ids_have_no_gap_and_every_file_has_one() -> None:
    ids = json.loads((SCHEMAS / "ids.json").read_text())
    assert [int(key) for key in ids] == list(range(1, len(ids) + 1))
    files = [row["file"] for row in ids.values()]
    assert sorted(files) == sorted(path.name for path in (SCHEMAS / "avsc").iterdir())
    for type in catalogue.TYPES:
        of_type = [row["file"] for row in ids.values() if row["type"] == type]
        numbers = range(2, len(of_type) + 1)
        assert of_type == [f"{type}.avsc", *(f"{type}.{number}.avsc" for number in numbers)]


def test_a_place_is_committed_with_every_id_and_the_same_for_all_versions_of_a_type() -> None:
    ids = json.loads((SCHEMAS / "ids.json").read_text())
    places = {type: place_of(type) for type in catalogue.TYPES}
    assert [row["place"] for row in ids.values()] == [places[row["type"]] for row in ids.values()]
    assert sorted(places.values()) == list(range(1, len(places) + 1))
    assert list(BODIES) == sorted(places, key=place_of), "BODIES has the order of the places"


def test_a_type_and_its_id_lead_to_each_other() -> None:
    for type in catalogue.TYPES:
        assert catalogue.type_of(catalogue.schema_id(type)) == type


def test_fields_say_what_may_be_missing() -> None:
    by_name = {field.name: field for field in catalogue.fields("commitment.made")}
    assert by_name["commitment_id"].required
    assert not by_name["wording"].required
    assert by_name["wording"].personal
    assert by_name["kind"] == Field(
        "kind", "enum", False, "explicit", ("explicit", "policy", "law", "other"), False
    )
    assert not by_name["kind"].required
    assert by_name["consigned"].reader_only == ("unknown",)
    assert by_name["consigned"].written == ("at_source", "discovered_later", "unknown")
    assert by_name["due_at"].kind == "timestamp"
    assert list(by_name)[-1] == "refs"


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(UnknownType, match=r"another \(text of 7 characters\)"):
        catalogue.fields("made.up")
    with pytest.raises(UnknownSchema, match="schema id 99999"):
        catalogue.type_of(99999)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("bytes", "bytes"),
        (["string", "null"], "union"),
        (["null", "string", "int"], "union"),
        ({"type": "long", "logicalType": "timestamp-millis"}, "timestamp-millis"),
        ({"type": "array", "items": "int"}, "array"),
    ],
)
def test_a_schema_outside_the_allowed_types_is_refused(form: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        catalogue.fields_in({"fields": [{"name": "x", "type": form}]})


def test_reader_only_symbols_stand_last() -> None:
    enum = {"type": "enum", "name": "E", "symbols": ["unknown", "a"], "default": "unknown"}
    entry = {"name": "x", "type": enum, "reader_only": ["unknown"]}
    with pytest.raises(ValueError, match="reader_only"):
        catalogue.fields_in({"fields": [entry]})


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("schemas.catalogue", ["fastavro", "pyarrow", "pyruhvro", "pydantic"]),
        ("schemas.codec", ["pyarrow", "pyruhvro", "pydantic"]),
        ("schemas.jsonform", ["pyarrow", "pyruhvro", "pydantic"]),
        ("schemas.compatibility", ["fastavro", "pyarrow", "pyruhvro", "pydantic"]),
    ],
)
def test_a_command_pays_only_for_what_it_uses(module: str, absent: list[str]) -> None:
    script = f"import sys, {module}; print(*(name for name in {absent} if name in sys.modules))"
    root = SCHEMAS.parent
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


def test_a_schema_is_read_at_its_first_use() -> None:
    script = (
        "from schemas import catalogue, codec\n"
        "codec.encode('issue.resolved', {'issue_id': 'I-1'})\n"
        "print(catalogue.fields_of.cache_info().currsize)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=SCHEMAS.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "1"
