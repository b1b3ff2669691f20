"""Ids that people take for one and machines for several: they differ in Unicode form, case or
spaces alone."""

from __future__ import annotations

import unicodedata


def folded(text: str) -> str:
    """What is left of an id without these differences: its compatibility form (NFKC), case folded,
    without white space. Look-alikes are equal in it (Unicode 16, section 3.13.5, compatibility
    caseless match).

    It is taken apart first, so that marks stand in one order whichever form came in, and composed
    last, since a mark whose space is gone joins the letter before it.
    """
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFKC", "".join(apart.split()))
