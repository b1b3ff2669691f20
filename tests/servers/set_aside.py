"""The quarantine of a server home, as its commands see it."""

from __future__ import annotations

from projections.postgres import control_schema, generation_topic
from projections.postgres.connection import Postgres
from projections.postgres.quarantine import Quarantine


def quarantine_of_live(connection: Postgres, schema: str = "pledger") -> Quarantine:
    """What is set aside of the topic that the live views are of."""
    live = control_schema.live(connection, schema)
    assert live is not None
    return generation_topic.quarantine_of(connection, schema, live.id)
