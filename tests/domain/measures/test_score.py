"""What customers answered on a scale, and whether coders agree."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.measures.agreement import pillar_agreement
from domain.measures.score import Answer, ces, csat, nps, stars
from domain.wilson import wilson

ANSWERS = st.lists(
    st.tuples(
        st.integers(-1, 11),
        st.sampled_from((0, 1)),
        st.sampled_from((5, 7, 10)),
        st.integers(1, 3),
    )
)


def scored(scores: Sequence[int], least: int, greatest: int) -> list[Answer]:
    return [(score, least, greatest, 1) for score in scores]


def on_scale(answers: Sequence[Answer], least: int, greatest: int) -> list[int]:
    """Each score of a scale, as often as it was given."""
    return [
        score
        for score, low, high, times in answers
        for _ in range(times)
        if (low, high) == (least, greatest) and least <= score <= greatest
    ]


def given_by(answers: Sequence[Answer]) -> int:
    return sum(times for *_, times in answers)


def test_scores_say_their_keys_in_their_order() -> None:
    keys = ["kind", "n", "excluded", "value"]
    assert list(nps([])) == [*keys, "promoters", "passives", "detractors"]
    assert list(csat([])) == [*keys, "count", "low", "high"]
    assert list(ces([])) == list(stars([])) == keys


def test_of_no_answer_there_is_no_score() -> None:
    assert list(nps([]).values()) == ["score", 0, 0, None, 0, 0, 0]
    assert list(csat([]).values()) == ["score", 0, 0, None, 0, None, None]
    assert list(ces([]).values()) == list(stars([]).values()) == ["score", 0, 0, None]


def test_promoters_less_detractors() -> None:
    found = nps([*scored([10, 9, 9, 10, 8, 7, 6, 0, 3], 0, 10), (4, 1, 5, 1)])
    assert list(found.values()) == ["score", 9, 1, pytest.approx(100 / 9), 4, 2, 3]


@pytest.mark.parametrize(("score", "value"), [(0, -100), (6, -100), (7, 0), (8, 0), (9, 100)])
def test_the_bounds_of_promoters_and_detractors(score: int, value: float) -> None:
    assert nps(scored([score], 0, 10))["value"] == value


def test_the_content_are_those_who_gave_four_or_five() -> None:
    found = csat([*scored([5, 4, 4, 3, 1], 1, 5), (9, 0, 10, 1)])
    assert list(found.values()) == ["score", 5, 1, 0.6, 3, *(wilson(3, 5) or ())]


def test_effort_and_stars_are_means_of_their_own_scale() -> None:
    assert ces([(4, 1, 7, 1), (5, 1, 7, 1), (6, 1, 7, 1), (3, 1, 5, 1)])["value"] == 5
    assert stars([(4, 1, 5, 2), (5, 1, 5, 1), (3, 1, 7, 1)])["value"] == 13 / 3


@pytest.mark.parametrize("answer", [(11, 0, 10, 2), (-1, 0, 10, 2), (5, 0, 5, 2), (5, 1, 10, 2)])
def test_what_is_not_on_the_scale_is_excluded(answer: Answer) -> None:
    found = nps([answer, (9, 0, 10, 1)])
    assert (found["n"], found["excluded"], found["value"]) == (1, 2, 100)


@given(ANSWERS)
def test_scores_are_of_those_on_their_scale(answers: list[Answer]) -> None:
    tens, fives, sevens = (on_scale(answers, *scale) for scale in ((0, 10), (1, 5), (1, 7)))
    promoters, satisfied = nps(answers), csat(answers)
    assert promoters["promoters"] == sum(score in {9, 10} for score in tens)
    assert promoters["passives"] == sum(score in {7, 8} for score in tens)
    assert promoters["detractors"] == sum(score in range(7) for score in tens)
    assert satisfied["count"] == sum(score in {4, 5} for score in fives)
    for found, scores in (
        (promoters, tens),
        (satisfied, fives),
        (ces(answers), sevens),
        (stars(answers), fives),
    ):
        assert found["n"] == len(scores)
        assert found["n"] + found["excluded"] == given_by(answers)
        assert (found["value"] is None) == (not scores)
    if sevens:
        assert ces(answers)["value"] == pytest.approx(float(Fraction(sum(sevens), len(sevens))))
    if fives:
        assert stars(answers)["value"] == pytest.approx(float(Fraction(sum(fives), len(fives))))


# Agreement

PAIRS = st.lists(st.tuples(*[st.sampled_from(("trust", "humility", "other"))] * 2), max_size=30)


def test_an_agreement_says_its_keys_in_their_order() -> None:
    keys = ["kind", "n", "excluded", "value", "agree"]
    assert list(pillar_agreement([], excluded=2).items()) == list(
        zip(keys, ["score", 0, 2, None, 0], strict=True)
    )


def test_agreement_beyond_chance() -> None:
    """Cohen's table: 4 and 2 alike of 8, where chance has 34 of 64."""
    pairs = [("trust", "trust", 4), ("humility", "humility", 2), ("trust", "humility", 0)]
    mixed = [*pairs, ("humility", "trust", 1), ("trust", "humility", 1)]
    found = pillar_agreement(mixed, excluded=0)
    assert (found["n"], found["agree"]) == (8, 6)
    assert found["value"] == pytest.approx((6 / 8 - 34 / 64) / (1 - 34 / 64))


def test_whoever_always_agrees_has_one() -> None:
    assert pillar_agreement([("a", "a", 1), ("b", "b", 2)], excluded=0)["value"] == 1


def test_where_chance_alone_agrees_there_is_nothing_to_say() -> None:
    assert pillar_agreement([("trust", "trust", 3)], excluded=0)["value"] is None


def test_none_alike_is_less_than_chance() -> None:
    assert pillar_agreement([("a", "b", 1), ("b", "a", 1)], excluded=0)["value"] == -1


@given(PAIRS)
def test_kappa_is_what_its_definition_says(pairs: list[tuple[str, str]]) -> None:
    found = pillar_agreement([(*pair, 1) for pair in pairs], excluded=0)
    n = len(pairs)
    assert (found["n"], found["agree"]) == (n, sum(a == b for a, b in pairs))
    persons, programs = [a for a, _ in pairs], [b for _, b in pairs]
    chance = sum(
        (Fraction(persons.count(a) * programs.count(a), n * n) for a in set(persons)), Fraction(0)
    )
    if not pairs or chance == 1:
        assert found["value"] is None
    else:
        observed = Fraction(found["agree"], n)
        assert found["value"] == pytest.approx(float((observed - chance) / (1 - chance)))
