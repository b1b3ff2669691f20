"""The worker as a command, and the commands for what workers set aside."""

from __future__ import annotations

import argparse
import gc
import os
import random
import signal
import socket
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from entrypoints.cli.command import (
    Command,
    Context,
    folder_of,
    server_home_of,
)
from entrypoints.cli.options import count

if TYPE_CHECKING:
    from consumers.logs import Log
    from consumers.metrics import Metrics
    from consumers.surroundings import Surroundings
    from consumers.telling import Teller
    from ledger.kafka.settings import KafkaSettings
    from projections.postgres.home import PostgresHome

STOPPED, FAILED, REFUSED = 0, 1, 2
#: What a process that a signal ends is said to have ended with.
BY_SIGNAL = 128

LEVELS = ("debug", "info", "warning", "error", "critical")
LOOPBACK = "127.0.0.1"
#: How long one question to a broker may take at the start.
ASKING_S = 3.0


class Settings(NamedTuple):
    """What a worker is told by its call. ``metrics`` is the address and port of its numbers."""

    group: str
    session_timeout_s: float
    most: int
    metrics: tuple[str, int] | None


def _worker_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--group",
        default="pledger",
        metavar="NAME",
        help="the group that shares the partitions (default: pledger)",
    )
    parser.add_argument(
        "--metrics",
        type=_listening,
        metavar="[ADDRESS:]PORT",
        help="serve numbers for Prometheus there (ADDRESS: the loopback interface)",
    )
    parser.add_argument(
        "--session-timeout",
        type=_seconds,
        default=10.0,
        metavar="SECONDS",
        help="silence after which the others take over (default: 10; the broker has bounds)",
    )
    parser.add_argument(
        "--batch",
        type=count,
        default=20_000,
        metavar="N",
        help="facts of a transaction at the most (default: 20000)",
    )
    parser.add_argument("--log-level", choices=LEVELS, default="info", help="default: info")
    parser.add_argument(
        "--home",
        type=Path,
        metavar="DIR",
        help="the folder with pledger.toml (default: $PLEDGER_HOME, or pledger-home)",
    )


def _worker(args: argparse.Namespace, context: Context) -> int:
    from application.server_home import ServerHome
    from consumers.logs import make_log

    server_home_of(args, context)  # or say that it is none
    log = make_log(context.stderr, _now, args.log_level)

    def told(sentence: str) -> None:
        log.info("waiting", reason=sentence)

    home = ServerHome(folder_of(args), told)
    settings = Settings(args.group, args.session_timeout, args.batch, args.metrics)
    with stopped_by_signals() as stop, collecting_rarely():
        return work(home.kafka, home.views(), settings, log, stop)


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """A message becomes a dozen tuples that live as long as its batch and are in no cycle: looking
    through them as often as Python does by default takes a tenth of a worker's time."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def work(
    kafka: KafkaSettings,
    views: PostgresHome,
    settings: Settings,
    log: Log,
    stop: threading.Event,
) -> int:
    """Work until ``stop`` is set, and answer the exit status: 0 then, 2 if it must not begin, 1 if
    it can't go on. Why is the last line of the log."""
    from consumers.metrics import Metrics
    from consumers.surroundings import Surroundings
    from consumers.telling import Teller

    owner = f"{socket.gethostname()}:{os.getpid()}"
    around = Surroundings(_now, time.monotonic, random.SystemRandom().random, stop.wait)
    metrics = Metrics(owner)
    log = log.bind(owner=owner)
    log.info("started", topic=kafka.topic, group=settings.group, definition=views.definition)
    try:
        with _served(metrics, settings.metrics):
            teller = Teller(log, metrics, around.monotonic)
            _expect_fit(kafka, teller, around)
            _run(kafka, views, settings, teller, owner, around)
    except Exception as error:  # noqa: BLE001 - the last place before the process ends
        return _ended(error, log)
    log.info("stopped")
    return STOPPED


def _run(
    kafka: KafkaSettings,
    views: PostgresHome,
    settings: Settings,
    teller: Teller,
    owner: str,
    around: Surroundings,
) -> None:
    from consumers.keeping import Keeper
    from consumers.sampling import Sampler
    from consumers.worker import Options, Worker
    from ledger.kafka.ledger import fetch

    if around.stopping():
        return
    Sampler(kafka, views, teller.metrics, teller.hearing, around).start()
    keeper = Keeper(views, owner, partial(fetch, kafka), around)
    options = Options(settings.group, settings.session_timeout_s, settings.most)
    Worker(kafka, keeper, options, around, teller).run()


def _expect_fit(kafka: KafkaSettings, teller: Teller, around: Surroundings) -> None:
    """Wait for Kafka, and see that the topic can lose and reorder nothing."""
    from consumers.waiting import Waiting
    from ledger.errors import Unreachable
    from ledger.kafka.topic import check

    waiting = Waiting(around.monotonic, around.chance)
    while not around.stopping():
        try:
            faults = check(kafka, patience=ASKING_S)
        except Unreachable as error:
            teller.trouble_with_kafka(str(error))
            around.pause(waiting.failed())
            continue
        teller.found_kafka()
        if faults:
            raise CallError("; ".join(map(str, faults)))
        return


def _ended(error: Exception, log: Log) -> int:
    """Say why a worker ends, and how. Errors of our own quote nothing personal; of others only the
    kind and the place are told."""
    from consumers.keeping import OtherDefinition
    from consumers.taking import SystematicFailure
    from ledger.errors import LedgerError, NoLedger, Repartitioned
    from projections.errors import AtFault, Away, Forbidden, NoViews, TooNew, TryAgain

    wrong_setup = NoLedger | Repartitioned | TooNew | Forbidden
    if isinstance(error, CallError | OtherDefinition | wrong_setup):
        log.critical("refused", error=str(error))
        return REFUSED
    trouble = NoViews | Away | AtFault | TryAgain
    if isinstance(error, LedgerError | SystematicFailure | trouble):
        log.critical("failed", error=str(error))
        return FAILED
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename}:{frame.lineno}" for frame in frames[-5:]]
    log.critical("failed", error=type(error).__name__, where=where)
    return FAILED


@contextmanager
def _served(metrics: Metrics, place: tuple[str, int] | None) -> Iterator[None]:
    if place is None:
        yield
        return
    address, port = place
    try:
        server = metrics.serve(port, address)
    except OSError as error:
        raise CallError(
            f"expected a free port {port} on {address} for the numbers, saw: {error.strerror};"
            " name another with --metrics"
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set; the second one ends the process at once, which loses
    nothing: what was not committed is read again."""
    stop = threading.Event()

    def heard(number: int, frame: object) -> None:
        del frame
        if stop.is_set():
            os._exit(BY_SIGNAL + number)
        stop.set()

    before = {number: signal.signal(number, heard) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _now() -> datetime:
    return datetime.now(UTC)


def _listening(text: str) -> tuple[str, int]:
    address, _, port = text.rpartition(":")
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
        raise argparse.ArgumentTypeError(
            f"expected a port such as 9200, or an address and a port, saw {text!r}"
        )
    return address.strip("[]") or LOOPBACK, int(port)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.5 <= seconds <= 3_600:
        raise argparse.ArgumentTypeError(f"expected seconds from 0.5 to 3600, saw {text!r}")
    return seconds


COMMANDS = (
    Command(
        "worker",
        "carry facts from Kafka into the views, until told to stop",
        "./pledger worker --home server --metrics 9200",
        _worker_options,
        _worker,
    ),
)
