"""The Avro files say what the catalogue of facts says."""

from __future__ import annotations

from domain.events import BODIES
from domain.places import place_of
from schemas import catalogue
from tests.schemas.facts_md import stated


def test_every_type_of_the_catalogue_has_a_schema_and_no_other() -> None:
    assert set(stated()) == set(catalogue.TYPES)


def test_fields_types_nullability_defaults_symbols_and_marks_are_the_same() -> None:
    for type, fields in stated().items():
        assert catalogue.fields(type) == fields, type


def test_the_first_ids_follow_the_order_of_the_catalogue() -> None:
    first = [type for type in stated() if catalogue.versions(type)[0] <= 66]
    assert [catalogue.versions(type)[0] for type in first] == list(range(1, 67))


def test_places_are_those_of_the_page() -> None:
    assert {type: place_of(type) for type in BODIES} == {
        type: place for place, type in enumerate(stated(), start=1)
    }
