"""The kind *score*: what customers answered on a scale."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, TypedDict

from domain.wilson import wilson

#: A score, the least and the greatest of its scale, and how many gave it.
Answer = tuple[int, int, int, int]


class Mean(TypedDict):
    """The mean of ``n`` scores; None of none. ``excluded`` are answers on another scale, or outside
    of theirs."""

    kind: Literal["score"]
    n: int
    excluded: int
    value: float | None


class NetPromoter(Mean):
    """100 × (promoters − detractors) / n, from −100 to 100."""

    promoters: int
    passives: int
    detractors: int


class Satisfaction(Mean):
    """The share of the ``count`` content ones among n, with its 95 % Wilson interval."""

    count: int
    low: float | None
    high: float | None


def nps(answers: Iterable[Answer]) -> NetPromoter:
    """The net promoter score: those who gave 9 or 10, less those who gave at most 6, of all on the
    scale of 0 to 10.

    F. F. Reichheld, "The one number you need to grow", Harvard Business Review 81 (2003).
    """
    scores, excluded = _on_scale(0, 10, answers)
    n = sum(scores.values())
    promoters = _counted(scores, lambda score: score >= 9)
    detractors = _counted(scores, lambda score: score <= 6)
    return NetPromoter(
        kind="score",
        n=n,
        excluded=excluded,
        value=100 * (promoters - detractors) / n if n else None,
        promoters=promoters,
        passives=n - promoters - detractors,
        detractors=detractors,
    )


def csat(answers: Iterable[Answer]) -> Satisfaction:
    """Customer satisfaction: the share of those who gave 4 or 5 on the scale of 1 to 5."""
    scores, excluded = _on_scale(1, 5, answers)
    n = sum(scores.values())
    content = _counted(scores, lambda score: score >= 4)
    low, high = wilson(content, n) or (None, None)
    return Satisfaction(
        kind="score",
        n=n,
        excluded=excluded,
        value=content / n if n else None,
        count=content,
        low=low,
        high=high,
    )


def ces(answers: Iterable[Answer]) -> Mean:
    """Customer effort: the mean on the scale of 1 to 7."""
    return _mean(1, 7, answers)


def stars(answers: Iterable[Answer]) -> Mean:
    """The mean of stars, 1 to 5."""
    return _mean(1, 5, answers)


def _mean(least: int, greatest: int, answers: Iterable[Answer]) -> Mean:
    scores, excluded = _on_scale(least, greatest, answers)
    n, total = sum(scores.values()), sum(score * times for score, times in scores.items())
    return Mean(kind="score", n=n, excluded=excluded, value=total / n if n else None)


def _on_scale(least: int, greatest: int, answers: Iterable[Answer]) -> tuple[dict[int, int], int]:
    """How often each score of a scale was given, and how many answers are not of it."""
    scores: dict[int, int] = {}
    excluded = 0
    for score, scale_min, scale_max, times in answers:
        if (scale_min, scale_max) == (least, greatest) and least <= score <= greatest:
            scores[score] = scores.get(score, 0) + times
        else:
            excluded += times
    return scores, excluded


def _counted(scores: dict[int, int], counts: Callable[[int], bool]) -> int:
    return sum(times for score, times in scores.items() if counts(score))
