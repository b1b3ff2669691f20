"""How numbers of a kind are written: one by one, and along an axis, where round ones stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from entrypoints.pages.language import Language
from entrypoints.pages.pictures.scales import ticks

Written = Callable[[float], str]

#: So many steps an axis has, at most.
STEPS = 5
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


@dataclass(frozen=True)
class Measure:
    """``written`` is how a number is written by itself; ``marks`` gives the round numbers around
    two others, each as an axis has it."""

    written: Written
    marks: Callable[[float, float], list[tuple[float, str]]]


def numbers(language: Language, *, whole: bool = False) -> Measure:
    """Plain numbers, with two decimal places at most; ``whole`` ones with none, on an axis too."""
    places = 0 if whole else 2
    return Measure(
        lambda value: language.short(round(value, places)), partial(_marks, language.short, whole)
    )


def rates(language: Language) -> Measure:
    """Rates, in per cent."""
    return Measure(language.percent, partial(_marks, language.whole_percent, False))


def gaps(language: Language) -> Measure:
    """Differences of rates, in points."""
    return Measure(language.points, partial(_marks, language.points, False))


def durations(language: Language) -> Measure:
    """Durations in seconds; along an axis in one unit, of which there are whole numbers."""

    def marks(low: float, high: float) -> list[tuple[float, str]]:
        unit, size = next(one for one in _UNITS if high - low >= 2 * one[1] or one[1] == 1)
        return [
            (at * size, language.say(f"units.{unit}", count=round(at)))
            for at in ticks(low / size, high / size, STEPS, whole=True)
        ]

    return Measure(language.duration, marks)


def _marks(written: Written, whole: bool, low: float, high: float) -> list[tuple[float, str]]:
    return [(at, written(at)) for at in ticks(low, high, STEPS, whole=whole)]
