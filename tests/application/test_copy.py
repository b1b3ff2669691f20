"""Moving from one home to another: which facts are written, what is held in memory, and what two
homes are found to answer differently."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.copy_home import Copied, compare, copy, copy_facts
from application.embedded_home import EmbeddedHome
from application.errors import Wrong
from ledger.port import EventData, Receipt, RecordedEvent
from ledger.seen_ids import known_ids
from ledger.sqlite.ledger import SQLiteLedger
from tests.domain.given import fact
from tests.homes import embedded_home
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


def test_a_home_is_not_copied_to_itself(tmp_path: Path) -> None:
    one, same = embedded_home(tmp_path), embedded_home(tmp_path / ".." / tmp_path.name)
    with pytest.raises(Wrong, match="two homes") as caught:
        copy(one, same, lambda facts: None)
    assert caught.value.actions == ["copy to another home"]
