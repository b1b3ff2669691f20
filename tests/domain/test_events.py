from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel, ValidationError
from pydantic.fields import FieldInfo

from domain.events import BODIES, Body, CommitmentMade, FeedbackGiven, ImmersionHeld
from schemas import catalogue, codec
from schemas.catalogue import Field
from tests.schemas.facts_md import stated
from tests.schemas.strategies import bodies

PLAIN: dict[object, str] = {
    str: "string",
    int: "int",
    float: "double",
    bool: "boolean",
    AwareDatetime: "timestamp",
}


def described(name: str, info: FieldInfo) -> Field:
    """A model's field in the words of the catalogue. Python has one kind of int, and knows no
    personal mark; symbols are all that may be read."""
    form: Any = info.annotation
    nullable = type(None) in get_args(form)
    if nullable:
        (form,) = (branch for branch in get_args(form) if branch is not type(None))
    symbols: tuple[str, ...] = ()
    if get_origin(form) is Literal:
        kind, symbols = "enum", get_args(form)
    elif form == tuple[str, ...]:
        kind = "strings"
    else:
        kind = PLAIN[form]
    return Field(
        name=name,
        kind=kind,  # type: ignore[arg-type]
        nullable=nullable,
        default=None if info.is_required() else info.default,
        symbols=symbols,
        personal=False,
    )


def in_python(field: Field) -> Field:
    """A field of the contract, without what a model does not say."""
    kind = "int" if field.kind == "long" else field.kind
    return Field(field.name, kind, field.nullable, field.default, field.written, personal=False)


def of_model(model: type[BaseModel]) -> tuple[Field, ...]:
    fields = [described(name, info) for name, info in model.model_fields.items()]
    own = [field for field in fields if field.name != "refs"]
    return (*own, *(field for field in fields if field.name == "refs"))


def test_every_type_has_its_model_named_by_the_rule() -> None:
    assert set(BODIES) == set(catalogue.TYPES)
    for type, model in BODIES.items():
        assert model.__name__ == catalogue.record_name(type)
        assert issubclass(model, Body)
        assert model.__doc__
    assert len(set(BODIES.values())) == len(BODIES)


def test_models_have_the_fields_of_the_schemas() -> None:
    for type, model in BODIES.items():
        expected = tuple(in_python(field) for field in catalogue.fields(type))
        assert of_model(model) == expected, type


def test_models_have_the_fields_of_the_catalogue_of_facts() -> None:
    facts = stated()
    assert set(facts) == set(BODIES)
    for type, fields in facts.items():
        assert of_model(BODIES[type]) == tuple(in_python(field) for field in fields), type


@pytest.mark.parametrize("type", catalogue.TYPES)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_a_body_goes_through_its_model_unchanged(type: str, data: st.DataObject) -> None:
    body = data.draw(bodies(type))
    model = BODIES[type].model_validate(body)
    assert model.model_dump() == body
    wire = codec.encode(type, model.model_dump())
    assert BODIES[type].model_validate(codec.decode(wire)[1]) == model


def test_a_body_is_frozen_and_hashable() -> None:
    made = CommitmentMade(commitment_id="C-1", about="delivery", refs=("order:1",))
    with pytest.raises(ValidationError, match="frozen"):
        made.about = "callback"
    again = CommitmentMade(commitment_id="C-1", about="delivery", refs=("order:1",))
    assert len({made, again}) == 1


def test_lists_become_tuples() -> None:
    made = CommitmentMade.model_validate({"commitment_id": "C", "about": "x", "refs": ["order:1"]})
    assert made.refs == ("order:1",)


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (CommitmentMade, {"about": "delivery"}),
        (CommitmentMade, {"commitment_id": "C", "about": "delivery", "colour": "red"}),
        (CommitmentMade, {"commitment_id": 7, "about": "delivery"}),
        (CommitmentMade, {"commitment_id": "C", "about": "delivery", "kind": "promise"}),
        (CommitmentMade, {"commitment_id": "C", "about": "x", "due_at": datetime(2026, 3, 1)}),
        (CommitmentMade, {"commitment_id": "C", "about": "x", "due_at": "2026-03-01T00:00:00Z"}),
        (CommitmentMade, {"commitment_id": "C", "about": "x", "refs": [7]}),
        (CommitmentMade, {"commitment_id": "C", "about": "x", "refs": "order:1"}),
        (FeedbackGiven, {"question": "nps", "score": True, "scale_min": 0, "scale_max": 10}),
        (FeedbackGiven, {"question": "nps", "score": "9", "scale_min": 0, "scale_max": 10}),
        (FeedbackGiven, {"question": "nps", "score": 9.0, "scale_min": 0, "scale_max": 10}),
        (
            ImmersionHeld,
            {"department": "care", "role": "other", "days": float("nan"), "learnings": 1},
        ),
    ],
)
def test_nothing_is_coerced(model: type[Body], body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(body)


def test_instants_are_compared_as_instants() -> None:
    text = {"commitment_id": "C", "about": "x"}
    one = CommitmentMade.model_validate({**text, "due_at": datetime(2026, 3, 1, tzinfo=UTC)})
    paris = datetime.fromisoformat("2026-03-01T01:00:00+01:00")
    assert one == CommitmentMade.model_validate({**text, "due_at": paris})


def test_models_bring_in_no_more_than_pydantic() -> None:
    script = (
        "import sys, domain.events; "
        "print(*{name.split('.')[0] for name in sys.modules} & "
        "{'eventsourcing', 'schemas', 'fastavro', 'pyarrow', 'duckdb', 'rich'})"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == ""
