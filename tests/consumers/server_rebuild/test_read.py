"""How partitions are shared among the processes that read them, and what these are given."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers import decode
from consumers.decode import Arrival
from consumers.rebuild.read import Portion, portion_of, shared_out
from domain.positions import Vector, position_of
from ledger.kafka.arrow import Misfit
from ledger.kafka.message import Message
from ledger.kafka.settings import KafkaSettings
from tests.chaos.facts import parcel
from tests.domain.given import fact

OFFSETS = st.dictionaries(st.integers(0, 12), st.integers(0, 1000))


@given(after=OFFSETS, upto=OFFSETS, processes=st.integers(1, 5))
def test_each_missing_offset_is_read_by_one_process(
    after: dict[int, int], upto: dict[int, int], processes: int
) -> None:
    shares = shared_out(Vector(after), Vector(upto), processes)
    assert len(shares) <= processes
    assert all(shares), "nobody is started for nothing"
    ranges = [(partition, *ends) for share in shares for partition, ends in share.items()]
    missing = [(p, after.get(p, 0), end) for p, end in upto.items() if end > after.get(p, 0)]
    assert sorted(ranges) == sorted(missing)


@given(upto=OFFSETS, processes=st.integers(1, 5))
def test_shares_are_alike(upto: dict[int, int], processes: int) -> None:
    shares = shared_out(Vector({}), Vector(upto), processes)
    sizes = [sum(end - start for start, end in share.values()) for share in shares]
    if sizes:
        assert max(sizes) - min(sizes) <= max(upto.values())


def test_settings_get_to_the_processes_as_they_are() -> None:
    settings = KafkaSettings("broker:9092", "facts", security={"sasl.password": "swordfish"})
    given_on = pickle.loads(pickle.dumps(settings))
    assert given_on == settings
    assert given_on.for_confluent() == settings.for_confluent()
    assert "swordfish" not in repr(given_on)


def test_bytes_on_which_decoding_fails_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows such bytes; here they are made so. Each message is handed on once, with up to
    where that is all."""
    messages = [message(offset) for offset in (3, 4, 6, 7, 9)]
    real = decode._decoded

    def touchy(some: Sequence[Message]) -> tuple[Arrival, list[Misfit]]:
        if any(one.offset == 6 for one in some):
            raise OverflowError("nobody knows")
        return real(some)

    monkeypatch.setattr(decode, "_decoded", touchy)
    found = portion_of(messages, {1: 11})
    assert positions(found) == [position_of(1, offset) for offset in (3, 4, 7, 9)]
    ((misfit, reason),) = found.misfits
    assert (misfit, "OverflowError" in reason) == (messages[2], True)
    assert found.ends == {1: 11}


def message(offset: int) -> Message:
    key, value, headers = parcel(fact("customer.chased", offset, id=UUID(int=offset)))
    return Message(1, offset, 1_700_000_000_000, key, value, tuple(headers))  # type: ignore[arg-type]


def positions(portion: Portion) -> list[int]:
    envelopes = portion.arrival.envelopes
    return envelopes["position"].to_pylist() if portion.arrival.by_type else []
