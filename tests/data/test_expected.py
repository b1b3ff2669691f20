"""Real orders and real permits: import them, and every number must come out exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.compare import differences
from tests.data import olist, permits
from tests.data.imported import Imported, Json, instant
from tests.data.metrics import wrong_groups, wrong_metrics
from tests.data.plain import health
from tests.helpers import ask, shared

#: Data set, importer, the importer's settings.
HOMES = {
    "olist_small": ("olist_small", "olist", ()),
    "olist_small_end_of_day": ("olist_small", "olist", ("--set", "due=end_of_day")),
    "olist_large": ("olist_large", "olist", ()),
    "olist_large_end_of_day": ("olist_large", "olist", ("--set", "due=end_of_day")),
    "permit_receipt": ("permit_receipt", "permit_receipt", ()),
}

Numbers = Mapping[str, Callable[[Imported], Any]]


def homes(*names: str) -> pytest.MarkDecorator:
    """The test runs in each of these homes. A home is made once, and all that is asked of it is
    asked in one process."""
    return pytest.mark.parametrize(
        "home",
        [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in names],
        indirect=True,
        scope="module",
    )


as_given = homes("olist_small", "olist_large", "permit_receipt")
end_of_day = homes("olist_small_end_of_day", "olist_large_end_of_day")


@pytest.fixture(scope="module")
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    data, mapping, settings = HOMES[request.param]
    shared("data", data)
    imported = Imported(tmp_path_factory.mktemp(request.param), data, mapping, settings)
    assert imported.answer["rejected"] == []
    return imported


def wrong_numbers(home: Imported, numbers: Numbers, expected: Json) -> list[str]:
    """One line a number that does not come out, or that nobody computes."""
    lines = []
    for name, number in expected.items():
        if name not in numbers:
            lines.append(f"{name}: nothing computes it ({number['definition']})")
            continue
        seen = numbers[name](home)
        # Both ways: a table must not have a cell more than expected either.
        wrong = differences(number["value"], seen) or differences(seen, number["value"])
        lines += [f"{name} ({number['definition']}): {line}" for line in wrong]
    return lines


@as_given
def test_the_import_counts(home: Imported) -> None:
    expected = {k: v for k, v in home.expected["import"].items() if k != "definition"}
    assert differences(expected, home.answer) == []


@as_given
def test_every_ask(home: Imported) -> None:
    assert home.wrong_answers(home.expected["asks"]) == []


@as_given
def test_every_number(home: Imported) -> None:
    numbers = permits.NUMBERS if home.mapping == "permit_receipt" else olist.NUMBERS
    # This one is about the other reading, and is held there.
    expected = home.expected["numbers"]
    expected = {k: v for k, v in expected.items() if k != "deliveries_late_end_of_day"}
    assert wrong_numbers(home, numbers, expected) == []


@end_of_day
def test_the_other_reading(home: Imported) -> None:
    other = home.expected["other_reading"]
    assert home.wrong_answers(other["asks"]) == []
    assert wrong_numbers(home, olist.OTHER_NUMBERS, other["numbers"]) == []
    late = home.expected["numbers"]["deliveries_late_end_of_day"]["value"]
    assert home.counts("delivery")["late"] == late


@as_given
def test_every_metric_says_what_the_files_say_or_that_nobody_reports_it(home: Imported) -> None:
    assert list(wrong_metrics(home)) == []


@as_given
def test_a_metric_in_groups(home: Imported) -> None:
    assert list(wrong_groups(home)) == []


@as_given
def test_health_says_what_the_files_say(home: Imported) -> None:
    reading = health.of_cases if home.mapping == "permit_receipt" else health.of_orders
    expected = health.findings(reading(home.rows), instant(home.as_of))
    found = ask(home.home, ["health", "--as-of", home.as_of])["findings"]
    assert {one["kind"]: (one["count"], one["examples"]) for one in found} == expected
    assert len(found) == len(expected)


@as_given
def test_a_second_import_adds_nothing(home: Imported) -> None:
    first = home.answer
    again = home.run_import()
    assert again["accepted"] == 0
    assert again["duplicates"] == first["accepted"]
    assert (again["rejected"], again["head"]) == ([], first["head"])


@as_given
def test_a_rebuild_changes_no_answer(home: Imported) -> None:
    assert ask(home.home, ["rebuild"])["facts"] == home.answer["head"]
    assert home.wrong_answers(home.expected["asks"]) == []


@homes("permit_receipt")
def test_no_employee_enters(home: Imported) -> None:
    """The people at work whom these data name stay outside."""
    people = {row["org:resource"] for row in home.rows("receipt.csv")}
    people |= {row["case:responsible"] for row in home.rows("receipt.csv")}
    text = repr(home.facts)
    assert [person for person in people - {""} if f"'{person}'" in text] == []
