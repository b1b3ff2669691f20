"""What an answer about a metric is held to: the value, in all and by group, as the contract reckons
it from what the script says. Kind by kind, from the book, without the code that the answer is made
by."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from math import ceil
from statistics import fmean
from typing import Any, NamedTuple, TypeVar

from simulator.local_time import DAY, SECOND
from tests.simulator.practices.counting import Share, Wait, Worth
from tests.simulator.practices.dates import Ending
from tests.simulator.practices.voice import Scores
from tests.simulator.truth import Truth

Json = dict[str, Any]
Part = TypeVar("Part")
Number = TypeVar("Number", int, float)


class Held(NamedTuple):
    """How a metric is asked, and what it has to answer: ``by`` these keys, as of ``at`` in UTC
    microseconds, or else of the end."""

    by: tuple[str, ...]
    expected: Callable[[Truth], Json]
    at: int | None = None


def grouped(
    keys: Sequence[str],
    read: Callable[[Truth], Mapping[Any, Part]],
    value: Callable[[Part], Json],
    merged: Callable[[Collection[Part]], Part],
) -> Held:
    """A value in all, and of each group. Several keys are a tuple in what is ``read``."""

    def expected(truth: Truth) -> Json:
        parts = read(truth)
        named = [(key if len(keys) > 1 else (key,), part) for key, part in parts.items()]
        named.sort(key=lambda item: [(text is None, text) for text in item[0]])
        return {
            "value": value(merged(parts.values())),
            "groups": [
                {"key": dict(zip(keys, key, strict=True)), "value": value(part)}
                for key, part in named
            ],
        }

    return Held(tuple(keys), expected)


def alone(read: Callable[[Truth], Json], at: int | None = None) -> Held:
    """A value in all."""
    return Held((), lambda truth: {"value": read(truth)}, at)


def shares(*keys: str, read: Callable[[Truth], Mapping[Any, Share]]) -> Held:
    return grouped(keys, read, share, _sum)


def _sum(parts: Collection[Share]) -> Share:
    return sum(parts, Share())


def share(part: Share) -> Json:
    rate = part.rate if part.of else None
    return {"kind": "share", "count": part.count, "of": part.of, "rate": rate}


Sides = tuple[Share, Share]


def differences(*keys: str, read: Callable[[Truth], Mapping[Any, Sides]]) -> Held:
    def merged(parts: Collection[Sides]) -> Sides:
        return _sum([a for a, _ in parts]), _sum([b for _, b in parts])

    return grouped(keys, read, difference, merged)


def difference(sides: Sides) -> Json:
    a, b = sides
    between = a.rate - b.rate if a.of and b.of else None
    return {"kind": "difference", "a": share(a), "b": share(b), "difference": between}


def times(*keys: str, read: Callable[[Truth], Mapping[Any, list[Wait]]]) -> Held:
    return grouped(keys, read, time, joined)


def joined(parts: Collection[list[Part]]) -> list[Part]:
    """All of several lists."""
    return [each for part in parts for each in part]


def time(waits: Sequence[Wait]) -> Json:
    waiting = [wait.lasted / SECOND for wait in waits if not wait.ended]
    return {
        "kind": "time",
        "n": len(waits),
        "ended": len(waits) - len(waiting),
        "waiting": len(waiting),
        "median": _survived(waits, Fraction(1, 2)),
        "p90": _survived(waits, Fraction(1, 10)),
        "longest_waiting": max(waiting, default=None),
    }


def _survived(waits: Sequence[Wait], level: Fraction) -> float | None:
    """By Kaplan and Meier: when no more than so many are still waiting."""
    lasted = sorted(wait.lasted for wait in waits)
    left = Fraction(1)
    for at, endings in sorted(Counter(wait.lasted for wait in waits if wait.ended).items()):
        left *= 1 - Fraction(endings, len(lasted) - bisect_left(lasted, at))
        if left <= level:
            return at / SECOND
    return None


def spreads(*keys: str, read: Callable[[Truth], Mapping[Any, list[int]]], of: int = SECOND) -> Held:
    """In seconds, unless numbers are ``of`` something else."""

    def value(numbers: Sequence[int]) -> Json:
        return spread(numbers if of == 1 else [number / of for number in numbers])

    return grouped(keys, read, value, joined)


def spread(numbers: Sequence[float]) -> Json:
    return {
        "kind": "spread",
        "n": len(numbers),
        "median": nearest_rank(numbers, Fraction(1, 2)),
        "p90": nearest_rank(numbers, Fraction(9, 10)),
        "max": max(numbers, default=None),
        "mean": fmean(numbers) if numbers else None,
    }


def nearest_rank(numbers: Iterable[Number], share: Fraction) -> Number | None:
    """The smallest number that is at least as large as such a share of them."""
    ordered = sorted(numbers)
    return ordered[ceil(len(ordered) * share) - 1] if ordered else None


def amounts(*keys: str, read: Callable[[Truth], Mapping[Any, Worth]]) -> Held:
    def merged(parts: Collection[Worth]) -> Worth:
        return sum(parts, Worth())

    return grouped(keys, read, amount, merged)


def amount(worth: Worth) -> Json:
    return {"kind": "amount", "count": worth.count, "amounts": money(worth.cents)}


def money(cents: Mapping[str, int]) -> list[Json]:
    return [{"currency": name, "amount_minor": cents[name]} for name in sorted(cents)]


def counts(key: str, read: Callable[[Truth], Mapping[str, int]]) -> Held:
    def value(number: int) -> Json:
        return {"kind": "count", "count": number}

    def merged(parts: Collection[int]) -> int:
        return sum(parts)

    return grouped((key,), read, value, merged)


def ratios(key: str, read: Callable[[Truth], Mapping[str, tuple[int, int]]]) -> Held:
    """Of microseconds, in seconds."""

    def value(sums: tuple[int, int]) -> Json:
        part, whole = sums
        rate = part / whole if whole else None
        return {"kind": "ratio", "part": part / SECOND, "whole": whole / SECOND, "rate": rate}

    def merged(parts: Collection[tuple[int, int]]) -> tuple[int, int]:
        return sum(part for part, _ in parts), sum(whole for _, whole in parts)

    return grouped((key,), read, value, merged)


def scores(
    key: str, read: Callable[[Truth], Mapping[Any, Scores]], value: Callable[[list[int]], Json]
) -> Held:
    def merged(parts: Collection[Scores]) -> Scores:
        return Scores(joined([part.said for part in parts]), sum(part.excluded for part in parts))

    def score(part: Scores) -> Json:
        head = {"kind": "score", "n": len(part.said), "excluded": part.excluded}
        return head | (value(part.said) if part.said else {"value": None})

    return grouped((key,), read, score, merged)


def nps(said: Sequence[int]) -> Json:
    promoters, detractors = sum(one >= 9 for one in said), sum(one <= 6 for one in said)
    passives = len(said) - promoters - detractors
    value = 100 * (promoters - detractors) / len(said)
    parts = {"promoters": promoters, "passives": passives, "detractors": detractors}
    return {"value": value, **parts}


def csat(said: Sequence[int]) -> Json:
    content = sum(one >= 4 for one in said)
    return {"value": content / len(said), "count": content}


def mean(said: Sequence[int]) -> Json:
    return {"value": fmean(said)}


def kappa(pairs: Sequence[tuple[str | None, str | None]]) -> Json:
    """By J. Cohen, from what two coders said of the same items."""
    both = [pair for pair in pairs if None not in pair]
    agree = sum(one == other for one, other in both)
    agreed = Fraction(agree, len(both))
    one, other = (Counter(pair[place] for pair in both) for place in (0, 1))
    chance = sum(Fraction(one[name] * other[name], len(both) ** 2) for name in one)
    value = float((agreed - chance) / (1 - chance))
    head = {"kind": "score", "n": len(both), "excluded": len(pairs) - len(both)}
    return {**head, "agree": agree, "value": value}


def tables(
    key: str,
    read: Callable[[Truth], Mapping[Any, Part]],
    rows: Callable[[Part], Json],
    merged: Callable[[Collection[Part]], Part],
) -> Held:
    return grouped((key,), read, lambda part: {"kind": "table", **rows(part)}, merged)


def table(rows: Iterable[Json]) -> Json:
    return {"kind": "table", "rows": list(rows)}


def labelled(
    names: Sequence[str], found: Mapping[Any, Any], figures: Callable[[Any], Json]
) -> Json:
    """A row a label, by their text, with none last. Several labels are a tuple."""
    rows = [(key if len(names) > 1 else (key,), part) for key, part in found.items()]
    rows.sort(key=lambda row: [(text is None, text) for text in row[0]])
    return table({**dict(zip(names, key, strict=True)), **figures(part)} for key, part in rows)


def count(number: int) -> Json:
    return {"count": number}


def incidence(endings: Sequence[Ending]) -> Json:
    """By Aalen and Johansen: what had become of promises after so many days."""
    lasted = sorted(each.lasted for each in endings)
    ended: dict[int, Counter[str]] = {}
    for each in endings:
        if each.fate != "open":
            ended.setdefault(each.lasted, Counter())[each.fate] += 1
    steps = sorted(ended.items())
    rows: list[Json] = []
    shares, left = dict.fromkeys(("honoured", "released", "abandoned"), 0.0), 1.0
    for days in (1, 7, 30, 90, 365):
        while steps and steps[0][0] <= days * DAY:
            at, fates = steps.pop(0)
            at_risk = len(lasted) - bisect_left(lasted, at)
            for fate, times in fates.items():
                shares[fate] += left * times / at_risk
            left *= 1 - fates.total() / at_risk
        watched = days * DAY <= lasted[-1]
        figures: Json = {**shares, "open": left}
        rows.append({"days": days, **(figures if watched else dict.fromkeys(figures))})
    return {"n": len(lasted), "rows": rows}
