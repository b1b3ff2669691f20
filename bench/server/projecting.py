"""Facts from a topic into the views in PostgreSQL, by workers."""

from __future__ import annotations

import time
from pathlib import Path

from bench.commitments import digest_of_view
from bench.measured import Measured
from bench.server.homes import home_on
from bench.server.material import filled
from bench.server.place import fresh_database
from bench.server.workers import largest_kib, until, working


def project(folder: Path, broker: str, postgres: str, workers: int, *, alone: bool) -> Measured:
    """From the start of the workers, which join their group first, until all facts are in the
    views. The tables are there before, as are the processes with all that they import."""
    topic = filled(folder)
    with fresh_database(postgres) as dsn:
        home = home_on(dsn)
        home.prepare()
        with working(workers, broker, dsn, topic.topic, alone=alone) as processes:
            start = time.perf_counter()
            until(dsn, topic.facts, processes, time.perf_counter)
            seconds = time.perf_counter() - start
        with home.reading() as session:
            digest = digest_of_view(session)
    expect_equal(topic.digest, digest)
    return Measured([seconds], topic.facts, largest_kib(), digest)


def expect_equal(embedded: str, digest: str) -> None:
    """The view is the embedded home's, whoever made it."""
    if embedded != digest:
        raise RuntimeError(
            f"expected the view commitment of the embedded home, {embedded}, saw {digest}"
        )
