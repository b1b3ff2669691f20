"""The views of the server home in a database of the bench."""

from __future__ import annotations

from consumers.embedded_projector import catalogue_of_types
from projections.postgres.store import PostgresStore


def home_on(dsn: str) -> PostgresStore:
    """The views in a database."""
    return PostgresStore(dsn, catalogue_of_types())
