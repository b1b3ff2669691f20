from __future__ import annotations

import copy
from io import BytesIO
from typing import Any

import pytest
from fastavro import parse_schema, schemaless_reader, schemaless_writer

from schemas import catalogue
from schemas.compatibility import (
    fingerprint,
    history_problems,
    house_problems,
    problems,
    remarks,
)

Schema = dict[str, Any]


def made() -> Schema:
    return catalogue.avsc("commitment.made")


def field(schema: Schema, name: str) -> Schema:
    found: Schema = next(entry for entry in schema["fields"] if entry["name"] == name)
    return found


def changed(name: str, /, **changes: object) -> Schema:
    """The schema of ``commitment.made`` with one field changed; None takes a key away."""
    schema = made()
    entry = field(schema, name)
    for key, value in changes.items():
        if value is None:
            del entry[key]
        else:
            entry[key] = value
    return schema


def enum(name: str) -> Schema:
    form = field(made(), name)["type"]
    found: Schema = copy.deepcopy(form[1] if isinstance(form, list) else form)
    return found


def with_field(entry: Schema) -> Schema:
    schema = made()
    schema["fields"].insert(-1, entry)
    return schema


def without(schema: Schema, name: str) -> Schema:
    schema["fields"] = [entry for entry in schema["fields"] if entry["name"] != name]
    return schema


def test_the_committed_history_holds() -> None:
    assert history_problems() == []


# ------------------------------------------------------------------------------- what is let pass


NEW: Schema = {"name": "window", "type": ["null", "string"], "default": None}


def read_as(reader: Schema, writer: Schema, body: dict[str, Any]) -> Any:
    bytes_ = BytesIO()
    schemaless_writer(bytes_, parse_schema(writer, named_schemas={}), body)
    bytes_.seek(0)
    return schemaless_reader(
        bytes_, parse_schema(writer, named_schemas={}), parse_schema(reader, named_schemas={})
    )


def test_nothing_changed_is_let_pass() -> None:
    assert problems(made(), made()) == []
    assert remarks(made(), made()) == []


def test_a_new_optional_field_is_let_pass_and_reads_both_ways() -> None:
    later = with_field(NEW)
    assert problems(made(), later) == []
    body = {"commitment_id": "C", "about": "x"}
    assert read_as(later, made(), body)["window"] is None
    assert "window" not in read_as(made(), later, {**body, "window": "am"})


def test_a_new_symbol_is_let_pass_and_reads_both_ways() -> None:
    channel = enum("entry_point")
    channel["symbols"].insert(0, "fax")
    later = changed("entry_point", type=["null", channel])
    assert problems(made(), later) == []
    body = {"commitment_id": "C", "about": "x", "entry_point": "fax"}
    assert read_as(made(), later, body)["entry_point"] == "other"
    assert read_as(later, made(), {**body, "entry_point": "web"})["entry_point"] == "web"


def test_words_and_order_do_not_count() -> None:
    later = changed("about", doc="what it is about")
    later["doc"] = "Other words."
    later["fields"][0], later["fields"][1] = later["fields"][1], later["fields"][0]
    assert problems(made(), later) == []


@pytest.mark.parametrize(
    ("later", "remark"),
    [
        (changed("kind", default="law"), 'kind: the default was "explicit" and is "law"; bodies'),
        (changed("about", default=""), 'about: has the default "" now, and had none'),
        (changed("about", personal=True), "about: is marked personal now"),
    ],
)
def test_changes_that_break_nothing_are_said(later: Schema, remark: str) -> None:
    assert problems(made(), later) == []
    (said,) = remarks(made(), later)
    assert said.startswith(remark)


# --------------------------------------------------------------------------------- what is caught


MILLIS = {"type": "long", "logicalType": "timestamp-millis"}
MICROS = {"type": "long", "logicalType": "timestamp-micros"}
RENAMED = changed("owner", name="department")
RENAMED_WITH_ALIAS = changed("owner", name="department", aliases=["owner"])


def without_symbol(name: str, symbol: str) -> Schema:
    form = enum(name)
    form["symbols"].remove(symbol)
    return changed(name, type=form)


def enum_changed(name: str, /, **changes: object) -> Schema:
    form = {**enum(name), **changes}
    return changed(name, type={key: value for key, value in form.items() if value is not None})


@pytest.mark.parametrize(
    ("later", "found"),
    [
        pytest.param(
            changed("due_at", type=["null", MILLIS]),
            "due_at: expected long with logicalType timestamp-micros; saw long with logicalType "
            "timestamp-millis",
            id="micros to millis",
        ),
        pytest.param(
            changed("due_at", type=["null", "long"]),
            "due_at: expected long with logicalType timestamp-micros; saw long",
            id="logicalType lost",
        ),
        pytest.param(
            changed("kind", default=None),
            'kind: expected a default, as before ("explicit"); saw none',
            id="default removed",
        ),
        pytest.param(
            changed("wording", default=None),
            "wording: expected a default, as before (null); saw none",
            id="null default removed",
        ),
        pytest.param(RENAMED, "owner: expected to stay, since nothing is removed", id="renamed"),
        pytest.param(
            RENAMED_WITH_ALIAS, "owner: expected to stay, since", id="renamed with an alias"
        ),
        pytest.param(without(made(), "wording"), "wording: expected to stay, since", id="removed"),
        pytest.param(
            without_symbol("kind", "law"),
            "kind: expected the symbol law, as before; saw explicit, policy, other",
            id="symbol removed",
        ),
        pytest.param(
            enum_changed("kind", default=None),
            "kind: expected the default symbol other, as before; saw none",
            id="default symbol removed",
        ),
        pytest.param(
            enum_changed("kind", name="Kind"),
            "kind: expected the enum CommitmentMadeKind; saw the enum Kind",
            id="enum renamed",
        ),
        pytest.param(
            changed("about", type="bytes"), "about: expected string; saw bytes", id="type changed"
        ),
        pytest.param(
            changed("kind", type="string"),
            "kind: expected an enum of explicit, policy, law, other; saw string",
            id="enum to string",
        ),
        pytest.param(
            changed("refs", type={"type": "array", "items": "long"}),
            "refs: expected an array of string; saw an array of long",
            id="items changed",
        ),
        pytest.param(
            changed("owner", type="string", default=""),
            "owner: expected null or string; saw string",
            id="nullable to not nullable",
        ),
        pytest.param(
            changed("about", type=["null", "string"], default=""),
            "about: expected string; saw null or string",
            id="not nullable to nullable",
        ),
        pytest.param(
            with_field({"name": "window", "type": "string"}),
            "window: expected a default, since bodies of the earlier version lack this field",
            id="new field without default",
        ),
        pytest.param(
            changed("wording", personal=None),
            "wording: expected to stay marked personal; saw no mark",
            id="personal mark removed",
        ),
        pytest.param(
            {**made(), "name": "PromiseMade"},
            "the name of the record: expected CommitmentMade; saw PromiseMade",
            id="record renamed",
        ),
        pytest.param(
            {**made(), "namespace": "other"}, "the namespace of the record", id="namespace"
        ),
    ],
)
def test_what_breaks_a_reader_is_caught(later: Schema, found: str) -> None:
    said = problems(made(), later)
    assert any(problem.startswith(found) for problem in said), said


def test_millis_to_micros_is_caught_as_well() -> None:
    earlier = changed("due_at", type=["null", MILLIS])
    (said,) = problems(earlier, made())
    assert said.startswith("due_at: expected long with logicalType timestamp-millis; saw long")


def test_a_number_that_grows_is_caught_since_earlier_readers_would_lose_it() -> None:
    earlier = catalogue.avsc("feedback.given")
    later = copy.deepcopy(earlier)
    field(later, "score")["type"] = "long"
    assert problems(earlier, later) == ["score: expected int; saw long"]
    assert problems(later, earlier) == ["score: expected long; saw int"]


def test_a_rename_is_two_problems_where_the_new_name_has_no_default() -> None:
    assert len(problems(made(), changed("about", name="topic"))) == 2


def test_a_new_symbol_needs_a_default_symbol_in_the_earlier_version() -> None:
    earlier = enum_changed("kind", default=None)
    later = copy.deepcopy(earlier)
    field(later, "kind")["type"]["symbols"].append("custom")
    (said,) = problems(earlier, later)
    assert said.startswith("kind: expected no new symbol")
    assert "custom" in said


def test_an_enum_that_is_only_named_is_compared_whole() -> None:
    earlier = catalogue.avsc("channel.forced")
    later = copy.deepcopy(earlier)
    field(later, "from_channel")["type"]["symbols"].remove("letter")
    assert [problem.split(":")[0] for problem in problems(earlier, later)] == [
        "from_channel",
        "to_channel",
    ]


# ------------------------------------------------------------------------------ rules of the house


@pytest.mark.parametrize(
    ("schema", "found"),
    [
        ({**made(), "name": "Made"}, "record: expected pledger.CommitmentMade; saw pledger.Made"),
        (changed("about", name="aboutWhat"), "aboutWhat: expected a name in small_letters"),
        (changed("owner", default=None), "owner: expected the default null"),
        (changed("owner", default="care"), "owner: expected the default null"),
        (changed("kind", default="promise"), "kind: expected a default that fits; saw 'promise'"),
        (changed("consigned", default="unknown"), "consigned: expected a default that fits"),
        (
            enum_changed("kind", default=None),
            "enum CommitmentMadeKind: expected the default symbol",
        ),
        (enum_changed("kind", default="law"), "enum CommitmentMadeKind: expected the default symb"),
        (without(made(), "refs"), "refs: expected as the last field"),
        ({**made(), "fields": made()["fields"] + [NEW]}, "refs: expected as the last field"),
        (changed("refs", default=None), "refs: expected as the last field"),
        (changed("due_at", type=["null", MILLIS]), "due_at: expected string, int, long"),
        ({**made(), "fields": []}, "refs: expected as the last field"),
    ],
)
def test_a_schema_that_leaves_the_house_is_caught(schema: Schema, found: str) -> None:
    said = house_problems("commitment.made", schema)
    assert any(problem.startswith(found) for problem in said), said


def test_a_fingerprint_changes_with_everything_but_words() -> None:
    committed = fingerprint(made())
    assert committed == catalogue.committed_sha256(catalogue.schema_id("commitment.made"))
    reworded = changed("about", doc="what it is about")
    reworded["doc"] = "Other words."
    assert fingerprint(reworded) == committed
    for later in (
        changed("wording", personal=None),
        changed("due_at", type=["null", {**MICROS, "logicalType": "timestamp-millis"}]),
        changed("kind", default="law"),
        changed("consigned", reader_only=None),
        with_field(NEW),
    ):
        assert fingerprint(later) != committed
