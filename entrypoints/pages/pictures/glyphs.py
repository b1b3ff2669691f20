"""How wide a text is, so that labels can be kept apart where nothing is laid out yet.

``glyph_widths.json`` has the widths of DejaVu Sans in thousandths of its size, each with the
letters that have it: one of the widest faces that a browser may take for ``sans-serif``, so that
what is kept apart by it stays apart in others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

#: The size of all text in pictures, in units of the view box.
SIZE = 12.0
#: What is between two lines of text, and what a letter may reach above and below its line.
LEADING = 15.0
ABOVE, BELOW = 10.0, 3.5


@cache
def _widths() -> Mapping[str, int]:
    found = json.loads(Path(__file__).with_name("glyph_widths.json").read_text(encoding="ascii"))
    return {letter: int(width) for width, letters in found.items() for letter in letters}


def width(text: str) -> float:
    """The width of a line of text; a letter that the table lacks is as wide as it is high."""
    known = _widths()
    return sum(known.get(letter, 1000) for letter in text) * SIZE / 1000


def fitted(text: str, room: float) -> str:
    """The text, cut with … where it is wider than ``room``; nothing where not even that fits."""
    if width(text) <= room:
        return text
    while text and width(text + "…") > room:
        text = text[:-1]
    return text.rstrip() + "…" if text else ""
