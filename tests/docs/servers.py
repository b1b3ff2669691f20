"""The servers of documents that need some: what they are called there, and what they are here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import pytest
from confluent_kafka import KafkaException
from psycopg.conninfo import conninfo_to_dict

from tests.servers.fixtures import fresh_name
from tests.servers.topics import admin, delete_topic

#: A document that has this line is run where there are a broker and a database.
WANTED = re.compile(r"^<!-- server -->$", re.MULTILINE)

BROKER, TOPIC = "localhost:9092", "pledger.facts"
DATABASE, PASSWORD = "host=localhost dbname=pledger user=pledger", "a-long-password"


class Names:
    """What a document calls things, and what they are called here."""

    def __init__(self, real: Mapping[str, str]) -> None:
        # What is not called anything here (a database that wants no password) is left as it is.
        self._real = {shown: name for shown, name in real.items() if name}

    def real(self, text: str) -> str:
        """A document's text, to be run here."""
        return _replaced(text, self._real)

    def shown(self, text: str) -> str:
        """What was printed here, as the document would show it."""
        return _replaced(text, {name: shown for shown, name in self._real.items()})


def _replaced(text: str, names: Mapping[str, str]) -> str:
    for before, after in names.items():
        text = text.replace(before, after)
    return text


def without_password(dsn: str) -> str:
    """A DSN as it may be in a file that anybody reads."""
    said = {key: str(value) for key, value in conninfo_to_dict(dsn).items() if key != "password"}
    return " ".join(f"{key}={value}" for key, value in said.items())


@contextmanager
def names_for(document: str, request: pytest.FixtureRequest) -> Iterator[Names]:
    """The names for one run of a document. Skips the test, visibly, where a server is wanted and
    none is to be had."""
    if not WANTED.search(document):
        yield Names({})
        return
    broker: str = request.getfixturevalue("broker")
    dsn: str = request.getfixturevalue("postgres")
    password = conninfo_to_dict(dsn).get("password")
    topic = fresh_name("document")
    here = {BROKER: broker, DATABASE: without_password(dsn), TOPIC: topic}
    try:
        yield Names({**here, PASSWORD: str(password or "")})
    finally:
        with suppress(KafkaException):
            for name in admin(broker).list_topics(timeout=10).topics:
                if name.startswith(topic):
                    delete_topic(broker, name)
