"""How one shows that a metric moves: a figure of it differs between those who have a habit and
those who don't, by as much as it should."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import sqrt
from typing import Any, NamedTuple

Json = dict[str, Any]
Answers = Mapping[str, Any]
#: A number of a value: by its name there, or by what reads it.
Figure = str | Callable[[Json], float]


class Companies(NamedTuple):
    """What metrics say of the company as it is, and of one that has taken up all good habits."""

    lived: Answers
    careful: Answers


#: What is wrong with the answers about a metric of this name.
Check = Callable[[str, Companies], list[str]]


class Move(NamedTuple):
    """The habit by which a metric moves, and the check that it does so by as much as it should."""

    habit: str
    wrong: Check


def _number(value: Json, figure: Figure) -> float:
    found = value.get(figure) if isinstance(figure, str) else figure(value)
    return 0 if found is None else found


def _group(answer: Any, *key: object) -> Json:
    """The value of a group; of one that is not there, nothing."""
    groups = (one["value"] for one in answer["groups"] if tuple(one["key"].values()) == key)
    return next(groups, {})


def _apart(more: float, less: float, least: float) -> list[str]:
    return [] if more - less >= least else [f"{more} is not {least} more than {less}"]


def between(habit: str, more: object, less: object, least: float, figure: Figure = "rate") -> Move:
    """One group has at least so much more of a figure than another. A group without units has 0."""

    def has(answer: Any, key: object) -> float:
        return _number(_group(answer, *(key if isinstance(key, tuple) else (key,))), figure)

    def wrong(name: str, companies: Companies) -> list[str]:
        answer = companies.lived[name]
        return _apart(has(answer, more), has(answer, less), least)

    return Move(habit, wrong)


def within(habit: str, more: Figure, less: Figure, least: float) -> Move:
    """One figure of the value is at least so much more than another."""

    def wrong(name: str, companies: Companies) -> list[str]:
        value = companies.lived[name]["value"]
        return _apart(_number(value, more), _number(value, less), least)

    return Move(habit, wrong)


def beyond(habit: str, other: str, group: str, least: float) -> Move:
    """A group has at least so much more than it has in another metric."""

    def wrong(name: str, companies: Companies) -> list[str]:
        one, two = (_group(companies.lived[metric], group)["rate"] for metric in (name, other))
        return _apart(one, two, least)

    return Move(habit, wrong)


def given_up(habit: str, least: float, figure: Figure = "rate") -> Move:
    """The company has at least so much more of a figure than the careful one."""

    def wrong(name: str, companies: Companies) -> list[str]:
        lived, careful = (answers[name]["value"] for answers in companies)
        return _apart(_number(lived, figure), _number(careful, figure), least)

    return Move(habit, wrong)


def taken_up(habit: str, least: float, figure: Figure = "rate") -> Move:
    """The careful company has at least so much more of a figure."""

    def wrong(name: str, companies: Companies) -> list[str]:
        lived, careful = (answers[name]["value"] for answers in companies)
        return _apart(_number(careful, figure), _number(lived, figure), least)

    return Move(habit, wrong)


def scripted(habit: str, rates: Mapping[str, float]) -> Move:
    """Groups of a share have the rates by which the script throws its dice, which differ: give or
    take three standard deviations."""

    def wrong(name: str, companies: Companies) -> list[str]:
        assert len(set(rates.values())) > 1, f"{name}: nothing moves it"
        found = []
        for key, rate in rates.items():
            value = _group(companies.lived[name], key)
            chance = 3 * sqrt(value["of"] * rate * (1 - rate))
            if abs(value["count"] - value["of"] * rate) > chance:
                found.append(f"{key}: {value['count']} of {value['of']} is not {rate:.1%}")
        return found

    return Move(habit, wrong)


def row(figure: str, **labels: object) -> Callable[[Json], float]:
    """A figure of the row with these labels; 0 where there is none."""

    def read(value: Json) -> float:
        found = (one for one in value["rows"] if labels.items() <= one.items())
        return float(next((one[figure] for one in found), 0))

    return read


def total(figure: str, among: Callable[[Json], bool] = lambda row: True) -> Callable[[Json], float]:
    """A figure of all rows, or of those among which it is asked."""
    return lambda value: float(sum(one[figure] for one in value["rows"] if among(one)))


def share_of(figure: str, whole: str) -> Callable[[Json], float]:
    """One figure of another."""
    return lambda value: float(value[figure]) / float(value[whole])
