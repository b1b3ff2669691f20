"""The log and the metrics of a worker. They never have a subject or a body."""

from __future__ import annotations

from collections.abc import Callable

from consumers.errors import Missing
from consumers.worker.apply_batch import Prepared, Written
from consumers.worker.liveness import Liveness, Server
from consumers.worker.log import Log
from consumers.worker.metrics import Checkpoint, Metrics
from domain.errors import Problem
from domain.positions import offset_of, partition_of
from projections.errors import Away, Forbidden, TryAgain
from projections.postgres.checkpoints import OwnedPartition

#: Trouble that lasts is logged so often, and that with Kafka is taken to be over when none was
#: reported for so long. The client tries to connect more often than that.
REPORT_EVERY_S, OVER_S = 30.0, 5.0


class Telemetry:
    """Reports each event to both at once. ``monotonic`` gives seconds that only grow."""

    def __init__(self, log: Log, metrics: Metrics, monotonic: Callable[[], float]) -> None:
        self.log = log
        self.metrics = metrics
        self.liveness = Liveness(monotonic)
        self._monotonic = monotonic
        self._reported_at: float | None = None
        self._trouble_at: float | None = None
        self._database_is_away = False
        self._silent: set[Server] = set()
        self._held_up_at: float | None = None

    def began(self, partition: int, held: OwnedPartition, generation: int | None) -> None:
        """A partition is kept up from here on."""
        at = held.recorded_at
        recorded_at = None if at is None else int(at.timestamp() * 1000)
        self.metrics.held(partition, held.epoch, Checkpoint(held.next_offset, recorded_at))
        self.log.info(
            "took over",
            partition=partition,
            epoch=held.epoch,
            next_offset=held.next_offset,
            generation=generation,
        )

    def wrote(self, result: Written, prepared: Prepared, seconds: float) -> None:
        """A batch was committed."""
        self.metrics.wrote(result, len(prepared.batch.messages), seconds)
        partitions = set(prepared.batch.ranges)
        self.log.debug("batch", facts=result.landed, partitions=partitions, seconds=seconds)
        for message, reason in result.misfits:
            self.log.warning(
                "quarantined", partition=message.partition, offset=message.offset, reason=reason
            )
        for conflict in result.conflicts:
            self.log.warning(
                "contradiction",
                fact_id=conflict.id,
                partition=partition_of(conflict.position),
                offset=offset_of(conflict.position),
            )
        for culprit in result.culprits:
            self.log.error(
                "parked",
                fact_id=culprit.fact_id,
                type=culprit.type,
                partition=culprit.partition,
                offset=culprit.offset,
                error=culprit.kind,
                remedy="{parked list}",
            )

    def fenced(self, partition: int) -> None:
        """A partition had changed hands."""
        self.metrics.fenced.inc()
        self.log.warning("fenced", partition=partition)

    def lost(self, missing: Missing) -> None:
        """Facts are lost: the alarm."""
        self.log.critical(
            "facts are lost",
            partition=missing.partition,
            expected=missing.wanted,
            seen=missing.there,
            remedy="restore the topic from a backup",
        )

    def trouble_with_kafka(self, trouble: Problem | str) -> None:
        """The client reports trouble, and keeps trying."""
        now = self._trouble_at = self._monotonic()
        if self._reported_at is None or now - self._reported_at >= REPORT_EVERY_S:
            self._reported_at = now
            self.log.warning("trouble with Kafka", trouble=trouble)

    def trouble_with_database(self, error: Away | Forbidden, waits_s: float) -> None:
        """The database does not answer, or has taken a right away, which is an alarm; it is asked
        again in ``waits_s`` seconds."""
        self._database_is_away = True
        if isinstance(error, Forbidden):
            self.log.critical("the database refuses us", trouble=error, waits_s=waits_s)
        else:
            self.log.warning("the database is away", trouble=error, waits_s=waits_s)

    def held_up(self, error: TryAgain, retries: int, waits_s: float) -> None:
        """A batch did not get through, however often it was tried; it is tried again in ``waits_s``
        seconds."""
        self.metrics.retried(retries)
        now = self._monotonic()
        if self._held_up_at is None or now - self._held_up_at >= REPORT_EVERY_S:
            self._held_up_at = now
            self.log.warning(
                "the database holds us up",
                trouble=error.seen,
                waits_s=waits_s,
                remedy="look in pg_stat_activity for who holds locks on the tables of the views",
            )

    def kafka_answers(self) -> None:
        """Kafka has answered."""
        self.liveness.heard(Server.KAFKA)

    def database_answers(self) -> None:
        """The database has answered."""
        self.liveness.heard(Server.DATABASE)
        if self._database_is_away:
            self._database_is_away = False
            self.log.info("the database is back")

    def found_kafka(self) -> None:
        """Kafka has answered all that it is asked at the start, before the first question to the
        database."""
        self.liveness.begin()
        if self._trouble_at is not None:
            self._no_more_trouble()

    def still_there(self) -> None:
        """Report whether both servers answer."""
        at = self._trouble_at
        # A client to which no broker answers has no new trouble either.
        if (
            at is not None
            and self._monotonic() - at >= OVER_S
            and self.liveness.at(Server.KAFKA) > at
        ):
            self._no_more_trouble()
        known = {Server.KAFKA: self._trouble_at is not None}
        known[Server.DATABASE] = self._database_is_away
        for server in Server:
            self._listen_to(server, known[server])
        self.metrics.up.set(not self._silent and not any(known.values()))

    def _no_more_trouble(self) -> None:
        self._reported_at = self._trouble_at = None
        self.log.info("the trouble with Kafka is over")

    def _listen_to(self, server: Server, known: bool) -> None:
        """Log once that a server is silent, unless it is known to be in trouble, and once that it
        answers again."""
        seconds = self.liveness.silent_s(server)
        if seconds is None and server in self._silent:
            self._silent.discard(server)
            self.log.info("answers again", server=server)
        elif seconds is not None and not known and server not in self._silent:
            self._silent.add(server)
            self.log.warning("silent", server=server, seconds=seconds)
