"""Questions as functions: a frozen request in, instants out, errors that carry data."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from application import ask
from application.embedded_home import EmbeddedHome
from application.errors import NoHome, Unknown, Wrong
from application.home import Runtime
from application.home_factory import open_home, open_server_home
from application.json_answers import fact_to_plain, to_plain
from application.question import Page, Question
from domain.positions import Vector
from tests.consumers.processes import fill, promises_kept
from tests.helpers import run

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
TEXT = "2026-03-01T00:00:00Z"


def runtime() -> Runtime:
    def pause(seconds: float) -> bool:
        del seconds
        return True

    return Runtime(lambda: AS_OF, time.monotonic, random.random, pause)


def embedded(folder: Path) -> EmbeddedHome:
    home = open_home(folder, runtime(), {}, lambda sentence: None)
    assert isinstance(home, EmbeddedHome)
    return home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> EmbeddedHome:
    folder = tmp_path_factory.mktemp("application") / "home"
    folder.mkdir()
    fill(folder, promises_kept(20))
    return embedded(folder)


def commitment_id(home: EmbeddedHome) -> str:
    (found, *_) = ask.commitments(home, ask.Commitments(as_of=AS_OF, limit=1))["commitments"]
    return str(found["commitment_id"])


Asking = Callable[[EmbeddedHome], Any]
QUESTIONS: list[tuple[list[str], Asking]] = [
    (
        ["promises", "--by", "about"],
        lambda h: ask.promises(h, ask.Promises(as_of=AS_OF, by=["about"])),
    ),
    (["commitments"], lambda h: ask.commitments(h, ask.Commitments(as_of=AS_OF))),
    (["due", "--within", "P7D"], lambda h: ask.due(h, ask.Due(as_of=AS_OF, within="P7D"))),
    (
        ["balance", "--from", "2026-01-01T00:00:00Z", "--to", TEXT],
        lambda h: ask.balance(
            h, ask.Balance(as_of=AS_OF, start=datetime(2026, 1, 1, tzinfo=UTC), end=AS_OF)
        ),
    ),
    (["journeys"], lambda h: ask.journeys(h, ask.Journeys(as_of=AS_OF))),
    (["suspense"], lambda h: ask.suspense(h, Page(as_of=AS_OF))),
    (
        ["customer", "customer:1"],
        lambda h: ask.customer(h, ask.Named(as_of=AS_OF, id="customer:1")),
    ),
]


@pytest.mark.parametrize(("argv", "asking"), QUESTIONS, ids=[argv[0] for argv, _ in QUESTIONS])
def test_the_command_line_prints_what_the_function_answers(
    home: EmbeddedHome, argv: list[str], asking: Asking
) -> None:
    outcome = run(home.folder, [*argv, "--as-of", TEXT, "--json"])
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out) == to_plain(asking(home))


def test_instants_are_instants(home: EmbeddedHome) -> None:
    found = ask.commitment(home, ask.Commitment(as_of=AS_OF, id=commitment_id(home)))
    assert isinstance(found["made_at"], datetime)
    assert all(isinstance(fact["time"], datetime) for fact in found["history"])
    page = ask.facts(home, ask.Facts(as_of=AS_OF, limit=1))
    assert isinstance(page.events[0]["time"], datetime)
    assert page.more is None
    plain = fact_to_plain(page.events[0])
    assert datetime.fromisoformat(plain["time"]) == page.events[0]["time"]


@pytest.mark.parametrize(
    ("making", "expected"),
    [
        (lambda: Question(as_of=datetime(2026, 3, 1)), "instants with an offset"),
        (lambda: Question(as_of=AS_OF, known_at=-1), "known_at from 0"),
        (lambda: ask.Promises(as_of=AS_OF, zone="Mars/Olympus"), "the name of a time zone"),
        (lambda: Page(as_of=AS_OF, limit=0), "limit from 1"),
        (lambda: ask.Facts(as_of=AS_OF, from_position=0), "from_position from 1"),
        (
            lambda: ask.Commitments(as_of=AS_OF, statuses=["forgotten"]),  # type: ignore[list-item]
            "statuses among pending, overdue",
        ),
    ],
)
def test_a_request_that_makes_no_sense_can_not_be_made(
    making: Callable[[], Question], expected: str
) -> None:
    with pytest.raises(Wrong) as caught:
        making()
    assert expected in caught.value.expected


def test_a_request_is_frozen() -> None:
    asked = ask.Promises(as_of=AS_OF)
    with pytest.raises(FrozenInstanceError):
        asked.zone = "Europe/Paris"  # type: ignore[misc]


def test_facts_come_in_pages_that_go_on_where_the_one_before_ended(
    home: EmbeddedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.queries.facts.PAGE", 7)
    asked: ask.Facts | None = ask.Facts(as_of=AS_OF, limit=18)
    sizes, positions = [], []
    while asked is not None:
        page = ask.facts(home, asked)
        sizes.append(len(page.events))
        positions += [event["position"] for event in page.events]
        asked = page.more
    assert sizes == [7, 7, 4]
    assert positions == list(range(1, 19))


@pytest.mark.parametrize(
    ("asking", "expected", "seen"),
    [
        (
            lambda h: ask.promises(h, ask.Promises(as_of=AS_OF, where=[("colour", "red")])),
            "KEY=VALUE with a key among department, about",
            "'colour=red'",
        ),
        (
            lambda h: ask.promises(h, ask.Promises(as_of=AS_OF, by=["about", "colour"])),
            "one of department, about",
            "'colour'",
        ),
        (
            lambda h: ask.balance(
                h, ask.Balance(as_of=AS_OF, start=AS_OF, end=AS_OF, by=["channel"])
            ),
            "groups among department, about",
            "'channel'",
        ),
        (lambda h: ask.due(h, ask.Due(as_of=AS_OF, within="soon")), "ISO 8601 duration", "'soon'"),
        (
            lambda h: ask.balance(
                h, ask.Balance(as_of=AS_OF, start=AS_OF, end=datetime(2026, 1, 1, tzinfo=UTC))
            ),
            "an end at or after the start",
            f"2026-01-01T00:00:00Z before {TEXT}",
        ),
        (
            lambda h: ask.suspense(h, Page(as_of=AS_OF, known_at=41)),
            "a position of the ledger, whose last one is 40",
            "@41",
        ),
        (
            lambda h: ask.suspense(h, Page(as_of=AS_OF, known_at=Vector({1: 3}))),
            "a position of the ledger",
            "@1:3",
        ),
        (
            lambda h: ask.facts(h, ask.Facts(as_of=AS_OF, types=["rose.died"])),
            "a type of the catalogue",
            "'rose.died'",
        ),
        (
            lambda h: ask.commitments(h, ask.Commitments(as_of=AS_OF, after="nonsense")),
            "a cursor as 'next' of the same list gave it",
            "'nonsense'",
        ),
        (lambda h: ask.sql(h, ask.Sql("DROP TABLE fact")), "a SELECT", "DROP"),
    ],
)
def test_a_wrong_request_says_what_was_expected_and_seen_as_data(
    home: EmbeddedHome, asking: Asking, expected: str, seen: str
) -> None:
    with pytest.raises(Wrong) as caught:
        asking(home)
    assert expected in caught.value.expected
    assert seen in caught.value.seen


@pytest.mark.parametrize(
    ("asking", "asked"),
    [
        (ask.commitment, ask.Commitment(as_of=AS_OF, id="nobody")),
        (ask.journey, ask.Named(as_of=AS_OF, id="nobody")),
        (ask.customer, ask.Named(as_of=AS_OF, id="nobody")),
        (ask.journeys, ask.Journeys(as_of=AS_OF, customer="nobody")),
        (ask.commitments, ask.Commitments(as_of=AS_OF, customer="nobody")),
    ],
)
def test_what_is_not_there_is_unknown(
    home: EmbeddedHome, asking: Callable[..., Any], asked: Question
) -> None:
    with pytest.raises(Unknown) as caught:
        asking(home, asked)
    assert caught.value.seen == "'nobody'"
    assert caught.value.remedy


def test_a_place_without_a_home_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoHome) as caught:
        ask.suspense(embedded(tmp_path / "none"), Page(as_of=AS_OF))
    assert caught.value.actions == ["name a home", "emit", "demo"]
    with pytest.raises(NoHome, match="a server home"):
        open_server_home(tmp_path, runtime(), {}, lambda sentence: None)


def test_a_ledger_that_knew_nothing_says_since_when_it_knows(home: EmbeddedHome) -> None:
    (first,) = ask.facts(home, ask.Facts(as_of=AS_OF, limit=1)).events
    for known_at in (0, Vector({}), datetime(2000, 1, 1, tzinfo=UTC)):
        asked = Question(as_of=AS_OF, known_at=known_at)
        assert ask.unknown_until(home, asked) == first["recordedtime"]
    for later in (1, None):
        assert ask.unknown_until(home, Question(as_of=AS_OF, known_at=later)) is None
