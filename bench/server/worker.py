"""``python -m bench.server.worker``: one worker, as ``./pledger worker`` runs it.

A line of JSON comes in: where the servers are, the topic, the group, and whether to keep up the
view ``commitment`` alone. ``ready`` goes out when all is imported, and a further line lets it
begin. It stops on SIGTERM, or when nobody holds its input any more: whoever wanted it is gone.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from functools import partial
from unittest.mock import patch

from bench.server.homes import home_on
from consumers.runtime import Runtime
from consumers.worker.db_session import DbSession
from consumers.worker.log import make_log
from consumers.worker.loop import Options, Worker
from consumers.worker.metrics import Metrics
from consumers.worker.telemetry import Telemetry
from entrypoints.collector import collecting_rarely
from ledger.kafka.ledger import fetch
from ledger.kafka.settings import KafkaSettings
from projections.fold import run as fold_run
from projections.session import Session
from projections.view_registry import View, refresh


def work(broker: str, dsn: str, topic: str, group: str, *, alone: bool) -> None:
    """Work until SIGTERM."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who wanted it
    owner = f"bench-{os.getpid()}"
    kafka = KafkaSettings(broker, topic)
    runtime = Runtime(_clock, time.monotonic, random.random, stop.wait)
    with collecting_rarely(), commitments_alone() if alone else nullcontext():
        db_session = DbSession(home_on(dsn), owner, partial(fetch, kafka), runtime)
        telemetry = Telemetry(
            make_log(sys.stderr, _clock, "warning"), Metrics(owner), time.monotonic
        )
        worker = Worker(kafka, db_session, Options(group=group), runtime, telemetry)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        threading.Thread(target=_await_end, args=(stop,), daemon=True).start()
        worker.run()


def commitments_alone() -> AbstractContextManager[object]:
    """Every view but ``commitment``, and the history that it is made of, is left out of the folds
    of this process. Facts are landed all the same, and identities and dates are kept up."""

    def refresh_some(session: Session, view: View, *, empty: bool) -> None:
        if view.name in {"commitment_history", "commitment"}:
            refresh(session, view, empty=empty)

    def fold_no_journeys(session: Session, *, empty: bool) -> None:
        del session, empty

    return patch.multiple(fold_run, refresh=refresh_some, fold_journeys=fold_no_journeys)


def _await_end(stop: threading.Event) -> None:
    sys.stdin.read()
    stop.set()


def _clock() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


if __name__ == "__main__":
    work(**json.loads(sys.stdin.readline()))
