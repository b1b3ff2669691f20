"""Amounts of money for people: minor units, with as many decimals as the currency has."""

from __future__ import annotations

from collections.abc import Mapping

from entrypoints.terminal.format import short

#: Currencies by how many decimals they have, where these are not two. Source: ISO 4217, list one
#: (https://www.six-group.com/en/products-services/financial-information/data-standards.html).
_DECIMALS: Mapping[int, str] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
#: Codes of that list which have no minor unit: metals, units of account, tests.
_WITHOUT = "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA"


def amount(minor: int, currency: str) -> str:
    """``12100`` of ``EUR`` as ``121.00 EUR``, of ``JPY`` as ``12,100 JPY``. What is no code of a
    currency, or of one without a minor unit, is not guessed at: ``12,100 minor units of points``.
    """
    code = currency.upper()
    if not (len(code) == 3 and code.isascii() and code.isalpha()) or code in _WITHOUT:
        return f"{minor:,} minor units of {short(currency, 20)}"
    decimals = next((number for number, codes in _DECIMALS.items() if code in codes), 2)
    whole, rest = divmod(abs(minor), 10**decimals)
    fraction = f".{rest:0{decimals}}" if decimals else ""
    return f"{'-' if minor < 0 else ''}{whole:,}{fraction} {code}"
