"""Every question about a random world, as of a random instant and known at a random position, is
answered as the folds answer it: through the command line, over views that are kept up."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from application import ask as ask_about
from application import home_factory
from application.json_answers import to_plain
from application.parameters import instant, known
from consumers.embedded_projector import keep_up
from domain.errors import Unknown
from domain.facts import Fact
from tests.compare import differences
from tests.domain.given import day, fact
from tests.helpers import ask, ask_pages, run
from tests.projections import nowhere
from tests.projections.asked import asked_memory
from tests.projections.questions import common, expected, questions
from tests.projections.stores import MemoryHome, MemoryLedger
from tests.projections.worlds import COMMITMENTS, CUSTOMERS, worlds


@pytest.fixture(scope="module")
def home() -> Iterator[MemoryHome]:
    """A home that the command line asks in place of the one in the folder that it is given."""
    with asked_memory() as memory:
        yield memory


def hold(world: list[Fact], argv: list[str]) -> None:
    """The command line answers as the folds do."""
    outcome = run(Path("memory"), [*argv, "--json"])
    should = expected(world, argv)
    if should is None:
        assert outcome.code == 2, outcome
        return
    assert outcome.code == 0, outcome
    seen = json.loads(outcome.out)
    wrong = differences(common(should, seen), seen) + differences(common(seen, should), should)
    assert not wrong, wrong


@settings(max_examples=max(1, settings().max_examples // 2))
@given(world=worlds(), data=st.data())
def test_the_answers_are_those_of_the_folds(
    home: MemoryHome, world: list[Fact], data: st.DataObject
) -> None:
    home.empty()
    keep_up(MemoryLedger(world, data.draw(st.lists(st.integers(0, len(world)), max_size=2))), home)
    for _ in range(4):
        argv = data.draw(questions(world))
        note(f"./pledger {' '.join(argv)}")
        hold(world, argv)
        if expected(world, argv) is not None:
            hold_parts(argv, data.draw(st.integers(1, 3), label="limit"))


#: The lists that come in pages, by command.
PAGED = {"commitments": "commitments", "journeys": "journeys", "suspense": "items"}


def hold_parts(argv: list[str], limit: int) -> None:
    """Page after page gives what is given at once, and a history that is cut has the ends of the
    whole one."""
    home = Path("memory")
    if argv[0] in PAGED:
        name = PAGED[argv[0]]
        assert ask_pages(home, argv, name, limit) == ask(home, argv)[name]
    if argv[0] == "commitment":
        whole, cut = ask(home, argv), ask(home, [*argv, "--limit", str(limit)])
        history, left_out = whole["history"], cut.pop("left_out", 0)
        assert left_out == max(0, len(history) - limit)
        first = (limit + 1) // 2
        ends = history[:first] + history[first + left_out :] if left_out else history
        assert cut == {**whole, "history": ends}
    if argv[0] in TOGETHER:
        hold_together(argv)


#: What can be asked about several at once: how, about one and about all, and whom there is to ask
#: about; some are nowhere.
TOGETHER: dict[str, tuple[Any, Any, Sequence[str]]] = {
    "commitment": (ask_about.Commitment, ask_about.each_commitment, (*COMMITMENTS, "NOBODYS")),
    "customer": (ask_about.Named, ask_about.each_customer, (*CUSTOMERS, "customer:nobody")),
}


def hold_together(argv: list[str]) -> None:
    """Several that are asked about at once are answered as each is alone, or left to that."""
    name, _, *times = argv
    question, each, ids = TOGETHER[name]
    given = dict(zip(times[::2], times[1::2], strict=True))
    as_of, known_at = instant(given["--as-of"]), given.get("--known-at")
    asked = [
        question(id=id, as_of=as_of, known_at=known_at and known(known_at)) for id in (*ids, ids[0])
    ]
    home = home_factory.open_home(Path("memory"), *[None] * 3)  # type: ignore[arg-type]
    for one, found in zip(asked, each(home, asked), strict=True):
        outcome = run(Path("memory"), [name, one.id, *times, "--json"])
        if isinstance(found, Unknown):
            assert outcome.code == 2, outcome
        elif found is not None:
            assert to_plain(found) == json.loads(outcome.out)


@pytest.mark.parametrize("in_time", [True, False, None])
def test_a_sources_verdict_counts_in_journeys_too(home: MemoryHome, in_time: bool | None) -> None:
    made = fact("commitment.made", 1, due_at=day(5), refs=("order:1",))
    honoured = fact("commitment.honoured", 9, in_time=in_time)
    world = [replace(one, position=at) for at, one in enumerate((made, honoured), 1)]
    home.empty()
    keep_up(MemoryLedger(world), home)
    for question in ("customer", "journeys --customer"):
        hold(world, [*question.split(), "customer:1", "--as-of", "2026-03-01T00:00:00Z"])


def test_what_is_nowhere_is_said(home: MemoryHome) -> None:
    home.empty()
    keep_up(MemoryLedger(nowhere.story()), home)
    nowhere.hold_unknown()
    nowhere.hold_old()
