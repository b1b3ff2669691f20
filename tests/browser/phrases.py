"""The phrases of a language, as they can be found on a page: without what changes in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from entrypoints.pages.language import Code, language

#: Of so many words a piece of a phrase is told from chance.
WORDS = 3
_PLACES = re.compile(r"\{[^}]*\}")


def _texts(phrases: Mapping[str, str | Mapping[str, str]]) -> Iterator[str]:
    for phrase in phrases.values():
        yield from (phrase,) if isinstance(phrase, str) else phrase.values()


@cache
def pieces(code: Code) -> frozenset[str]:
    """What stands between the places of values in the phrases of a language, where it is long."""
    found = (
        " ".join(piece.split())
        for text in _texts(language(code).phrases)
        for piece in _PLACES.split(text)
    )
    return frozenset(piece for piece in found if len(piece.split()) >= WORDS)


def foreign(words: list[str], own: Code) -> list[str]:
    """Which phrases of the other language are on a page that has these words."""
    other: Code = "en" if own == "fr" else "fr"
    text = "\n".join(words)
    return sorted(piece for piece in pieces(other) - pieces(own) if piece in text)


def names_of_phrases(words: list[str]) -> list[str]:
    """Which names of phrases stand where the phrases should."""
    known = language("en").phrases.keys()
    return [word for text in words for word in text.split() if word in known]
