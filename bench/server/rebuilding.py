"""Every view from nothing, beside the live ones, and the swap."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from bench.commitments import digest_of_view
from bench.measured import Measured, Watch
from bench.server.homes import home_on
from bench.server.material import filled
from bench.server.place import fresh_database
from bench.server.projecting import expect_equal
from consumers.rebuild.run import rebuild as build
from ledger.kafka.settings import KafkaSettings


def rebuild(folder: Path, broker: str, postgres: str) -> Measured:
    """From the topic to the swap, in a database whose live views are empty."""
    topic, watch = filled(folder), Watch()
    settings = KafkaSettings(broker, topic.topic)
    with fresh_database(postgres) as dsn, TemporaryDirectory(dir=folder) as place:
        home = home_on(dsn)
        home.prepare()
        with watch.lap():
            facts = build(settings, home, folder=Path(place) / "rebuild").facts
        with home.reading() as session:
            digest = digest_of_view(session)
    expect_equal(topic.digest, digest)
    return watch.measured(facts, digest)
