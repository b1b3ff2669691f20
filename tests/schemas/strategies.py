"""Hypothesis strategies: any body that the contract takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from schemas import catalogue
from schemas.catalogue import Field

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.one_of(
    st.datetimes(timezones=st.just(UTC)),
    st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=ZONES),
)
KINDS: dict[str, st.SearchStrategy[object]] = {
    "string": TEXT,
    "strings": st.lists(TEXT, max_size=4).map(tuple),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "double": st.floats(allow_nan=False, allow_infinity=False),
    "boolean": st.booleans(),
    "timestamp": INSTANTS,
}


def values(field: Field) -> st.SearchStrategy[object]:
    """What may stand in a field."""
    some = st.sampled_from(field.symbols) if field.kind == "enum" else KINDS[field.kind]
    return st.none() | some if field.nullable else some


def bodies(type: str) -> st.SearchStrategy[dict[str, object]]:
    """Whole bodies of a type, every field given, in order."""
    return st.fixed_dictionaries({field.name: values(field) for field in catalogue.fields(type)})
