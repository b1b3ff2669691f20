"""The schema registry, asked as its clients ask, and by one of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer
from confluent_kafka.schema_registry import (
    SchemaRegistryClient,
    SchemaRegistryError,
)
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext
from starlette.testclient import TestClient

from schemas import catalogue, codec, jsonform
from tests.helpers import PATIENCE, emit, wait_until
from tests.homes import server_home
from tests.http.client import door, problem
from tests.http.given import made
from tests.http.server import served
from tests.schemas.test_golden import GOLDEN

MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"
CALENDAR = "pledger.CalendarPublished"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with door(tmp_path) as found:
        del found.headers["Authorization"]  # nobody has to say who they are
        yield found


def got(client: TestClient, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    return answer.json()


def test_every_committed_schema_is_found_by_its_id_and_by_its_version(client: TestClient) -> None:
    subjects = got(client, "/subjects")
    assert len(subjects) == len(catalogue.TYPES)
    ids = []
    for subject in subjects:
        for number in got(client, f"/subjects/{subject}/versions"):
            found = got(client, f"/subjects/{subject}/versions/{number}")
            assert (found["subject"], found["version"]) == (subject, number)
            id = found["id"]
            assert json.loads(found["schema"]) == catalogue.avsc_of(id)
            assert got(client, f"/schemas/ids/{id}") == {"schema": found["schema"]}
            assert got(client, f"/schemas/ids/{id}/schema") == catalogue.avsc_of(id)
            version = {"subject": subject, "version": number}
            assert got(client, f"/schemas/ids/{id}/versions") == [version]
            assert got(client, f"/schemas/ids/{id}/subjects") == [subject]
            ids.append(id)
        assert got(client, f"/subjects/{subject}/versions/latest") == found
    assert len(ids) == sum(len(catalogue.versions(type)) for type in catalogue.TYPES)


def test_the_latest_of_a_type_of_two_versions(client: TestClient) -> None:
    assert got(client, f"/subjects/{CALENDAR}/versions") == [1, 2]
    assert got(client, f"/subjects/{CALENDAR}")["version"] == 2
    assert got(client, f"/subjects/{CALENDAR}/versions/2/schema")["name"] == "CalendarPublished"


def test_what_holds_for_all(client: TestClient) -> None:
    assert got(client, "/config") == {"compatibilityLevel": "FULL_TRANSITIVE"}
    assert got(client, f"/config/{CALENDAR}") == got(client, "/config")
    assert got(client, "/mode") == {"mode": "READONLY"}
    assert got(client, "/schemas/types") == ["AVRO"]


@pytest.mark.parametrize(
    ("address", "status", "number"),
    [
        ("/subjects/pledger.Nothing/versions", 404, 40401),
        ("/subjects/pledger.Nothing/versions/1", 404, 40401),
        ("/config/pledger.Nothing", 404, 40401),
        (f"/subjects/{CALENDAR}/versions/3", 404, 40402),
        (f"/subjects/{CALENDAR}/versions/0", 422, 42202),
        (f"/subjects/{CALENDAR}/versions/newest", 422, 42202),
        ("/schemas/ids/99999", 404, 40403),
        (f"/schemas/ids/{10**30}", 404, 40403),
    ],
)
def test_what_is_not_there_in_both_shapes(
    client: TestClient, address: str, status: int, number: int
) -> None:
    found = problem(client.get(address), status)
    assert found["error_code"] == number
    assert found["message"]


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("POST", f"/subjects/{CALENDAR}"),
        ("DELETE", f"/subjects/{CALENDAR}"),
        ("POST", f"/subjects/{CALENDAR}/versions"),
        ("DELETE", f"/subjects/{CALENDAR}/versions/1"),
        ("PUT", "/config"),
        ("PUT", f"/config/{CALENDAR}"),
        ("PUT", "/mode"),
    ],
)
def test_nothing_can_be_written(client: TestClient, method: str, address: str) -> None:
    answer = client.request(method, address, json={"schema": "{}"})
    problem(answer, 405)
    assert "GET" in answer.headers["allow"]


@contextmanager
def deserializer(address: str) -> Iterator[AvroDeserializer]:
    """The one that consumers use, at the registry that is served there."""
    with SchemaRegistryClient({"url": address}) as registry:
        yield AvroDeserializer(registry)


def test_a_client_of_a_registry_reads_every_version(tmp_path: Path) -> None:
    with served(tmp_path) as (_, address), deserializer(address) as read:
        context = SerializationContext("facts", MessageField.VALUE)
        for example in GOLDEN.values():
            wire = bytes.fromhex(example["wire"])
            body = read(wire, context)
            assert isinstance(body, dict)
            type, ours = codec.decode(wire)
            assert jsonform.to_json(type, body) == jsonform.to_json(type, ours)
        with pytest.raises(SchemaRegistryError, match="40403"):
            read(b"\0\0\0\xff\xff\0", context)


def test_a_client_of_a_registry_reads_the_topic(
    broker: str, make_topic: Callable[..., str], postgres: str, tmp_path: Path
) -> None:
    topic = make_topic(1)
    home = server_home(tmp_path / "home", broker, topic, postgres)
    emit(home, [made(1), made(2)])
    settings = {"bootstrap.servers": broker, "group.id": topic, "auto.offset.reset": "earliest"}
    consumer = Consumer(settings)
    messages: list[Any] = []

    def all_there() -> bool:
        found = consumer.poll(1.0)
        messages.extend([found] if found is not None and not found.error() else [])
        return len(messages) == 2

    try:
        consumer.subscribe([topic])
        wait_until(all_there, PATIENCE)
    finally:
        consumer.close()
    with served(home) as (_, address), deserializer(address) as read:
        for number, message in enumerate(messages, 1):
            body = read(message.value(), SerializationContext(topic, MessageField.VALUE))
            assert isinstance(body, dict)
            assert (body["commitment_id"], body["about"]) == (f"C{number}", "delivery")
