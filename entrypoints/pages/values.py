"""The values of metrics in words, and the one number of each that can be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from entrypoints.pages.language import NOTHING, Language
from entrypoints.pages.pictures.measures import Measure, Written, durations, gaps, numbers, rates
from entrypoints.terminal.money import amount

Value = Mapping[str, Any]


#: From where to where the scores that are no shares reach.
SCALES: Mapping[str, tuple[float, float]] = {
    "nps": (-100, 100),
    "ces": (1, 7),
    "stars": (1, 5),
    "pillar_agreement": (-1, 1),
}


@dataclass(frozen=True)
class Reading:
    """A value as people read it: the number that matters, in words and as a number (None where
    there is none, or it is a table), and what it rests on."""

    number: float | None
    text: str
    rests_on: str


def measure(value: Value, definition: Mapping[str, str | None], language: Language) -> Measure:
    """How the numbers of a metric are written, by its kind and what it is measured in."""
    match value["kind"]:
        case "share" | "ratio":
            return rates(language)
        case "difference":
            return gaps(language)
        case "time":
            return durations(language)
        case "spread" if definition.get("measured_in") == "seconds":
            return durations(language)
        case "score" if "count" in value:  # of which it is the share
            return rates(language)
        case "score" if "promoters" in value:  # a difference of per cents
            return numbers(language, whole=True)
    return numbers(language)


def reading(
    name: str, value: Value, definition: Mapping[str, str | None], language: Language
) -> Reading:
    """What a value of a metric says."""
    written = measure(value, definition, language).written
    number: float | None
    match value["kind"]:
        case "share":
            number, rests_on = value["rate"], _share(value, language)
        case "difference":
            number, rests_on = value["difference"], _sides(value, written, language)
        case "time":
            number = value["median"]
            rests_on = language.say("value.time", ended=value["ended"], waiting=value["waiting"])
            rests_on += _rare(value, written, language)
        case "spread":
            number, rests_on = value["median"], language.say("value.units", count=value["n"])
            rests_on += _rare(value, written, language)
        case "ratio":
            number, rests_on = value["rate"], language.say("value.ratio")
        case "amount":
            return _amount(value, language)
        case "count":
            number, rests_on = value["count"], ""
        case "score":
            return _score(name, value, language)
        case _:
            number, rests_on = None, language.say("value.rows", count=len(value["rows"]))
    return Reading(number, NOTHING if number is None else written(number), rests_on)


def _share(value: Value, language: Language) -> str:
    said = language.say("units.of", count=value["count"], of=value["of"])
    if value["low"] is not None:
        said += f", {language.interval(value['low'], value['high'])}"
    return said


def _sides(value: Value, written: Written, language: Language) -> str:
    sides = {side: language.percent(value[side]["rate"]) for side in ("a", "b")}
    return language.say("value.difference", **sides) + _interval(value, written, language)


def _interval(value: Value, written: Written, language: Language) -> str:
    """The interval of a value that has one."""
    low, high = value.get("low"), value.get("high")
    if low is None or high is None:
        return ""
    return ", " + language.say("value.interval", low=written(low), high=written(high))


def _rare(value: Value, written: Written, language: Language) -> str:
    """What one in ten go beyond, where that is known."""
    if value["p90"] is None:
        return ""
    return ", " + language.say("value.rare", p90=written(value["p90"]))


def _score(name: str, value: Value, language: Language) -> Reading:
    def written(number: float | None) -> str:
        if "count" in value:
            return language.percent(number)
        return language.number(number, 0 if "promoters" in value else 2)

    said = language.say("value.answers", count=value["n"])
    if name in SCALES:
        low, high = map(language.short, SCALES[name])
        said = f"{language.say('value.scale', low=low, high=high)}, {said}"
    rests_on = said + _interval(value, written, language)
    return Reading(value["value"], written(value["value"]), rests_on)


def _amount(value: Value, language: Language) -> Reading:
    sums = [money(one, language) for one in value["amounts"]]
    counted = language.say("value.counted", count=value["count"])
    return Reading(value["count"], " · ".join(sums) or NOTHING, counted)


def money(one: Value, language: Language) -> str:
    """An ``amount_minor`` of a ``currency``, whose number is as the language writes numbers."""
    number, _, currency = amount(one["amount_minor"], one["currency"]).partition(" ")
    marks = str.maketrans({",": language.thousands, ".": language.point})
    return f"{number.translate(marks)} {currency}"


#: Columns of tables that hold durations in seconds, and those with parts of a whole.
_DURATIONS = frozenset({"median", "seconds"})
_RATES = frozenset({"rate", "low", "high", "mean", "honoured", "released", "abandoned", "open"})


def figure(name: str, value: Any, language: Language) -> str:
    """What stands in a column of a table, by the column's name."""
    match value:
        case int() | float() if name in _DURATIONS:
            return language.duration(value)
        case float() if name in _RATES:
            return language.percent(value)
        case None:
            return NOTHING
        case bool():
            return language.say(f"value.{'yes' if value else 'no'}")
        case int():
            return language.number(value)
        case float():
            return language.number(value, 2)
        case [str(), *_]:
            return " · ".join(language.choice(name, one) for one in value)
        case list():
            return " · ".join(money(one, language) for one in value)
    return language.choice(name, str(value))
