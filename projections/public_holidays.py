"""Public holidays, as domain/published_rules.py asks for them, out of the `holidays` library."""

from __future__ import annotations

from datetime import date
from functools import cache


@cache
def public_holidays(place: str, year: int) -> frozenset[date]:
    """The holidays of a country (``FR``) or a part of it (``DE-BY``) in a year.

    Raises LookupError for a place that the library does not know.
    """
    import holidays

    country, _, subdivision = place.partition("-")
    if country not in holidays.list_supported_countries():
        raise LookupError(place)
    try:
        found = holidays.country_holidays(country, subdiv=subdivision or None, years=year)
    except NotImplementedError as error:
        raise LookupError(place) from error
    return frozenset(found)
