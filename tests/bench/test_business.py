"""The company at the bench's sizes, and its business account."""

from __future__ import annotations

from itertools import islice

import pytest

from bench.business import BUSINESS, CONTRACT, Sized, customers_for


@pytest.mark.parametrize("facts", [1_000, 20_000])
def test_a_size_can_be_asked_for_exactly(facts: int) -> None:
    simulation = Sized(3, facts)
    assert len({event.id for event in islice(simulation, facts)}) == facts


def test_a_business_account_has_as_many_facts_as_asked_for_in_one_journey() -> None:
    events = list(Sized(7, 850, of_business=2_000))
    own = [event for event in events if event.subject == BUSINESS]
    assert len(own) == 2_000
    orders = [event for event in own if event.body.get("kind") == "order_placed"]
    assert len(orders) == 200
    assert all(CONTRACT in str(event.body["refs"]) for event in orders)


def test_a_size_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 fact"):
        customers_for(0)
