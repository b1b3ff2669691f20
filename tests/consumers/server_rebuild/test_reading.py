"""How partitions are shared among the processes that read them, and what these are given."""

from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st

from consumers.rebuild_reading import shared_out
from domain.positions import Vector
from ledger.kafka.settings import KafkaSettings

OFFSETS = st.dictionaries(st.integers(0, 12), st.integers(0, 1000))


@given(after=OFFSETS, upto=OFFSETS, processes=st.integers(1, 5))
def test_each_missing_offset_is_read_by_one_process(
    after: dict[int, int], upto: dict[int, int], processes: int
) -> None:
    shares = shared_out(Vector(after), Vector(upto), processes)
    assert len(shares) <= processes
    assert all(shares), "nobody is started for nothing"
    stretches = [(partition, *ends) for share in shares for partition, ends in share.items()]
    missing = [(p, after.get(p, 0), end) for p, end in upto.items() if end > after.get(p, 0)]
    assert sorted(stretches) == sorted(missing)


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
