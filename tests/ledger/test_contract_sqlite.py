"""The SQLite home keeps the contract."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.port import EventData
from tests.ledger.contract import KeepsFacts, from_columns
from tests.ledger.contract_door import JudgesAtTheDoor
from tests.ledger.envelopes import ANYTHING
from tests.ledger.homes import Home
from tests.ledger.making import a_fact, flat, sealed


@pytest.fixture
def new_home(new_sqlite_home: Callable[[], Home]) -> Callable[[], Home]:
    return new_sqlite_home


@pytest.fixture
def home(new_sqlite_home: Callable[[], Home]) -> Home:
    return new_sqlite_home()


class TestSQLiteKeepsFacts(KeepsFacts):
    pass


class TestSQLiteJudgesAtTheDoor(JudgesAtTheDoor):
    pass


class TestSQLiteLooksAtNothing:
    """What no door would let in is kept all the same: it judges ids, and nothing else."""

    def test_everything_comes_back_as_it_was_given(self, home: Home) -> None:
        ledger = home.open()
        everything: dict[str, EventData] = {}

        @settings(max_examples=60)
        @given(st.lists(ANYTHING, max_size=20, unique_by=lambda fact: fact.id))
        def append(batch: list[EventData]) -> None:
            fresh = [fact for fact in batch if fact.id not in everything]
            ledger.append(fresh)
            everything.update((fact.id, fact) for fact in fresh)

        append()
        kept = flat(list(ledger.read()))
        assert [sealed(fact) for fact in kept] == list(everything.values())

    def test_columns_are_what_is_read(self, home: Home) -> None:
        ledger = home.open()

        @settings(max_examples=40)
        @given(st.lists(ANYTHING, max_size=20, unique_by=lambda fact: fact.id), st.integers(1, 9))
        def agree(batch: list[EventData], size: int) -> None:
            after = ledger.head()
            ledger.append(batch)
            read = flat(list(ledger.read(after=after)))
            parts = ledger.columns(after=after, batch=size)
            assert [fact for part in parts for fact in from_columns(part)] == read

        agree()

    def test_text_that_databases_trip_over(self, home: Home) -> None:
        ledger = home.open()
        hostile = ["", "\0", "a\0b", "'; --", "e\u0301", "\U0001f339", "\ufeff", "\uffff", "%s"]
        given = [
            a_fact(number)._replace(
                type=text, source=text, subject=text, correlationid=text, extensions={text: text}
            )
            for number, text in enumerate(hostile)
        ]
        ledger.append(given)
        kept = flat(list(ledger.read()))
        assert [sealed(fact) for fact in kept] == given
        assert [fact for part in ledger.columns() for fact in from_columns(part)] == kept

    def test_a_fact_larger_than_any(self, home: Home) -> None:
        ledger = home.open()
        given = [a_fact(1, bytes(256 * 1024)), a_fact(2, b""), a_fact(3, b"\xff" * 256 * 1024)]
        ledger.append(given)
        assert [sealed(fact) for fact in flat(list(ledger.read()))] == given
