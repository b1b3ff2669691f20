"""Looks at Kafka and the database every few seconds, for the numbers that no batch tells."""

from __future__ import annotations

import threading
from contextlib import suppress

from consumers.metrics import Metrics
from consumers.surroundings import Surroundings
from ledger.errors import LedgerError
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.watch import Watch
from projections.postgres import building, parking, topics
from projections.postgres.home import NoViews, PostgresHome
from projections.postgres.trouble import Away, Forbidden, TryAgain, explained

EVERY_S = 5.0


class Sampler:
    """Samples in a thread of its own, until everything is to stop. A server that is away leaves the
    numbers as they were: that it is away is told by ``up``."""

    def __init__(
        self, kafka: KafkaSettings, views: PostgresHome, metrics: Metrics, around: Surroundings
    ) -> None:
        self._kafka = kafka
        self._views = views
        self._metrics = metrics
        self._around = around
        self._watch: Watch | None = None

    def start(self) -> None:
        """Begin. The thread does not keep the process alive."""
        threading.Thread(target=self._run, name="sampling", daemon=True).start()

    def sample(self) -> None:
        """Look once at both."""
        with suppress(LedgerError):
            self._sample_topic()
        with suppress(Away, Forbidden, TryAgain, NoViews):
            self._sample_views()

    def _run(self) -> None:
        while not self._around.pause(EVERY_S):
            self.sample()

    def _sample_topic(self) -> None:
        if self._watch is None:
            self._watch = Watch(self._kafka)
        partitions = self._metrics.partitions()
        if partitions:
            self._metrics.heads(self._watch.extents(partitions))

    def _sample_views(self) -> None:
        schema = self._views.schema
        with self._views.reading() as session, explained():
            connection = session.connection
            subjects, facts = parking.count(connection)
            aside = topics.quarantine_of(connection, schema, session.generation)
            self._metrics.parked.set(subjects)
            self._metrics.parked_facts.set(facts)
            self._metrics.quarantine.set(aside.count())
            self._metrics.rebuilding(building.building(connection, schema))
