"""Bytewax: its Kafka source, a state a commitment, and a sink of ours, since it has none for
PostgreSQL: a transaction a batch. With recovery it keeps its state on the disk as well, every ten
seconds, and is at least once; without, all is lost with the process. All settings are its own."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg2
from bytewax import operators as op
from bytewax.connectors.kafka import KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.run import cli_main

from bench.measured import Measured, Watch
from bench.server.material import filled
from bench.server.place import fresh_database
from bench.server.rivals.store import create, digest, upsert
from bench.server.rivals.table import Row, Said, bears, said, step


def project(folder: Path, broker: str, postgres: str, *, recovery: bool) -> Measured:
    """From the start of the dataflow until the topic's end is reached and all rows are written."""
    topic, watch = filled(folder), Watch()
    with TemporaryDirectory(dir=folder) as place, fresh_database(postgres) as dsn:
        create(dsn)
        config = None
        if recovery:
            init_db_dir(place, 1)
            config = RecoveryConfig(place)
        flow = _flow(broker, topic.topic, dsn)
        with watch.lap():
            cli_main(flow, recovery_config=config)
        return watch.measured(topic.facts, digest(dsn))


def _flow(broker: str, topic: str, dsn: str) -> Dataflow:
    flow = Dataflow("commitments")
    messages = op.input("topic", flow, KafkaSource([broker], [topic], tail=False))
    facts = op.filter_map("facts", messages, _said)
    keyed = op.key_on("commitment", facts, lambda fact: fact[2]["commitment_id"])
    rows = op.stateful_map("row", keyed, _keep)
    op.output("table", rows, TableSink(dsn))
    return flow


def _said(message: KafkaSourceMessage[Any, Any]) -> Said | None:
    return said(message.headers, message.value) if bears(message.headers) else None


def _keep(row: Row | None, fact: Said) -> tuple[Row, Row]:
    after = step(row, fact)
    return after, after


class TableWriter(StatelessSinkPartition[tuple[str, Row]]):  # type: ignore[misc]
    """Writes what one worker hands on."""

    def __init__(self, dsn: str) -> None:
        self._connection = psycopg2.connect(dsn)

    def write_batch(self, items: list[tuple[str, Row]]) -> None:
        """One transaction."""
        with self._connection, self._connection.cursor() as cursor:
            upsert(cursor, [row for _, row in items])

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()


class TableSink(DynamicSink[tuple[str, Row]]):  # type: ignore[misc]
    """The table in PostgreSQL."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    def build(self, *which: object) -> TableWriter:
        """A connection a worker, whichever it is."""
        del which
        return TableWriter(self._dsn)
