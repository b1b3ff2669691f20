"""What a worker says of its work, to those who read its log and to Prometheus."""

from __future__ import annotations

import io
import json
import math
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from psycopg.conninfo import make_conninfo

from consumers.embedded_projector import catalogue_of_types
from consumers.worker.lag import Sampler
from consumers.worker.liveness import Liveness, Server
from consumers.worker.log import make_log
from consumers.worker.metrics import Checkpoint, Metrics, lag
from consumers.worker.telemetry import Telemetry
from ledger.kafka.topic_state import Extent
from projections.errors import Away, TryAgain
from projections.postgres.checkpoints import OwnedPartition
from projections.postgres.rebuild_state import RebuildState
from projections.postgres.store import PostgresStore
from tests.consumers.server.place import UNSTOPPED, Place

AT = datetime(2026, 1, 1, tzinfo=UTC)


def numbers(metrics: Metrics) -> dict[str, float]:
    text = generate_latest(metrics.registry).decode()
    lines = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in lines}


@pytest.mark.parametrize(
    ("checkpoint", "extent", "facts", "seconds"),
    [
        (Checkpoint(10, 5_000), Extent(0, 10, 5_000), 0, 0.0),
        (Checkpoint(10, 5_000), Extent(0, 12, 7_500), 2, 2.5),
        # The last records are markers: nothing was recorded since.
        (Checkpoint(10, 5_000), Extent(0, 11, 5_000), 1, 0.0),
        (Checkpoint(0, None), Extent(0, 3, 5_000), 3, math.nan),
        (Checkpoint(0, None), Extent(0, 0, None), 0, 0.0),
        # Read between two looks.
        (Checkpoint(12, 9_000), Extent(0, 10, 5_000), 0, 0.0),
    ],
)
def test_how_far_a_partition_is_behind(
    checkpoint: Checkpoint, extent: Extent, facts: int, seconds: float
) -> None:
    assert lag(checkpoint, extent) == pytest.approx((facts, seconds), nan_ok=True)


def test_what_is_said_of_a_partition_goes_away_with_it() -> None:
    metrics = Metrics("me")
    for partition in (0, 1):
        metrics.held(partition, 3, Checkpoint(5, 1_000))
    metrics.heads({0: Extent(0, 9, 3_000), 1: Extent(0, 5, 1_000), 2: Extent(0, 1, 1)})
    seen = numbers(metrics)
    assert seen['pledger_lag_facts{partition="0"}'] == 4
    assert seen['pledger_lag_seconds{partition="0"}'] == 2.0
    assert seen['pledger_epoch{partition="1"}'] == 3
    metrics.checkpoint(0, Checkpoint(9, None))
    metrics.heads({0: Extent(0, 9, 3_000)})
    assert numbers(metrics)['pledger_lag_facts{partition="0"}'] == 0
    metrics.dropped([0, 7])
    metrics.heads({0: Extent(0, 9, 3_000)})
    assert not [name for name in numbers(metrics) if 'partition="0"' in name]
    assert metrics.partitions() == [1]


def test_a_rebuild_is_counted_while_it_lasts() -> None:
    metrics = Metrics("me")
    metrics.generation(3)
    metrics.generation(4)
    metrics.rebuilding(RebuildState(5, "her", "reading", 10, 40, AT, AT))
    seen = numbers(metrics)
    assert seen['pledger_rebuild_done{phase="reading"}'] == 10
    assert seen['pledger_worker_info{generation="4",owner="me"}'] == 1
    assert not [name for name in seen if 'generation="3"' in name]
    metrics.rebuilding(None)
    assert not [name for name in numbers(metrics) if name.startswith("pledger_rebuild")]


@pytest.fixture
def observed() -> tuple[Telemetry, list[float], io.StringIO]:
    now, stream = [0.0], io.StringIO()
    log = make_log(stream, lambda: AT)
    return Telemetry(log, Metrics("me"), lambda: now[0]), now, stream


def test_who_is_held_up_says_so(observed: tuple[Telemetry, list[float], io.StringIO]) -> None:
    telemetry, now, stream = observed
    for retries in range(50):  # for fifty seconds
        telemetry.held_up(TryAgain("LockNotAvailable (55P03)"), retries, 1.0)
        now[0] += 1.0
    assert stream.getvalue().count("the database holds us up") == 2
    assert "55P03" in stream.getvalue()
    assert numbers(telemetry.metrics)["pledger_batch_retries_total"] == 49


def test_whether_both_servers_answer(observed: tuple[Telemetry, list[float], io.StringIO]) -> None:
    telemetry, now, stream = observed

    def up() -> float:
        telemetry.still_there()
        return numbers(telemetry.metrics)["pledger_up"]

    assert up() == 1
    for _ in range(50):  # for fifty seconds
        telemetry.trouble_with_kafka("connection refused")
        telemetry.database_answers()
        assert up() == 0
        now[0] += 1.0
    assert len(stream.getvalue().splitlines()) == 2, "trouble that lasts is told now and then"
    now[0] += 10.0
    telemetry.database_answers()
    assert up() == 0, "who hears nothing at all has no new trouble either"
    telemetry.kafka_answers()
    assert up() == 1
    assert up() == 1
    assert stream.getvalue().count("the trouble with Kafka is over") == 1
    telemetry.trouble_with_kafka("once more")
    assert "once more" in stream.getvalue(), "trouble that is new is told at once"
    now[0] += 10.0
    telemetry.kafka_answers()
    telemetry.database_answers()
    assert up() == 1
    telemetry.trouble_with_database(Away("an answer", "none"), 1.0)
    assert up() == 0
    telemetry.database_answers()
    telemetry.database_answers()
    assert up() == 1
    assert stream.getvalue().count("is back") == 1


@pytest.mark.parametrize("hangs", list(Server))
def test_a_server_that_hangs_is_told_once(
    observed: tuple[Telemetry, list[float], io.StringIO], hangs: Server
) -> None:
    telemetry, now, stream = observed
    ups = []
    for _ in range(60):  # for a minute
        now[0] += 1.0
        telemetry.liveness.heard(next(server for server in Server if server != hangs))
        telemetry.still_there()
        ups.append(numbers(telemetry.metrics)["pledger_up"])
    assert ups == [1] * 15 + [0] * 45
    (line,) = map(json.loads, stream.getvalue().splitlines())
    assert (line["event"], line["server"], line["seconds"]) == ("silent", hangs.value, 16.0)
    telemetry.liveness.heard(hangs)
    telemetry.still_there()
    assert numbers(telemetry.metrics)["pledger_up"] == 1
    assert stream.getvalue().count("answers again") == 1


def test_a_server_that_is_known_to_be_away_is_not_said_to_be_silent(
    observed: tuple[Telemetry, list[float], io.StringIO],
) -> None:
    telemetry, now, stream = observed
    telemetry.trouble_with_kafka("connection refused")
    telemetry.trouble_with_database(Away("an answer", "connection refused"), 1.0)
    now[0] += 60.0
    telemetry.still_there()
    assert "silent" not in stream.getvalue()
    telemetry.found_kafka()
    assert "the trouble with Kafka is over" in stream.getvalue()
    telemetry.still_there()
    assert numbers(telemetry.metrics)["pledger_up"] == 0


def test_both_servers_are_heard_without_a_worker(place: Place, tmp_path: Path) -> None:
    now = [0.0]
    liveness = Liveness(lambda: now[0])
    metrics = Metrics("me")

    def sample(views: PostgresStore) -> tuple[float | None, float | None]:
        now[0] += 60.0
        sampler = Sampler(place.kafka, views, metrics, liveness, UNSTOPPED)
        sampler.sample_topic()
        sampler.sample_views()
        return liveness.silent_s(Server.KAFKA), liveness.silent_s(Server.DATABASE)

    assert sample(place.views()) == (None, None), "no views yet, which is an answer too"
    place.catch_up()
    metrics.held(0, 1, Checkpoint(0, None))
    assert sample(place.views()) == (None, None)
    assert numbers(metrics)['pledger_lag_facts{partition="0"}'] == 0
    away = make_conninfo(host=str(tmp_path), dbname="nowhere")
    assert sample(PostgresStore(away, catalogue_of_types())) == (None, 60.0)


def test_where_a_partition_begins(observed: tuple[Telemetry, list[float], io.StringIO]) -> None:
    telemetry, _, _ = observed
    telemetry.began(2, OwnedPartition(4, 17, AT), 1)
    assert numbers(telemetry.metrics)['pledger_position_offset{partition="2"}'] == 17
