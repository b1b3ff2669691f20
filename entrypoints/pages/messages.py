"""What problems and refusals say, in the language of a page.

They are worded in English where they are raised, which is below any page. For what pages can show,
``phrases/messages.CODE.toml`` has the other language's words: a sentence or clause in English, with
a name in braces for each value in it, and its counterpart. A value is put in as it is, unless it is
a sentence or clause of the catalogue itself, a day in English, or a choice of ``these``. What is
not in the catalogue comes from far below; it is shown in English, and marked as such.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from domain.errors import Problem, worded
from entrypoints.pages.language import Code, Language, unbroken

_PLACE = re.compile(r"\{(\w+)\}")
#: What is in no language: something that was typed, a place, what one can do.
_NO_WORDS = re.compile(r"'[^']*'|\"[^\"]*\"|@?[\d.,:]+|\{[a-z -]+\}")
_DAY = re.compile(r"\d{1,2} [A-Z][a-z]+ \d{4}")


@dataclass(frozen=True)
class Said:
    """A text, and the language it is in."""

    text: str
    code: Code


@dataclass(frozen=True)
class _Pattern:
    """A message with values in it: what matches it, and its counterpart."""

    english: re.Pattern[str]
    other: str


@dataclass(frozen=True)
class _Catalogue:
    """The messages without values by their texts, and those with values, the more telling first."""

    plain: Mapping[str, str]
    patterns: tuple[_Pattern, ...]


def told(english: str, language: Language) -> Said:
    """A message in the language of a page, or else as it is."""
    if language.code == "en":
        return Said(english, "en")
    found = _translated(english, language)
    return Said(english, "en") if found is None else Said(found, language.code)


def remedy(problem: Problem, language: Language) -> Said:
    """What to do about a problem, in the words of pages for what it names in braces."""
    said = told(problem.remedy, language)
    return Said(worded(said.text, lambda action: _action(action, language)), said.code)


def _action(action: str, language: Language) -> str:
    name = f"action.{action.replace(' ', '_')}"
    if language.has(name):
        return language.say(name)
    return language.say("action.other", command=f"./pledger {action}")


def _translated(english: str, language: Language) -> str | None:
    catalogue = messages(language.code)
    if english in catalogue.plain:
        return catalogue.plain[english]
    if _NO_WORDS.fullmatch(english):
        return english
    for pattern in catalogue.patterns:
        if found := pattern.english.fullmatch(english):
            given = found.groupdict()
            return pattern.other.format_map({n: _value(n, given[n], language) for n in given})
    return None


def _value(name: str, text: str, language: Language) -> str:
    if name == "these":
        return text.replace(" or ", f" {language.say('units.or')} ")
    if _DAY.fullmatch(text):
        return language.day(datetime.strptime(text, "%d %B %Y").replace(tzinfo=UTC))
    return _translated(text, language) or text


@cache
def messages(code: Code) -> _Catalogue:
    """The catalogue of a language."""
    path = Path(__file__).with_name("phrases") / f"messages.{code}.toml"
    entries = tomllib.loads(path.read_text(encoding="utf-8"))
    said = {text: unbroken(other) for part in entries.values() for text, other in part.items()}
    plain = {text: other for text, other in said.items() if not _PLACE.search(text)}
    with_values = sorted(said.keys() - plain.keys(), key=_telling, reverse=True)
    return _Catalogue(plain, tuple(_Pattern(_matching(text), said[text]) for text in with_values))


def _telling(message: str) -> tuple[int, str]:
    """How much of a message is no value; among equals, always the same comes first."""
    return len(_PLACE.sub("", message)), message


def _matching(message: str) -> re.Pattern[str]:
    literal = iter(_PLACE.split(message))
    parts = [re.escape(next(literal))]
    for name in literal:
        parts += [f"(?P<{name}>.+?)", re.escape(next(literal))]
    return re.compile("".join(parts), re.DOTALL)
