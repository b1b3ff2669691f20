"""What every home of a ledger must do, in the words of ``ledger.port``.

A home takes part by a test module that subclasses these classes and gives the fixture ``home``, an
empty ``Home`` of one partition for each test, and ``new_home``, which makes more of them. Nothing
here looks behind the port: when the home reads its clock, and how it says how far it is known
(``home.reach``, ``home.places``), is its own business.

``KeepsFacts`` is about facts with ids of their own. ``contract_door`` is about ids that come again:
a home at whose door nobody stands can't pass it alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.port import EventData, Receipt, RecordedEvent
from tests.ledger.envelopes import FACTS
from tests.ledger.homes import Home
from tests.ledger.making import a_body, a_fact, facts, flat, largest, sealed
from tests.ledger.processes import acknowledged, expect_kept, start_appender

UNKNOWN = st.lists(FACTS, max_size=12, unique_by=lambda fact: fact.id)


def from_columns(part: pa.RecordBatch) -> list[RecordedEvent]:
    """The facts of a batch of columns, as ``read`` gives them."""
    assert part.schema.names == list(RecordedEvent._fields)
    assert {str(part.schema.field(name).type) for name in ("time", "recorded_at")} == {
        "timestamp[us, tz=UTC]"
    }
    values = {name: part.column(name) for name in RecordedEvent._fields}
    for name in ("time", "recorded_at"):
        values[name] = values[name].cast(pa.int64())
    rows = zip(*(column.to_pylist() for column in values.values()), strict=True)
    # Ids are Arrow's UUIDs where the home keeps them so.
    facts = [RecordedEvent._make(row)._replace(id=str(row[2])) for row in rows]
    return [
        # The port gives extensions as JSON text there.
        fact._replace(extensions=json.loads(fact.extensions))  # type: ignore[arg-type]
        if fact.extensions is not None
        else fact
        for fact in facts
    ]


class KeepsFacts:
    """Append, read, head."""

    def test_an_empty_ledger_has_no_head_and_nothing_to_read(self, home: Home) -> None:
        ledger = home.open()
        assert home.places(ledger.head()) == 0
        assert list(ledger.read()) == []
        assert ledger.append([]) == []
        assert ledger.append([], all_or_nothing=True) == []
        assert home.places(ledger.head()) == 0

    def test_positions_count_from_1_without_gaps_in_the_order_given(self, home: Home) -> None:
        ledger = home.open()
        assert ledger.append([a_fact(3)]) == [Receipt(1, "accepted")]
        receipts = ledger.append([a_fact(2), a_fact(9), a_fact(1)])
        assert receipts == [Receipt(position, "accepted") for position in (2, 3, 4)]
        assert home.places(ledger.head()) == 4
        kept = flat(list(ledger.read()))
        assert [fact.position for fact in kept] == [1, 2, 3, 4]
        assert [sealed(fact) for fact in kept] == [a_fact(number) for number in (3, 2, 9, 1)]

    def test_what_was_appended_is_there_for_others_at_once_and_when_opened_again(
        self, home: Home
    ) -> None:
        first, second = home.open(), home.open()
        first.append(facts(0, 5))
        assert home.places(second.head()) == 5
        second.append(facts(5, 8))
        assert home.places(first.head()) == 8
        assert flat(list(first.read())) == flat(list(second.read()))
        first.close()
        second.close()
        again = home.open()
        assert [sealed(fact) for fact in flat(list(again.read()))] == facts(0, 8)
        assert again.append([a_fact(8)]) == [Receipt(9, "accepted")]

    def test_reading_is_from_after_one_position_up_to_another(self, home: Home) -> None:
        ledger = home.open()
        ledger.append(facts(1, 11))

        def positions(after: int = 0, upto: int | None = None, batch: int = 100) -> list[list[int]]:
            until = None if upto is None else home.reach(upto)
            parts = ledger.read(home.reach(after), until, batch)
            return [[fact.position for fact in part] for part in parts]

        assert positions(after=7) == [[8, 9, 10]]
        assert positions(upto=3) == [[1, 2, 3]]
        assert positions(after=4, upto=6) == [[5, 6]]
        assert positions(after=4, upto=4) == []
        assert positions(after=6, upto=4) == []
        assert positions(after=10) == []
        assert positions(after=99) == []
        assert positions(after=8, upto=99) == [[9, 10]]
        assert [len(part) for part in positions(batch=4)] == [4, 4, 2]
        assert [len(part) for part in positions(after=1, upto=9, batch=4)] == [4, 4]
        assert [fact for part in positions(batch=1) for fact in part] == list(range(1, 11))

    def test_reading_ends_at_the_head_of_when_it_started(self, home: Home) -> None:
        ledger = home.open()
        ledger.append(facts(0, 6))
        reading = ledger.read(batch=2)
        seen = [next(reading)]
        ledger.append(facts(6, 9))
        assert [fact.position for fact in flat([*seen, *reading])] == [1, 2, 3, 4, 5, 6]
        assert home.places(ledger.head()) == 9

    def test_a_reading_that_is_left_off_is_in_nobodys_way(self, home: Home) -> None:
        ledger = home.open()
        ledger.append(facts(0, 6))
        left_off = [ledger.read(batch=1) for _ in range(40)]
        for reading in left_off:
            next(reading)
        ledger.append(facts(6, 9))
        assert [next(reading)[0].position for reading in left_off] == [2] * 40

    def test_recorded_at_never_decreases(self, home: Home) -> None:
        ledger = home.open()
        for start in range(0, 30, 3):
            ledger.append(facts(start, start + 3))
        ledger.close()
        again = home.open()
        again.append(facts(30, 33))
        recorded = [fact.recorded_at for fact in flat(list(again.read()))]
        assert len(recorded) == 33
        assert all(one <= other for one, other in pairwise(recorded))
        assert recorded[0] > 0

    def test_a_large_batch(self, home: Home) -> None:
        ledger = home.open()
        given = facts(0, 12_345)
        receipts = ledger.append(given)
        assert [receipt.position for receipt in receipts] == list(range(1, 12_346))
        assert [sealed(fact) for fact in flat(list(ledger.read(batch=1000)))] == given

    def test_a_fact_as_large_as_they_come(self, home: Home) -> None:
        ledger = home.open()
        given = [largest(1), a_fact(2), largest(3)]
        ledger.append(given)
        assert [sealed(fact) for fact in flat(list(ledger.read()))] == given

    def test_everything_comes_back_as_it_was_given(self, new_home: Callable[[], Home]) -> None:
        ledger = new_home().open()
        everything: dict[str, EventData] = {}

        @settings(max_examples=60)
        @given(UNKNOWN)
        def append(batch: list[EventData]) -> None:
            fresh = [fact for fact in batch if fact.id not in everything]
            ledger.append(fresh)
            everything.update((fact.id, fact) for fact in fresh)

        append()
        kept = [sealed(fact) for fact in flat(list(ledger.read()))]
        assert kept == list(everything.values())

    def test_columns_are_what_is_read(self, new_home: Callable[[], Home]) -> None:
        home = new_home()
        ledger = home.open()
        assert list(ledger.columns()) == []

        @settings(max_examples=40)
        @given(UNKNOWN, st.integers(1, 9))
        def agree(batch: list[EventData], size: int) -> None:
            after = ledger.head()
            ledger.append(batch)
            parts = list(ledger.columns(after=after, batch=size))
            read = flat(list(ledger.read(after=after)))
            assert [part.num_rows for part in parts] == [
                len(part) for part in ledger.read(after=after, batch=size)
            ]
            assert [fact for part in parts for fact in from_columns(part)] == read

        agree()
        head = ledger.head()
        two, seven = home.reach(2), home.reach(7)
        assert [fact for part in ledger.columns(two, seven, 3) for fact in from_columns(part)] == (
            flat(list(ledger.read(two, seven)))
        )
        assert list(ledger.columns(after=head)) == []
        last, beyond = (home.reach(home.places(head) + more) for more in (-1, 9))
        assert sum(part.num_rows for part in ledger.columns(after=last, upto=beyond)) == 1

    def test_text_that_databases_trip_over(self, home: Home) -> None:
        ledger = home.open()
        hostile = ["'; --", "é", "e\u0301", "\U0001f339", "\ufeff", "%s", "\\u0000", '"', "{}"]
        given = [
            a_fact(number)._replace(
                subject=f"customer:{text}",
                correlationid=text,
                causationid=text,
                sequence=text,
                extensions={"a": text, "b": ""},
                body=a_body(text),
            )
            for number, text in enumerate(hostile)
        ]
        ledger.append(given)
        kept = flat(list(ledger.read()))
        assert [sealed(fact) for fact in kept] == given
        assert [fact for part in ledger.columns() for fact in from_columns(part)] == kept

    def test_no_extensions_are_none(self, home: Home) -> None:
        ledger = home.open()
        ledger.append([a_fact(1)._replace(extensions={}), a_fact(2)])
        assert [fact.extensions for fact in flat(list(ledger.read()))] == [None, None]

    def test_two_processes_append_at_once(self, home: Home) -> None:
        ledger = home.open()
        children = {writer: start_appender(home.address, writer, 30) for writer in ("one", "two")}
        said = {}
        for writer, child in children.items():
            out, err = child.communicate(timeout=60)
            assert child.returncode == 0, err.decode()
            said[writer] = acknowledged(out)
        kept = flat(list(ledger.read()))
        assert [fact.position for fact in kept] == list(range(1, len(kept) + 1))
        told = [
            place for batches in said.values() for places in batches.values() for place in places
        ]
        assert sorted(told) == list(range(1, len(kept) + 1))
        for writer, batches in said.items():
            assert list(batches) == list(range(30))
            expect_kept(kept, writer, batches)

    def test_reading_while_another_process_appends(self, home: Home) -> None:
        ledger = home.open()
        child = start_appender(home.address, "writer", 40)
        kept: list[RecordedEvent] = []
        running = True
        while running:
            running = child.poll() is None
            head = home.places(ledger.head())
            kept += flat(list(ledger.read(after=home.reach(len(kept)), batch=50)))
            assert len(kept) >= head
            assert kept[-1:] == [] or kept[-1].position == len(kept)
        out, err = child.communicate(timeout=60)
        assert child.returncode == 0, err.decode()
        assert flat(list(ledger.read())) == kept
        batches = acknowledged(out)
        assert list(batches) == list(range(40))
        expect_kept(kept, "writer", batches)
