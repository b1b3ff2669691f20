"""The views of the server home in a database of the bench."""

from __future__ import annotations

from consumers.projector import catalogue_of_types
from projections.postgres.home import PostgresHome


def home_on(dsn: str) -> PostgresHome:
    """The views in a database."""
    return PostgresHome(dsn, catalogue_of_types())
