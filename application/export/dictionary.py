"""The tables of a home as they are described to those who take them along."""

from __future__ import annotations

from functools import cache

from projections.dictionary.tables import FactType, Table, tables
from schemas import catalogue


@cache
def all_tables() -> tuple[Table, ...]:
    """Every view and every table of facts, with what is personal."""
    return tables({name: _described(name) for name in catalogue.TYPES})


def _described(name: str) -> FactType:
    schema = catalogue.avsc(name)
    docs = {field["name"]: field["doc"] for field in schema["fields"] if "doc" in field}
    return FactType(schema["doc"], catalogue.fields(name), docs)
