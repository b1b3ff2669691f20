"""Work that several processes share: its order, and what ends it."""

from __future__ import annotations

import os

import pytest

from application.in_processes import each
from domain.errors import Problem


def squared(number: int) -> int:
    return number * number


def ended(number: int) -> int:
    os._exit(number)


def refused(number: int) -> int:
    raise Problem("a number", str(number))


@pytest.mark.parametrize("processes", [1, 2])
def test_results_come_in_the_order_of_the_parts(processes: int) -> None:
    assert list(each(squared, iter(range(9)), processes)) == [n * n for n in range(9)]


@pytest.mark.parametrize("processes", [1, 2])
def test_what_is_raised_is_raised_here(processes: int) -> None:
    with pytest.raises(Problem, match="expected a number, saw 3"):
        list(each(refused, [3], processes))


def test_a_process_that_is_ended() -> None:
    with pytest.raises(Problem, match="that one was ended"):
        list(each(ended, [3, 4], 2))
