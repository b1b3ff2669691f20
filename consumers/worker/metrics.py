"""The metrics of a worker for Prometheus. Names and labels are documented in
docs/reference/worker.md and stay as they are.

A worker reports its own partitions only: the series of one end when the partition is given up, so
that no two workers report it for longer than a moment.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from ledger.kafka.topic_state import Extent

if TYPE_CHECKING:
    from wsgiref.simple_server import WSGIServer

    from consumers.worker.apply_batch import Written
    from projections.postgres.rebuild_state import RebuildState

#: Seconds that a batch takes, and facts that it has: limits of the histograms' buckets.
SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16)
FACTS = (1, 10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 20_000)

#: The metrics that have a series for each partition.
BY_PARTITION = {
    "head": ("head_offset", "Offset after the last record"),
    "position": ("position_offset", "Offset up to which facts are folded in"),
    "lag": ("lag_facts", "Records that are not folded in yet"),
    "lag_s": (
        "lag_seconds",
        "Time between the last fact that is folded in and the newest record; NaN before the first",
    ),
    "epoch": ("epoch", "How often the partition has changed hands"),
}


class Checkpoint(NamedTuple):
    """How far a partition is folded in: the next offset, and when the last fact before it was
    recorded, in milliseconds since 1970; None if that is not known."""

    next_offset: int
    recorded_at: int | None


class Metrics:
    """The metrics of one worker. Threads may share it."""

    def __init__(self, owner: str) -> None:
        self.registry = CollectorRegistry()
        self._lock = threading.Lock()
        self._checkpoints: dict[int, Checkpoint] = {}
        self._owner = owner
        self._retries = 0
        self.up = self._gauge("up", "1 while Kafka and the database answer the worker, 0 else")
        self._info = self._gauge(
            "worker_info", "1; who the worker is and what it folds into", "owner", "generation"
        )
        self._of_partition = {
            name: self._gauge(metric, text, "partition")
            for name, (metric, text) in BY_PARTITION.items()
        }
        self.facts = self._counter("facts", "Facts folded in; its rate is facts a second")
        self.batches = self._counter("batches", "Batches committed")
        self.retries = self._counter("batch_retries", "Batches tried again: another was in the way")
        self.fenced = self._counter("fenced", "Batches of partitions that had changed hands")
        self.quarantined = self._counter("quarantined_messages", "Messages put into quarantine")
        text = "Time from the begin of a batch's transaction to its commit"
        self.batch_seconds = self._histogram("batch_seconds", text, SECONDS)
        self.batch_facts = self._histogram("batch_facts", "Messages of a batch", FACTS)
        self.quarantine = self._gauge("quarantine_open", "Messages in quarantine, of all workers")
        self.parked = self._gauge("parked_subjects", "Subjects that are parked, of all workers")
        self.parked_facts = self._gauge("parked_facts", "Facts that wait for parked subjects")
        text = "What a rebuild has done of its phase; none if there is none"
        self._rebuild_done = self._gauge("rebuild_done", text, "phase")
        text = "What a rebuild has to do in its phase; none if there is none"
        self._rebuild_total = self._gauge("rebuild_total", text, "phase")
        self.up.set(0)

    def generation(self, generation: int) -> None:
        """The worker folds into this generation from now on."""
        self._info.clear()
        self._info.labels(self._owner, str(generation)).set(1)

    def held(self, partition: int, epoch: int, checkpoint: Checkpoint) -> None:
        """A partition is the worker's."""
        self._of_partition["epoch"].labels(str(partition)).set(epoch)
        self.checkpoint(partition, checkpoint)

    def checkpoint(self, partition: int, checkpoint: Checkpoint) -> None:
        """A partition is folded in up to here."""
        with self._lock:
            before = self._checkpoints.get(partition)
            if checkpoint.recorded_at is None and before is not None:
                checkpoint = checkpoint._replace(recorded_at=before.recorded_at)
            self._checkpoints[partition] = checkpoint
        self._of_partition["position"].labels(str(partition)).set(checkpoint.next_offset)

    def dropped(self, partitions: Iterable[int]) -> None:
        """Partitions are not the worker's any more: their series end."""
        with self._lock:
            for partition in partitions:
                self._checkpoints.pop(partition, None)
                for gauge in self._of_partition.values():
                    gauge.remove(str(partition))

    def wrote(self, written: Written, messages: int, seconds: float) -> None:
        """A batch was committed."""
        self.batches.inc()
        self.facts.inc(written.landed)
        self.quarantined.inc(len(written.misfits) + len(written.conflicts))
        self.batch_seconds.observe(seconds)
        self.batch_facts.observe(messages)

    def retried(self, times: int) -> None:
        """How often batches were tried again, since the worker began."""
        self.retries.inc(times - self._retries)
        self._retries = times

    def partitions(self) -> list[int]:
        """The partitions that are the worker's."""
        with self._lock:
            return sorted(self._checkpoints)

    def heads(self, extents: Mapping[int, Extent]) -> None:
        """What the partitions of the topic have."""
        with self._lock:
            for partition, checkpoint in self._checkpoints.items():
                extent = extents.get(partition)
                if extent is None:
                    continue
                label = str(partition)
                facts, seconds = lag(checkpoint, extent)
                self._of_partition["head"].labels(label).set(extent.end)
                self._of_partition["lag"].labels(label).set(facts)
                self._of_partition["lag_s"].labels(label).set(seconds)

    def rebuilding(self, building: RebuildState | None) -> None:
        """How far a rebuild is; None if there is none."""
        for gauge in (self._rebuild_done, self._rebuild_total):
            gauge.clear()
        if building is not None:
            self._rebuild_done.labels(building.phase).set(building.done)
            self._rebuild_total.labels(building.phase).set(building.total)

    def serve(self, port: int, address: str) -> WSGIServer:
        """Answer Prometheus, in a thread of its own, until ``shutdown``. Raises OSError where the
        port is taken."""
        server, _ = start_http_server(port, address, self.registry)
        return server

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"pledger_{name}", text, labels, registry=self.registry)

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(f"pledger_{name}", text, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"pledger_{name}", text, buckets=buckets, registry=self.registry)


def lag(checkpoint: Checkpoint, extent: Extent) -> tuple[int, float]:
    """How far a partition is behind: in records, and in seconds between when the last fact that is
    folded in and the newest one were recorded."""
    facts = max(0, extent.end - checkpoint.next_offset)
    if facts == 0 or extent.newest is None:
        return facts, 0.0
    if checkpoint.recorded_at is None:
        return facts, math.nan
    return facts, max(0.0, (extent.newest - checkpoint.recorded_at) / 1000)
