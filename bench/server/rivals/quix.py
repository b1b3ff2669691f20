"""Quix Streams: a dataframe over the topic, a row of state a commitment, and the PostgreSQL sink
that comes with it. All settings are its own but the folder of its state: it commits every five
seconds, at least once, and keeps a changelog of its state in Kafka."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from psycopg2.extensions import parse_dsn
from quixstreams import Application
from quixstreams.sinks.community.postgresql import PostgreSQLSink

from bench.measured import Measured, Watch
from bench.server.material import filled
from bench.server.place import fresh_database, fresh_name
from bench.server.rivals.store import digest
from bench.server.rivals.table import Row, bears, said, step


def project(folder: Path, broker: str, postgres: str) -> Measured:
    """From the start of the application until all facts are read and the last rows are written."""
    topic, watch = filled(folder), Watch()
    with TemporaryDirectory(dir=folder) as state, fresh_database(postgres) as dsn:
        application = _application(broker, topic.topic, state, dsn)
        with watch.lap():
            application.run(count=topic.bearing, collect=False)
        return watch.measured(topic.facts, digest(dsn))


def _application(broker: str, topic: str, state: str, dsn: str) -> Application:
    application = Application(
        broker_address=broker,
        consumer_group=fresh_name(),
        auto_offset_reset="earliest",
        state_dir=state,
        loglevel="WARNING",
    )
    source = application.topic(topic, key_deserializer="str", value_deserializer="bytes")
    place = parse_dsn(dsn)
    place["port"] = int(place["port"])
    frame = application.dataframe(source)
    frame = frame.filter(lambda value, key, timestamp, headers: bears(headers), metadata=True)
    frame = frame.apply(lambda value, key, timestamp, headers: said(headers, value), metadata=True)
    frame = frame.apply(_keep, stateful=True)
    frame.sink(
        PostgreSQLSink(
            **place,
            table_name="commitment",
            primary_key_columns="commitment_id",
            upsert_on_primary_key=True,
            include_metadata=False,
        )
    )
    return application


def _keep(fact: Any, state: Any) -> Row:
    """The row of the fact's commitment after it, kept in the state of the message's key."""
    name = fact[2]["commitment_id"]
    row = step(state.get(name), fact)
    state.set(name, row)
    return row
