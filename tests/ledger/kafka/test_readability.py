"""What is said of a fact before it is sent is what its readers say of the message."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.envelope import FACT_LIMIT, NotAFact
from ledger.kafka.message import recorded
from ledger.kafka.readability import FEW, unreadable
from ledger.port import EventData
from schemas.values import EARLIEST, LATEST
from tests.ledger.envelopes import ANYTHING, FACTS, TAKEN
from tests.ledger.kafka.messages import message
from tests.ledger.making import a_body, a_fact, largest

FULL = a_fact(1)._replace(correlationid="c-1", causationid="c-2", sequence="3")
NO_EXTENSIONS = sorted(TAKEN - {"dataschema"})


@st.composite
def nearly(draw: st.DrawFn) -> EventData:
    """A fact that a door lets in, with some parts of one that none would, perhaps."""
    fact, other = draw(FACTS), draw(ANYTHING)
    changed = draw(st.sets(st.sampled_from(EventData._fields[1:]), max_size=2))
    return fact._replace(**{name: getattr(other, name) for name in changed})


def _said_by_readers(fact: EventData) -> str | None:
    try:
        recorded(message(fact))
    except NotAFact as problem:
        return problem.reason
    except ValueError as problem:
        return str(problem)
    return None


@given(FACTS | nearly() | ANYTHING)
@example(largest(1))
@example(largest(1)._replace(subject="customer:12"))
@example(a_fact(1)._replace(subject="customer:\ud800"))
@example(a_fact(1)._replace(time=EARLIEST))
@example(a_fact(1)._replace(time=LATEST))
@example(a_fact(1)._replace(time=LATEST + 1))
@example(a_fact(1)._replace(body=a_body("c-1") + b"\0"))
@example(a_fact(1)._replace(body=a_body("c-1")[:-1]))
@example(a_fact(1)._replace(body=a_body("c-1", "customer.chased")))
@example(a_fact(1)._replace(extensions={"a": "x" * FACT_LIMIT}))
def test_the_same_is_said_before_and_after(fact: EventData) -> None:
    said = _said_by_readers(fact)
    expected = None if said is None else (fact, said)
    assert unreadable([fact]) == expected
    others = [a_fact(number) for number in range(2, FEW + 2)]
    assert unreadable([*others, fact]) == expected


@pytest.mark.parametrize("name", NO_EXTENSIONS)
def test_no_further_attribute_is_called_as_one_that_has_its_place(name: str) -> None:
    fact = FULL._replace(extensions={name: "1"})
    said = _said_by_readers(fact)
    assert said is not None
    assert unreadable([fact] * (FEW + 1)) == (fact, said)
