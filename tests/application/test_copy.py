"""Moving from one home to another: which facts are written, what is held in memory, and what two
homes are found to answer differently."""

from __future__ import annotations

import os
import shutil
import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.copy_home import Copied, compare, copy, copy_facts
from application.embedded_home import EmbeddedHome
from application.errors import Wrong
from application.home import Rebuilding
from ledger.errors import CannotWrite, Unkeepable
from ledger.kafka.readability import unreadable
from ledger.port import EventData, Receipt, RecordedEvent
from ledger.seen_ids import known_ids
from ledger.sqlite.ledger import SQLiteLedger
from tests.domain.given import fact
from tests.homes import embedded_home
from tests.ledger.bodies import CAPTURED, kept
from tests.projections.stores import recorded

AT = datetime(2026, 4, 1, tzinfo=UTC)
ONE = recorded(fact("customer.chased", 1))


def numbered(number: int) -> RecordedEvent:
    return ONE._replace(id=str(UUID(int=number)))


class Topic:
    """A ledger at whose door nobody stands. It keeps ids, if it is asked to."""

    def __init__(self, *, keeps: bool = True) -> None:
        self.ids: list[str] = []
        self._keeps = keeps

    def append(self, facts: Sequence[EventData], *, all_or_nothing: bool = False) -> list[Receipt]:
        if self._keeps:
            self.ids += [one.id for one in facts]
        return [Receipt(0, "accepted")] * len(facts)

    def head(self) -> int:
        return len(self.ids)


NUMBERS = st.lists(st.lists(st.integers(0, 9), max_size=6), max_size=4)


@given(there=NUMBERS, told=NUMBERS)
def test_each_id_is_written_once(there: list[list[int]], told: list[list[int]]) -> None:
    """In the order of the source, whatever comes twice, in a batch or in two."""
    target = Topic()
    with TemporaryDirectory() as folder, known_ids(Path(folder)) as known:
        known.meet_all([numbered(n) for n in batch] for batch in there)
        batches = ([numbered(n) for n in batch] for batch in told)
        done = copy_facts(iter(list(batches)), target, known, lambda facts: None)
    every = [n for batch in told for n in batch]
    new = [n for n in dict.fromkeys(every) if n not in {m for batch in there for m in batch}]
    assert target.ids == [str(UUID(int=n)) for n in new]
    assert done == Copied(len(every), len(new), len(every) - len(new))


def test_an_embedded_ledger_knows_ids_again(tmp_path: Path) -> None:
    """One that it has with other content counts as there: the comparison tells of it."""
    with SQLiteLedger(tmp_path / "ledger", lambda: 0) as ledger:
        other = numbered(1)._replace(source="/other/system")
        for expected in (Copied(3, 2, 1), Copied(3, 0, 3)):
            batches = iter([[numbered(1), numbered(2)], [other]])
            assert copy_facts(batches, ledger, None, lambda facts: None) == expected


def test_memory_does_not_grow_with_the_ledger(tmp_path: Path) -> None:
    def batches() -> Iterator[list[RecordedEvent]]:
        for start in range(0, 100_000, 1_000):
            yield [numbered(number) for number in range(start, start + 1_000)]

    with known_ids(tmp_path) as known:
        known.meet_all(batches())
        tracemalloc.start()
        try:
            done = copy_facts(batches(), Topic(keeps=False), known, lambda facts: None)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert done == Copied(100_000, 0, 100_000)
    assert most < 5 << 20, "a set of these ids takes twice as much"


def told(folder: Path, *facts: RecordedEvent) -> EmbeddedHome:
    home = embedded_home(folder)
    with home.writing() as ledger:
        ledger.append([EventData(*one[2:]) for one in facts])
    return home


def test_a_copy_answers_alike(tmp_path: Path) -> None:
    one, other = told(tmp_path / "one", numbered(1), numbered(2)), told(tmp_path / "other")
    heard: list[int] = []
    assert copy(one, other, heard.append) == Copied(2, 2, 0)
    assert heard == [2]
    assert compare(one, other, AT) is None
    assert copy(one, other, heard.append) == Copied(2, 0, 2)


def test_a_home_that_is_not_there_has_nothing_to_copy(tmp_path: Path) -> None:
    one, other = embedded_home(tmp_path / "one"), embedded_home(tmp_path / "other")
    assert copy(one, other, lambda facts: None) == Copied(0, 0, 0)


def test_the_first_question_that_is_answered_differently_is_named(tmp_path: Path) -> None:
    promise = recorded(fact("commitment.made", 1, commitment_id="C1", about="answer"))
    one, other = told(tmp_path / "one", promise), told(tmp_path / "other")
    found = compare(one, other, AT)
    assert found is not None
    assert (found.question, found.by, found.about) == ("promises", "department", "all")
    assert found.one["counts"]["made"] == 1
    assert found.other["counts"]["made"] == 0


class Choosy(Topic):
    """A ledger that keeps what readers of a topic take."""

    def append(self, facts: Sequence[EventData], *, all_or_nothing: bool = False) -> list[Receipt]:
        if unreadable(facts) is not None:
            raise Unkeepable("a fact that its readers take", "another", "refuse it at the door")
        return super().append(facts, all_or_nothing=all_or_nothing)


def test_facts_that_no_reader_of_a_topic_would_take_are_named_all_at_once(tmp_path: Path) -> None:
    """Older than what the door asks for: they are history, and were kept as they came."""
    old = {4, 7, 8, 9}
    home = embedded_home(tmp_path)
    with home.writing() as ledger:
        ledger.append(
            [
                kept("payment.captured", {**CAPTURED, "currency": "eur" if n in old else "EUR"}, n)
                for n in range(1, 11)
            ]
        )
    with home.reading() as ledger:
        batches = list(ledger.read(batch=2))
    target = Choosy()
    with pytest.raises(Unkeepable) as caught:
        copy_facts(iter(batches), target, None, lambda facts: None)
    assert "4 in the home that is read" in caught.value.seen
    assert "at the positions 4, 7-9 (at 4: " in caught.value.seen
    assert "eur" not in str(caught.value)
    assert caught.value.actions == ["leave positions out", "copy"]
    assert len(target.ids) == 2
    home.rebuild(lambda done, total: None, Rebuilding(without=(4, 7, 8, 9)))
    with home.reading() as ledger:
        done = copy_facts(ledger.read(batch=2), target, None, lambda facts: None)
    assert done.facts == 6


class Full(Topic):
    """A ledger whose disk is full after one batch."""

    def append(self, facts: Sequence[EventData], *, all_or_nothing: bool = False) -> list[Receipt]:
        if self.ids:
            raise CannotWrite("room", "none", "free some")
        return super().append(facts, all_or_nothing=all_or_nothing)


def test_a_copy_that_fails_says_what_it_has_written_and_how_to_go_on() -> None:
    batches = iter([[numbered(1), numbered(2)], [numbered(3)]])
    with pytest.raises(CannotWrite) as caught:
        copy_facts(batches, Full(), None, lambda facts: None)
    (note,) = caught.value.__notes__
    assert note.startswith("2 facts were copied before that: 2 written, 0 there already")
    assert "{copy} again goes on" in note


def test_a_comparison_that_fails_says_that_the_facts_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = told(tmp_path / "one", numbered(1)), embedded_home(tmp_path / "other")
    copy(one, other, lambda facts: None)
    monkeypatch.setattr(other, "catch_up", refusing)
    with pytest.raises(CannotWrite) as caught:
        compare(one, other, AT)
    assert caught.value.__notes__ == [
        "both have all facts, and were not compared: {copy} again compares them"
    ]


def refusing(*args: object, **options: object) -> NoReturn:
    raise CannotWrite("room", "none", "free some")


def refused(one: EmbeddedHome, other: EmbeddedHome, *, compared: bool = True) -> Wrong:
    """Why a copy is not begun: nothing was read, and nothing written."""
    with pytest.raises(Wrong) as caught:
        copy(one, other, unheard, compared=compared)
    assert not (other.folder / "ledger.sqlite").exists()
    return caught.value


def unheard(facts: int) -> NoReturn:
    raise AssertionError("a fact was read")


def test_a_folder_of_something_else_is_no_place_to_copy_to(tmp_path: Path) -> None:
    one, other = told(tmp_path / "one", numbered(1)), embedded_home(tmp_path / "other")
    other.folder.mkdir()
    (other.folder / "notes.txt").write_text("x")
    why = refused(one, other)
    assert why.seen == f"other files in {str(other.folder)!r}"
    assert why.actions == ["copy to another home"]


@pytest.mark.parametrize("there", [False, True])
def test_a_place_that_may_not_be_written_to_is_found_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, there: bool
) -> None:
    one, other = told(tmp_path / "one", numbered(1)), embedded_home(tmp_path / "new" / "other")
    if there:
        other.folder.mkdir(parents=True)
    place = other.folder if there else tmp_path
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != place)
    assert repr(str(place)) in refused(one, other).expected
    assert other.folder.exists() is there


def test_a_source_that_can_have_no_views_is_found_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless nothing is to be compared."""
    one, other = told(tmp_path / "one", numbered(1)), embedded_home(tmp_path / "other")
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != one.folder)
    assert "compare nothing" in refused(one, other).actions
    assert copy(one, other, lambda facts: None, compared=False) == Copied(1, 1, 0)


def test_a_disk_that_is_too_small_is_found_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = told(tmp_path / "one", numbered(1)), embedded_home(tmp_path / "other")
    room = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: room._replace(free=1))
    assert refused(one, other).remedy.startswith("free some")


@pytest.mark.parametrize("name", ["a?b", "a\\b"])
def test_a_home_whose_views_could_not_be_made_takes_no_facts(tmp_path: Path, name: str) -> None:
    (tmp_path / "link").symlink_to(tmp_path / name)
    for place in (tmp_path / name, tmp_path / name / "home", tmp_path / "link"):
        with pytest.raises(Wrong, match="a folder without"):
            embedded_home(place)


@pytest.mark.parametrize("name", ["a#b", "a%41b", "a b", "a'b", "a:b", "a;b", "a*b", "[a]", "é"])
def test_a_home_with_another_name_is_asked_as_well_as_written_to(tmp_path: Path, name: str) -> None:
    home = told(tmp_path / name, numbered(1))
    with home.asking(lambda done, total: None) as (_, position):
        assert position == 1
    assert sorted(each.name for each in tmp_path.iterdir()) == [name]


def test_a_home_is_not_copied_to_itself(tmp_path: Path) -> None:
    one, same = embedded_home(tmp_path), embedded_home(tmp_path / ".." / tmp_path.name)
    with pytest.raises(Wrong, match="two homes") as caught:
        copy(one, same, lambda facts: None)
    assert caught.value.actions == ["copy to another home"]
