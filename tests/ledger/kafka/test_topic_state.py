"""What a broker answers about a topic, from a stand-in for the client."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any, cast

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from ledger.errors import Unreachable
from ledger.kafka import topic_state
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.topic_state import Extent, Watch

#: What the client makes of an offset that the broker does not know.
UNKNOWN = -1001


class Starting:
    """Its broker knows the end of the partition from the ``after``th question about it on."""

    def __init__(self, after: int) -> None:
        self._left = after

    def list_offsets(
        self, asked: Mapping[TopicPartition, Any], **how: Any
    ) -> dict[TopicPartition, Future[SimpleNamespace]]:
        kind = type(next(iter(asked.values()))).__name__
        offset = {"EarliestSpec": 0, "LatestSpec": 7, "MaxTimestampSpec": -1}[kind]
        if kind == "LatestSpec" and self._left:
            self._left -= 1
            offset = UNKNOWN
        answer: Future[SimpleNamespace] = Future()
        answer.set_result(SimpleNamespace(offset=offset, timestamp=-1))
        return dict.fromkeys(asked, answer)


def watching(after: int) -> Watch:
    watch = Watch(KafkaSettings("127.0.0.1:1", "facts"))
    watch._admin = cast(AdminClient, Starting(after))
    return watch


def test_an_offset_that_the_broker_does_not_know_yet_is_asked_for_again() -> None:
    assert watching(3).bounds([0]) == {0: (0, 7)}


def test_an_offset_that_the_broker_does_not_know_is_none() -> None:
    """Seen as one, it lies before all that was ever read: as if facts were lost."""
    with pytest.raises(Unreachable, match="does not know yet what partition 0 has"):
        watching(10_000).bounds([0], 0.2)
    with pytest.raises(Unreachable, match="does not know yet what partition 0 has"):
        watching(1).extents([0])


def test_a_client_that_has_failed_for_long_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    watch, answering = watching(3), watching(0)._admin
    stand_in = watch._admin
    for _ in range(2):
        with pytest.raises(Unreachable):
            watch.extents([0])
        assert watch._admin is stand_in, "a broker may come back within its time"
    monkeypatch.setattr(topic_state, "ANEW_S", 0)
    with pytest.raises(Unreachable):
        watch.extents([0])
    assert watch._admin is not stand_in
    watch._admin = answering
    assert watch.bounds([0]) == {0: (0, 7)}
    assert watch._failing_since is None


def test_a_partition_without_records_has_no_newest_one() -> None:
    assert watching(0).extents([0]) == {0: Extent(0, 7, None)}
