"""The two languages of the pages: phrases by name, and how each writes numbers and times.

A catalogue (``phrases/CODE.toml``) has a table for each part of the pages, and in it phrases by
name, with the places of values in braces. A phrase that depends on a number is a table of its own,
with ``one`` and ``other``, by the value named ``count``. A test holds the catalogues to each other
and to what the pages say.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from entrypoints.terminal.format import by_calendar

Code = Literal["en", "fr"]
CODES: tuple[Code, ...] = get_args(Code)

NOTHING = "–"
#: Of one unit and the next smaller one; mean months and years of the Gregorian calendar.
_UNITS = (
    ("year", 31_556_952),
    ("month", 2_629_746),
    ("day", 86_400),
    ("hour", 3_600),
    ("minute", 60),
    ("second", 1),
)
#: So many decimal places a per cent has: the first of these, or the next where it says too little.
_PLACES = (1, 2, 3)
#: A space at which a French line must not end.
_BREAKABLE = re.compile(r" (?=[:;?!»])|(?<=«) ")
#: Fields, and columns made of them, that have the values of another.
_ALIKE = {"levels": "level", "person": "pillar", "program": "pillar"}
_PHRASES = Path(__file__).with_name("phrases")


@dataclass(frozen=True)
class Language:
    """One language. Numbers are grouped by ``thousands`` and have a ``point``; what stands before
    a per cent sign is ``before_sign``."""

    code: Code
    phrases: Mapping[str, str | Mapping[str, str]]
    thousands: str
    point: str
    before_sign: str

    def __repr__(self) -> str:
        """How to get it: its phrases would fill pages."""
        return f"language({self.code!r})"

    def say(self, name: str, /, **values: object) -> str:
        """A phrase with its values: whole numbers as this language writes them. Raises KeyError
        for a phrase or a value that is not there."""
        phrase = self.phrases[name]
        if not isinstance(phrase, str):
            phrase = phrase[self._plural(values["count"])]
        written = {
            key: self.number(value) if type(value) is int else value
            for key, value in values.items()
        }
        return phrase.format_map(written)

    def has(self, name: str) -> bool:
        """Whether there is such a phrase: not every type of fact has words of its own."""
        return name in self.phrases

    def choice(self, field: str, value: str) -> str:
        """What stands for one of the values of a field of facts; the value itself where the field
        takes any text."""
        name = f"choice.{_ALIKE.get(field, field)}_{value}"
        return self.say(name) if self.has(name) else value

    def type(self, type: str) -> str:
        """What people call a type of fact: ``promise made``."""
        return self.say(f"type.{type.replace('.', '_')}")

    def _plural(self, count: object) -> str:
        """Nought is several in English, and one in French."""
        singular = (1,) if self.code == "en" else (0, 1)
        return "one" if count in singular else "other"

    def number(self, value: float | None, places: int = 0) -> str:
        """A number with so many decimal places; a dash for None."""
        if value is None:
            return NOTHING
        whole, _, rest = f"{abs(value):,.{places}f}".partition(".")
        sign = "−" if value < 0 and float(f"{value:.{places}f}") else ""
        grouped = whole.replace(",", self.thousands)
        return sign + (f"{grouped}{self.point}{rest}" if rest else grouped)

    def short(self, value: float) -> str:
        """A number on an axis: as many places as it has, up to six."""
        text = f"{value:.6f}".rstrip("0").rstrip(".")
        return self.number(value, len(text.partition(".")[2]))

    def percent(self, rate: float | None) -> str:
        """A rate in [0, 1] in per cent, with one decimal place: or up to three, where it would be
        rounded up to 100 or down to 0, which it never is."""
        if rate is None:
            return NOTHING
        places = next((n for n in _PLACES if 0 < round(100 * rate, n) < 100), _PLACES[-1])
        if rate in (0, 1):
            places = _PLACES[0]
        least = 10.0**-places
        shown = round(100 * rate, places)
        if rate < 1:
            shown = min(shown, 100 - least)
        if rate > 0:
            shown = max(shown, least)
        return f"{self.number(shown, places)}{self.before_sign}%"

    def whole_percent(self, rate: float) -> str:
        """A rate along an axis: ``80 %``."""
        return f"{self.short(round(100 * rate, 6))}{self.before_sign}%"

    def interval(self, low: float | None, high: float | None) -> str:
        """The bounds of an interval of rates, with as many decimal places as tell them from each
        other, up to three; a dash where there is none."""
        if low is None or high is None:
            return NOTHING
        ends = ((self.number(100 * low, n), self.number(100 * high, n)) for n in _PLACES)
        least, most = next((pair for pair in ends if pair[0] != pair[1]), ("", ""))
        if not least:
            least, most = self.number(100 * low, _PLACES[0]), self.number(100 * high, _PLACES[0])
        return f"{least}–{most}{self.before_sign}%"

    def points(self, gap: float | None) -> str:
        """A difference of two rates, in points of a per cent, with its sign."""
        if gap is None:
            return NOTHING
        sign = "+" if round(100 * gap, 1) > 0 else ""
        return self.say("units.points", value=sign + self.number(100 * gap, 1))

    def day(self, when: datetime | None) -> str:
        """``22 March 2026``, in UTC."""
        if when is None:
            return NOTHING
        when = when.astimezone(UTC)
        return f"{self._of_month(when)} {self.say(f'month.{when.month}')} {when.year}"

    def short_day(self, when: datetime) -> str:
        """``22 Mar``."""
        return f"{self._of_month(when)} {self.say(f'month_short.{when.month}')}"

    def date(self, when: datetime) -> str:
        """``22 Mar 2026``, in UTC: as short as a date with its year can be said."""
        when = when.astimezone(UTC)
        return f"{when.day} {self.say(f'month_short.{when.month}')} {when.year}"

    def instant(self, when: datetime | None) -> str:
        """``22 March 2026, 17:05``, in UTC."""
        if when is None:
            return NOTHING
        return f"{self.day(when)}, {self.clock(when)}"

    def clock(self, when: datetime) -> str:
        """``17:05``, in UTC; seconds where there are any."""
        when = when.astimezone(UTC)
        return f"{when:%H:%M:%S}" if when.second else f"{when:%H:%M}"

    def month(self, text: str | None) -> str:
        """``2026-03`` as ``Mar 2026``."""
        if text is None:
            return NOTHING
        year, month = text.split("-")
        return f"{self.say(f'month_short.{int(month)}')} {year}"

    def duration(self, seconds: float | None) -> str:
        """Seconds in their two largest units."""
        if seconds is None:
            return NOTHING
        left = int(abs(seconds))
        at = next((n for n, (_, size) in enumerate(_UNITS) if left >= size), len(_UNITS) - 1)
        parts: list[str] = []
        for unit, size in _UNITS[at : at + 2]:
            count, left = divmod(left, size)
            if count or not parts:
                parts.append(self.say(f"units.{unit}", count=count))
        return ("−" if seconds <= -1 else "") + " ".join(parts)

    def apart(self, start: datetime, end: datetime) -> str:
        """The time between two instants by the calendar, in its two largest units: from 12 April to
        18 November are 7 months and 6 days. Below a month, as ``duration``."""
        parts = by_calendar(start, end)
        if not parts:
            return self.duration((end - start).total_seconds())
        return " ".join(self.say(f"units.{unit}", count=count) for count, unit in parts[:2])

    def listed(self, parts: Sequence[str]) -> str:
        """``a, b and c``."""
        if len(parts) < 2:
            return "".join(parts)
        return f"{', '.join(parts[:-1])} {self.say('units.and')} {parts[-1]}"

    def _of_month(self, when: datetime) -> str:
        return "1er" if self.code == "fr" and when.day == 1 else str(when.day)


@cache
def language(code: Code) -> Language:
    """The language of a code."""
    tables = tomllib.loads((_PHRASES / f"{code}.toml").read_text(encoding="utf-8"))
    phrases = {
        f"{part}.{name}": phrase for part, of in tables.items() for name, phrase in of.items()
    }
    if code == "fr":
        # A narrow space that does not break, as in 12 345 and 68,9 %.
        phrases = {name: _all_unbroken(phrase) for name, phrase in phrases.items()}
        return Language("fr", phrases, "\u202f", ",", "\u202f")
    return Language("en", phrases, ",", ".", "\u202f")


def unbroken(text: str) -> str:
    """A French text in which no line ends before a sign, nor within quotation marks at their
    ends."""
    return _BREAKABLE.sub("\u00a0", text)


def _all_unbroken(phrase: str | Mapping[str, str]) -> str | Mapping[str, str]:
    if isinstance(phrase, str):
        return unbroken(phrase)
    return {form: unbroken(text) for form, text in phrase.items()}


def preferred(accepted: str) -> Code:
    """The language that an ``Accept-Language`` header likes best; English where it names neither,
    and where it can't be read."""
    best: tuple[float, Code] = (0.0, "en")
    for part in accepted.split(","):
        name, _, rest = part.strip().partition(";")
        code = name.strip().lower().partition("-")[0]
        weight = rest.strip().removeprefix("q=") or "1"
        try:
            liked = float(weight)
        except ValueError:
            continue
        for known in CODES:
            if code == known and best[0] < liked <= 1:
                best = (liked, known)
    return best[1]
