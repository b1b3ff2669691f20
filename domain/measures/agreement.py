"""The score ``pillar_agreement``: whether two coders mean the same by the pillars."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal, TypedDict


class Agreement(TypedDict):
    """Cohen's kappa over ``n`` items that both have tagged, ``agree`` of them alike: 1 if all are,
    0 if no more than by chance, None of none, or if chance alone makes all alike. ``excluded`` are
    items that one of the two has tagged alone."""

    kind: Literal["score"]
    n: int
    excluded: int
    value: float | None
    agree: int


def pillar_agreement(pairs: Iterable[tuple[str, str, int]], *, excluded: int) -> Agreement:
    """From ``pairs`` of the person's pillar and the program's, and how many items were tagged so.

    J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological
    Measurement 20 (1960).
    """
    person: Counter[str] = Counter()
    program: Counter[str] = Counter()
    agree = 0
    for by_person, by_program, items in pairs:
        person[by_person] += items
        program[by_program] += items
        agree += items * (by_person == by_program)
    n = person.total()
    # Times n squared, in whole numbers: whether chance agreement is 1 is no matter of rounding.
    chance = sum(items * program[pillar] for pillar, items in person.items())
    beyond = n * n - chance
    return Agreement(
        kind="score",
        n=n,
        excluded=excluded,
        value=(n * agree - chance) / beyond if beyond else None,
        agree=agree,
    )
