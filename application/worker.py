"""The worker: it carries facts from Kafka into the views of a server home until it is to stop."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

from application.errors import Problem, UnfitTopic, Wrong
from consumers.runtime import Backoff, Runtime
from consumers.worker.log import Log, make_log
from consumers.worker.telemetry import Telemetry

if TYPE_CHECKING:
    from application.server_home import ServerHome
    from consumers.worker.metrics import Metrics
    from ledger.kafka.settings import KafkaSettings
    from projections.postgres.decisions import PostgresDecisions
    from projections.postgres.store import PostgresStore

__all__ = ["Ended", "Work", "make_log", "work"]

#: How long one question to a broker may take at the start.
ASKING_S = 3.0
#: How often a worker looks for decisions to publish, and how long it waits in the end for that.
RELAY_EVERY_S, ENDING_S = 1.0, 1.0


@dataclass(frozen=True, kw_only=True)
class Work:
    """How to work: ``owner`` names the process in the database, ``group`` those that share the
    partitions, which the others take over after ``session_timeout_s`` of silence; ``batch`` is how
    many facts a transaction has at the most; ``metrics`` is the address and port of the metrics."""

    owner: str
    group: str = "pledger"
    session_timeout_s: float = 10.0
    batch: int = 20_000
    metrics: tuple[str, int] | None = None


class Ended(Enum):
    """How a worker ended: it had to stop; it can't go on; it must not begin, and starting it again
    without a change is in vain."""

    STOPPED = "stopped"
    FAILED = "failed"
    REFUSED = "refused"


def work(home: ServerHome, asked: Work, log: Log) -> Ended:
    """Work until the home's runtime is stopping. Why a worker ends is the last line of its log.
    Raises ``Wrong`` where the settings of the home are."""
    from consumers.worker.metrics import Metrics

    kafka, views, runtime = home.kafka, home.views(), home.runtime
    metrics = Metrics(asked.owner)
    log = log.bind(owner=asked.owner)
    log.info("started", topic=kafka.topic, group=asked.group, definition=views.definition)
    try:
        with _served(metrics, asked.metrics):
            telemetry = Telemetry(log, metrics, runtime.monotonic)
            _expect_fit(kafka, telemetry, runtime)
            with _relaying(home, log):
                _run(kafka, views, asked, telemetry, runtime)
    except Exception as error:  # noqa: BLE001 - the last place before the process ends
        return _ended(error, log)
    log.info("stopped")
    return Ended.STOPPED


def _run(
    kafka: KafkaSettings, views: PostgresStore, asked: Work, telemetry: Telemetry, runtime: Runtime
) -> None:
    from consumers.worker.db_session import DbSession
    from consumers.worker.lag import Sampler
    from consumers.worker.loop import Options, Worker
    from ledger.kafka.ledger import fetch

    if runtime.stopping():
        return
    Sampler(kafka, views, telemetry.metrics, telemetry.liveness, runtime).start()
    db_session = DbSession(views, asked.owner, partial(fetch, kafka), runtime)
    options = Options(asked.group, asked.session_timeout_s, asked.batch)
    Worker(kafka, db_session, options, runtime, telemetry).run()


def _expect_fit(kafka: KafkaSettings, telemetry: Telemetry, runtime: Runtime) -> None:
    """Wait for Kafka, and see that the topic can lose and reorder nothing."""
    from ledger.errors import Unreachable
    from ledger.kafka.topic_admin import check

    backoff = Backoff(runtime)
    while not runtime.stopping():
        try:
            faults = check(kafka, patience=ASKING_S)
        except Unreachable as error:
            telemetry.trouble_with_kafka(error)
            runtime.pause(backoff.failed())
            continue
        telemetry.found_kafka()
        if faults:
            raise UnfitTopic(faults)
        return


@contextmanager
def _relaying(home: ServerHome, log: Log) -> Iterator[None]:
    """Publish, as long as the block lasts, what the desk decided and did not publish itself. Of
    several workers one does so at a time."""
    over = threading.Event()
    backoff = Backoff(home.runtime, RELAY_EVERY_S)

    def pause(seconds: float) -> bool:
        return home.runtime.pause(seconds) or over.is_set()

    def keep_relaying() -> None:
        wait = RELAY_EVERY_S
        while not pause(wait):
            wait = RELAY_EVERY_S
            try:
                with closing(home.decisions()) as records:
                    backoff.succeeded()
                    _relay_until(home, records, log, pause)
            except Problem as problem:
                wait = backoff.failed()
                log.warning("decisions wait", trouble=problem, waits_s=wait)

    thread = threading.Thread(target=keep_relaying, name="relay", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        # One that hangs is left behind: what it was at is published by the next relay.
        thread.join(ENDING_S)


def _relay_until(
    home: ServerHome, records: PostgresDecisions, log: Log, pause: Callable[[float], bool]
) -> None:
    while not pause(RELAY_EVERY_S):
        if records.waiting():
            with home.desk() as desk:
                relayed = desk.relay()
            if relayed:
                log.info("relayed", facts=len(relayed))


def _ended(error: Exception, log: Log) -> Ended:
    """Log why a worker ends, and answer how. A problem quotes nothing personal; of other errors
    only the kind and the place are logged."""
    from consumers.errors import OtherDefinition
    from ledger.errors import NoLedger, Repartitioned
    from projections.errors import Forbidden, TooNew

    if isinstance(error, UnfitTopic):
        log.critical("refused", error="; ".join(error.__notes__))
        return Ended.REFUSED
    if isinstance(error, Wrong | OtherDefinition | NoLedger | Repartitioned | TooNew | Forbidden):
        log.critical("refused", error=error)
        return Ended.REFUSED
    if isinstance(error, Problem):
        log.critical("failed", error=error)
        return Ended.FAILED
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename}:{frame.lineno}" for frame in frames[-5:]]
    log.critical("failed", error=type(error).__name__, where=where)
    return Ended.FAILED


@contextmanager
def _served(metrics: Metrics, place: tuple[str, int] | None) -> Iterator[None]:
    if place is None:
        yield
        return
    address, port = place
    try:
        server = metrics.serve(port, address)
    except OSError as error:
        raise Wrong(
            f"a free port {port} on {address} for the numbers",
            f"{error.strerror}",
            "{name another port}",
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
