"""Ids that people take for one and machines for several: they differ in Unicode form, case or
spaces alone."""

from __future__ import annotations

import unicodedata


def folded(text: str) -> str:
    """What is left of an id without these differences: its compatibility form (NFKC), case folded,
    without white space. Look-alikes are equal in it (Unicode 16, section 3.13.5, compatibility
    caseless match)."""
    once = unicodedata.normalize("NFKC", text).casefold()
    return "".join(unicodedata.normalize("NFKC", once).split())
