"""Looks at Kafka and the database every few seconds: for the metrics that do not follow from
batches, and to see whether both answer while a worker has nothing to ask them, or waits for one of
them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from consumers.runtime import Runtime
from consumers.worker.liveness import Liveness, Server
from consumers.worker.metrics import Metrics
from ledger.errors import LedgerError
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.topic_state import Watch
from projections.errors import Away, Forbidden, NoViews, TryAgain
from projections.postgres import generation_topic, parked_subjects, rebuild_state
from projections.postgres.errors import explained
from projections.postgres.store import PostgresStore

EVERY_S = 5.0


class Sampler:
    """Samples in threads of its own, one for each server, since one that hangs holds up the thread
    that asks it, until everything is to stop. A server that is away leaves the metrics as they
    were: ``up`` shows that it is away."""

    def __init__(
        self,
        kafka: KafkaSettings,
        views: PostgresStore,
        metrics: Metrics,
        liveness: Liveness,
        runtime: Runtime,
    ) -> None:
        self._kafka = kafka
        self._views = views
        self._metrics = metrics
        self._liveness = liveness
        self._runtime = runtime
        self._watch: Watch | None = None

    def start(self) -> None:
        """Begin. The threads do not keep the process alive."""
        for look in (self.sample_topic, self.sample_views):
            threading.Thread(target=self._run, args=(look,), name="sampling", daemon=True).start()

    def _run(self, look: Callable[[], None]) -> None:
        while not self._runtime.pause(EVERY_S):
            look()

    def sample_topic(self) -> None:
        """Sample Kafka once."""
        with suppress(LedgerError):
            self._sample_topic()

    def sample_views(self) -> None:
        """Sample the database once."""
        with suppress(Away):
            with suppress(Forbidden, TryAgain, NoViews):
                self._sample_views()
            self._liveness.heard(Server.DATABASE)

    def _sample_topic(self) -> None:
        if self._watch is None:
            self._watch = Watch(self._kafka)
        self._watch.topic()
        self._liveness.heard(Server.KAFKA)
        partitions = self._metrics.partitions()
        if partitions:
            self._metrics.heads(self._watch.extents(partitions))

    def _sample_views(self) -> None:
        schema = self._views.schema
        with self._views.reading() as session, explained():
            connection = session.connection
            subjects, facts = parked_subjects.count(connection)
            aside = generation_topic.quarantine_of(connection, schema, session.generation)
            self._metrics.parked.set(subjects)
            self._metrics.parked_facts.set(facts)
            self._metrics.quarantine.set(aside.count())
            self._metrics.rebuilding(rebuild_state.current(connection, schema))
