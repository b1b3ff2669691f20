"""Problems carry what to do as data, and each entry point words it."""

from __future__ import annotations

import pytest

from domain.errors import Problem, Unavailable, Unknown, Wrong

OTHER = Problem("views of this version", "views of another", "{rebuild} builds them anew")


def test_a_problem_says_what_was_expected_what_was_seen_and_what_to_do() -> None:
    assert str(OTHER) == (
        "expected views of this version, saw views of another; 'rebuild' builds them anew"
    )
    assert (OTHER.expected, OTHER.seen) == ("views of this version", "views of another")


def test_an_entry_point_has_its_own_words_for_a_use_case() -> None:
    assert OTHER.actions == ["rebuild"]
    assert OTHER.worded(lambda action: f"POST /v1/{action}") == (
        "expected views of this version, saw views of another; POST /v1/rebuild builds them anew"
    )


def test_braces_that_name_no_use_case_stay() -> None:
    problem = Problem("JSON", "none", 'write {"id": 1}, as in {topic create}')
    assert problem.actions == ["topic create"]
    assert str(problem).endswith("""write {"id": 1}, as in 'topic create'""")


def test_without_a_remedy_nothing_is_added() -> None:
    assert str(Problem("a fact", "none")) == "expected a fact, saw none"


@pytest.mark.parametrize(("kind", "kinds"), [(Wrong, ValueError), (Unknown, Wrong)])
def test_kinds_are_caught_by_what_they_are(kind: type[Problem], kinds: type[Exception]) -> None:
    assert issubclass(kind, kinds)
    assert issubclass(Unknown, LookupError)
    assert not issubclass(Unavailable, Wrong)
