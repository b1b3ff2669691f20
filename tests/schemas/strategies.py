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
PARTIES = st.sampled_from(("customer:8412", "staff:billing", "department:é"))
#: Fields that take less than any value of their kind.
NAMED: dict[str, st.SearchStrategy[object]] = {
    "currency": st.sampled_from(("EUR", "JPY", "KWD", "DEM")),
    "made_to": PARTIES,
    "party_a": PARTIES,
    "party_b": PARTIES,
    "labels": st.lists(st.sampled_from(("priority:P1", "a_1: é:")), max_size=3).map(tuple),
    "respondents": st.integers(5, 2**31 - 1),
    "favourable": st.integers(0, 5),
    "timezone": st.sampled_from(("UTC", "Europe/Paris")),
    "weekly": st.sampled_from((("mon 09:00-12:00", "tue 13:00-24:00"), ("sun 00:00-24:00",))),
    "closed": st.sampled_from(((), ("2026-05-01",))),
    "special": st.sampled_from(((), ("2026-12-24 09:00-12:00",))),
    "holidays": st.sampled_from(("FR", "DE-BY")),
    "due": st.sampled_from(("P2M", "5 working days", "30 working minutes")),
}


def values(field: Field) -> st.SearchStrategy[object]:
    """What may stand in a field."""
    some = KINDS.get(field.kind, st.sampled_from(field.symbols or ("",)))
    some = NAMED.get(field.name, some)
    return st.none() | some if field.nullable else some


def bodies(type: str) -> st.SearchStrategy[dict[str, object]]:
    """Whole bodies of a type, every field given, in order."""
    return st.fixed_dictionaries({field.name: values(field) for field in catalogue.fields(type)})
