"""The currencies: how many each list of ISO 4217 has, and those at its edges."""

from __future__ import annotations

import pytest

from domain import currencies
from domain.currencies import CURRENCIES
from entrypoints.terminal import money

IN_USE = currencies._IN_USE.split()
WITHDRAWN = currencies._WITHDRAWN.split()


def test_there_are_as_many_as_in_the_lists_of_january_2026() -> None:
    assert len(set(IN_USE)) == len(IN_USE) == 178 - 1  # the one for no currency is left out
    assert len(set(WITHDRAWN)) == len(WITHDRAWN) == 62
    assert not set(IN_USE) & set(WITHDRAWN)
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in CURRENCIES)


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ("XCG", True),  # new in 2025
        ("BGN", True),  # withdrawn in January 2026
        ("AON", True),  # in February 2000, the first month of those that are kept
        ("USS", True),  # in March 2014: a fund
        ("XFO", True),  # in October 2006: settlements between countries
        ("GWP", False),  # in May 1997
        (3 * "X", False),  # no currency
        ("eur", False),
    ],
)
def test_currencies_at_the_edges(code: str, known: bool) -> None:
    assert (code in CURRENCIES) is known


def test_minor_units_are_those_of_currencies_in_use() -> None:
    told = [*money._WITHOUT.split(), *" ".join(money._DECIMALS.values()).split()]
    assert set(told) <= set(IN_USE)
    assert len(told) == 12 + 17 + 7 + 2  # none, 0, 3 and 4 decimals; two for all others
