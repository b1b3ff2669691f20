"""What each option of the questions changes in the answer."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.entrypoints.small import AS_OF, BATCHES, FACTS, id_of, in_batches
from tests.helpers import ask, ask_lines, ask_pages, emit, run


def ids(home: Path, *options: str) -> list[str]:
    found = ask(home, ["commitments", "--as-of", AS_OF, *options])["commitments"]
    return [one["commitment_id"] for one in found]


ALL = ["GONE", "ROSE", "CALL", "LET", "SAID", "LILY", "INNER", "FREE"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", ALL),
        ("--status kept", ["ROSE"]),
        ("--status kept --status late", ["ROSE", "CALL"]),
        ("--status undated", ["FREE"]),
        ("--department logistics", ["ROSE", "LILY", "INNER"]),
        ("--department logistics --department shop", ["ROSE", "LILY", "INNER"]),
        ("--department logistics --status pending", ["INNER"]),
        ("--customer customer:5", ["GONE", "LET", "SAID", "LILY", "FREE"]),
        ("--customer customer:77", ["GONE", "LET", "SAID", "LILY", "FREE"]),
        ("--customer customer:77 --as-of 2026-01-24T00:00:00Z", ["LILY", "FREE"]),
        ("--customer customer:8412 --status late", ["CALL"]),
        ("--limit 2", ["GONE", "ROSE"]),
        ("--as-of 2027-06-01T00:00:00Z", [*ALL[:-1], "LATER", "FREE"]),
        ("--known-at @3", ["ROSE"]),
    ],
)
def test_commitments(home: Path, options: str, expected: list[str]) -> None:
    assert ids(home, *options.split()) == expected


@pytest.mark.parametrize(
    ("limit", "known"),
    [*((limit, []) for limit in (1, 3, 8)), (3, ["--known-at", "@18"])],
)
def test_pages_hold_everything_exactly_once(home: Path, limit: int, known: list[str]) -> None:
    for name in ("commitments", "journeys"):
        argv = [name, "--as-of", AS_OF, *known]
        assert ask_pages(home, argv, name, limit) == ask(home, argv)[name]
    argv = ["journeys", "--customer", "customer:77", "--as-of", AS_OF, *known]
    assert ask_pages(home, argv, "journeys", limit) == ask(home, argv)["journeys"]


def test_the_last_page_has_no_cursor_even_if_it_is_full(home: Path) -> None:
    # One journey is a department's, and not among those of customers.
    for name, number in (("commitments", 8), ("journeys", 7)):
        page = ask(home, [name, "--as-of", AS_OF, "--limit", str(number)])
        assert (len(page[name]), page["next"]) == (number, None)


@pytest.mark.parametrize(
    ("within", "expected"),
    [
        ("PT0S", ["LILY"]),
        ("P3D", ["LILY"]),
        ("P4D", ["LILY"]),
        ("P4DT0.249999S", ["LILY"]),
        ("P4DT0.25S", ["LILY", "INNER"]),
        ("P7D", ["LILY", "INNER"]),
        ("P1Y", ["LILY", "INNER"]),
    ],
)
def test_due(home: Path, within: str, expected: list[str]) -> None:
    found = ask(home, ["due", "--within", within, "--as-of", AS_OF])["due"]
    assert [one["commitment_id"] for one in found] == expected
    assert found[0]["silence"] == 57 * 86_400 - 10 * 3_600


def keys(home: Path, *options: str) -> dict[tuple[str | None, ...], int]:
    groups = ask(home, ["promises", "--as-of", AS_OF, *options])["groups"]
    return {tuple(group["key"].values()): group["counts"]["made"] for group in groups}


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("department", {("care",): 5, ("logistics",): 3}),
        ("about", {("callback",): 2, ("delivery",): 2, ("handover",): 1, ("refund",): 3}),
        ("channel", {("phone",): 1, ("shop",): 1, ("web",): 1, (None,): 5}),
        ("supports", {("LILY",): 1, (None,): 7}),
        ("month_made", {("2026-01",): 8}),
        ("month_due", {("2026-01",): 6, ("2026-03",): 1, (None,): 1}),
    ],
)
def test_promises_by(home: Path, by: str, expected: dict[tuple[str | None, ...], int]) -> None:
    found = keys(home, "--by", by)
    assert found == expected
    assert list(found) == list(expected)
    assert keys(home, "--by", by, "--by", by) == expected


def test_promises_by_several(home: Path) -> None:
    both = keys(home, "--by", "department", "--by", "channel")
    assert list(both) == [
        *[("care", "phone"), ("care", None)],
        *[("logistics", "shop"), ("logistics", "web"), ("logistics", None)],
    ]
    turned = keys(home, "--by", "channel", "--by", "department")
    assert {(key[1], key[0]): number for key, number in turned.items()} == both
    assert "groups" not in ask(home, ["promises"])


@pytest.mark.parametrize(
    ("options", "made"),
    [
        ("--where department=care", 5),
        ("--where department=care --where department=logistics", 8),
        ("--where department=care --where about=refund", 3),
        ("--where channel=", 5),
        ("--where channel= --where channel=web", 6),
        ("--where status=kept", 1),
        ("--where kind=explicit", 8),
        ("--where made_to=department:shop", 1),
        ("--where supports=LILY", 1),
        ("--where month_due=2026-01", 6),
        ("--where about=a=b", 0),
        ("--due-from 2026-01-20T10:00:00Z", 2),
        ("--due-to 2026-01-20T10:00:00Z", 5),
        ("--due-from 2026-01-12T10:00:00Z --due-to 2026-01-20T10:00:00Z", 2),
    ],
)
def test_promises_where(home: Path, options: str, made: int) -> None:
    found = ask(home, ["promises", "--as-of", AS_OF, *options.split()])
    assert found["counts"]["made"] == made


def test_months_are_those_of_the_zone(home: Path) -> None:
    zone = ["--timezone", "Pacific/Kiritimati"]
    assert keys(home, "--by", "month_due", *zone)["2026-02",] == 1
    where = ["promises", "--as-of", AS_OF, "--where", "month_due=2026-02", *zone]
    assert ask(home, where)["counts"]["made"] == 1


def test_balance(home: Path) -> None:
    argv = ["balance", "--from", "2026-01-05T00:00:00Z", "--to", "2026-02-01T00:00:00Z"]
    found = ask(home, argv)
    figures = ("opening", "made", "reopened", "honoured", "released", "abandoned", "closing")
    assert [found[name] for name in figures] == [3, 5, 1, 3, 1, 1, 4]
    for by, expected in (
        (["--by", "department"], [{"department": "care"}, {"department": "logistics"}]),
        (
            ["--by", "about"],
            [{"about": name} for name in ("callback", "delivery", "handover", "refund")],
        ),
    ):
        groups = ask(home, [*argv, *by])["groups"]
        assert [group["key"] for group in groups] == expected
        for name in figures:
            assert sum(group[name] for group in groups) == found[name]
    cut = ask(home, [*argv, "--as-of", "2026-01-08T00:00:00Z"])
    assert (cut["to"], cut["closing"]) == (found["to"], 6)
    same = ask(home, ["balance", "--from", AS_OF, "--to", AS_OF])
    assert same["opening"] == same["closing"] == 4


def test_a_customer_by_any_linked_id(home: Path) -> None:
    one = ask(home, ["customer", "customer:5", "--as-of", AS_OF])
    other = ask(home, ["customer", "customer:77", "--as-of", AS_OF])
    assert (one["aliases"], other["aliases"]) == (["customer:77"], ["customer:5"])
    assert {**one, "customer": 0, "aliases": 0} == {**other, "customer": 0, "aliases": 0}
    before = ask(home, ["customer", "customer:5", "--as-of", "2026-01-24T00:00:00Z"])
    assert (before["canonical"], before["aliases"]) == ("customer:5", [])


#: A call of each question. Only a page is asked of lists, so that cursors are compared too.
QUESTIONS: dict[str, list[str]] = {
    "promises": ["promises", "--by", "department", "--by", "month_due"],
    "commitment": ["commitment", "ROSE"],
    "commitments": ["commitments", "--limit", "4"],
    "due": ["due", "--within", "P7D"],
    "balance": [
        *["balance", "--from", "2026-01-05T00:00:00Z", "--to", "2026-02-01T00:00:00Z"],
        *["--by", "about"],
    ],
    "customer": ["customer", "customer:77"],
    "rose": ["customer", "customer:8412"],
    "journeys": ["journeys", "--limit", "4"],
    "journey": ["journey", id_of(1)],
    "suspense": ["suspense"],
    "health": ["health"],
}


def answers(home: Path, *options: str) -> dict[str, Any]:
    """Each answer; of a customer whom nobody had named yet, what is said of that."""
    found = {name: _answer(home, [*argv, *options]) for name, argv in QUESTIONS.items()}
    return {**found, "facts": ask_lines(home, ["facts", *options])}


def _answer(home: Path, argv: list[str]) -> Any:
    outcome = run(home, [*argv, "--json"])
    assert outcome.code in ((0, 2) if argv[0] == "customer" else (0,)), outcome
    return json.loads(outcome.out) if outcome.out else outcome.err


def positions() -> Iterable[int]:
    return [sum(BATCHES[:number]) for number in range(1, len(BATCHES) + 1)]


@pytest.fixture(scope="module")
def growing(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Copies of one home, as it was after each emit."""
    folder = tmp_path_factory.mktemp("growing")
    copies = {}
    for position, batch in zip(positions(), in_batches(), strict=True):
        emit(folder / "home", batch)
        copies[position] = folder / str(position)
        shutil.copytree(folder / "home", copies[position])
    return copies


@pytest.mark.parametrize(
    ("position", "as_of"), [(7, AS_OF), (12, "2026-01-14T12:00:00Z"), (18, AS_OF), (23, AS_OF)]
)
def test_what_was_answered_is_answered_again(
    growing: dict[int, Path], position: int, as_of: str
) -> None:
    """At an earlier knowledge every answer is that of the home that knew no more."""
    then = answers(growing[position], "--as-of", as_of)
    whole = growing[len(FACTS)]
    assert answers(whole, "--as-of", as_of, "--known-at", f"@{position}") == then
    recorded = ask_lines(whole, ["facts"])[position - 1]["recordedtime"]
    for name in ("promises", "commitment", "journeys"):
        argv = [*QUESTIONS[name], "--as-of", as_of, "--known-at", recorded]
        assert ask(whole, argv) == then[name]


def test_nothing_was_known_before_the_first_fact(home: Path) -> None:
    for known in ("@0", "2000-01-01T00:00:00Z"):
        assert ask(home, ["promises", "--known-at", known])["known_at"] == 0
        assert ask(home, ["journeys", "--known-at", known])["journeys"] == []
        assert run(home, ["facts", "--known-at", known]).out == ""
    assert ask(home, ["promises", "--known-at", "9999-01-01T00:00:00Z"])["known_at"] == len(FACTS)
