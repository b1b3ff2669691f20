"""What a home of the ledger does at whose door somebody stands: it knows ids again that were kept
before. For the homes that do; see ``contract``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.port import EventData, Receipt
from tests.ledger.homes import Home
from tests.ledger.making import a_fact, facts, flat, sealed
from tests.ledger.model import Model

# Few ids and few contents, so that they meet.
MEETING = st.builds(a_fact, st.integers(1, 12), st.sampled_from([b"a", b"b"]))
BATCHES = st.lists(st.tuples(st.lists(MEETING, max_size=8), st.booleans()), max_size=8)


class JudgesAtTheDoor:
    """The same id again: a duplicate if it says the same, else a conflict."""

    def test_the_same_fact_again_is_where_it_was(self, home: Home) -> None:
        ledger = home.open()
        ledger.append(facts(1, 4))
        before = flat(list(ledger.read()))
        assert ledger.append([a_fact(2)]) == [Receipt(2, "duplicate")]
        assert ledger.append([a_fact(3), a_fact(9), a_fact(1)]) == [
            Receipt(3, "duplicate"),
            Receipt(4, "accepted"),
            Receipt(1, "duplicate"),
        ]
        assert flat(list(ledger.read(upto=3))) == before
        assert ledger.head() == 4

    @pytest.mark.parametrize(
        "change",
        [
            {"type": "customer.chased"},
            {"source": "/care/letter"},
            {"subject": "customer:8412"},
            {"time": 1},
            {"body": b"\0\0\0\0\x06other"},
            {"correlationid": "a"},
            {"causationid": "a"},
            {"sequence": "1"},
            {"extensions": {"tenant": "00"}},
        ],
        ids=lambda change: str(next(iter(change))),
    )
    def test_the_same_id_with_other_content_is_a_conflict_and_not_written(
        self, home: Home, change: dict[str, Any]
    ) -> None:
        ledger = home.open()
        ledger.append([a_fact(5), a_fact(1)])
        before = flat(list(ledger.read()))
        other = a_fact(1)._replace(**change)
        assert ledger.append([other]) == [Receipt(2, "conflict")]
        assert flat(list(ledger.read())) == before

    def test_the_order_of_extensions_does_not_count_nor_do_empty_ones(self, home: Home) -> None:
        ledger = home.open()
        ledger.append([a_fact(1)._replace(extensions={"a": "1", "b": "2"}), a_fact(2)])
        assert ledger.append(
            [a_fact(1)._replace(extensions={"b": "2", "a": "1"}), a_fact(2)._replace(extensions={})]
        ) == [Receipt(1, "duplicate"), Receipt(2, "duplicate")]

    def test_the_trace_within_which_it_was_sent_does_not_count(self, home: Home) -> None:
        ledger = home.open()
        traces = [{"traceparent": f"00-{number}"} for number in range(2)]
        first, again = (a_fact(1)._replace(extensions=trace) for trace in traces)
        assert ledger.append([first]) == [Receipt(1, "accepted")]
        assert ledger.append([again, a_fact(1)]) == [Receipt(1, "duplicate")] * 2
        assert flat(list(ledger.read()))[0].extensions == traces[0]

    def test_within_one_batch_too(self, home: Home) -> None:
        ledger = home.open()
        ledger.append([a_fact(1)])
        assert ledger.append(
            [a_fact(2), a_fact(2), a_fact(2, b"other"), a_fact(3), a_fact(1, b"other"), a_fact(3)]
        ) == [
            Receipt(2, "accepted"),
            Receipt(2, "duplicate"),
            Receipt(2, "conflict"),
            Receipt(3, "accepted"),
            Receipt(1, "conflict"),
            Receipt(3, "duplicate"),
        ]
        assert [sealed(fact) for fact in flat(list(ledger.read()))] == facts(1, 4)

    def test_all_or_nothing_writes_nothing_beside_a_conflict(self, home: Home) -> None:
        ledger = home.open()
        ledger.append(facts(1, 3))
        batch = [
            a_fact(7),
            a_fact(2, b"other"),
            a_fact(1),
            a_fact(7),
            a_fact(7, b"other"),
            a_fact(8),
        ]
        assert ledger.append(batch, all_or_nothing=True) == [
            Receipt(0, "accepted"),
            Receipt(2, "conflict"),
            Receipt(1, "duplicate"),
            Receipt(0, "duplicate"),
            Receipt(0, "conflict"),
            Receipt(0, "accepted"),
        ]
        assert ledger.head() == 2
        assert ledger.append([a_fact(1), a_fact(7)], all_or_nothing=True) == [
            Receipt(1, "duplicate"),
            Receipt(3, "accepted"),
        ]

    def test_a_large_batch_again_and_half_of_it(self, home: Home) -> None:
        ledger = home.open()
        ledger.append(facts(0, 3_000))
        assert ledger.append(facts(0, 3_000)) == [Receipt(p, "duplicate") for p in range(1, 3_001)]
        receipts = ledger.append(facts(1_500, 4_500))
        assert receipts[:1_500] == [Receipt(p, "duplicate") for p in range(1_501, 3_001)]
        assert receipts[1_500:] == [Receipt(p, "accepted") for p in range(3_001, 4_501)]
        assert [sealed(fact) for fact in flat(list(ledger.read()))] == facts(0, 4_500)

    def test_a_ledger_is_a_list_of_facts(self, new_home: Callable[[], Home]) -> None:
        @settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
        @given(BATCHES)
        def behave(batches: list[tuple[list[EventData], bool]]) -> None:
            home = new_home()
            ledger = home.open()
            model = Model()
            for batch, all_or_nothing in batches:
                expected = model.append(batch, all_or_nothing)
                assert ledger.append(batch, all_or_nothing=all_or_nothing) == expected
                assert ledger.head() == len(model.facts)
            assert [sealed(fact) for fact in flat(list(ledger.read(batch=3)))] == model.facts
            home.close()

        behave()
