"""Writing and operating over HTTP on Kafka and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.consumers.server.place import Place
from tests.desk.deciding import folding_home
from tests.domain import given
from tests.homes import caught_up, server_home
from tests.http.client import BATCH, ONE, door, problem, told
from tests.http.given import content, id_of, made
from tests.projections.stores import sealed

WHY = {"reason": "a test of somebody"}


@pytest.fixture
def place(broker: str, make_topic: Callable[..., str], postgres: str) -> Place:
    return Place(broker, make_topic(2), postgres)


@pytest.fixture
def client(place: Place, broker: str, postgres: str, tmp_path: Path) -> Iterator[TestClient]:
    folder = server_home(tmp_path / "home", broker, place.kafka.topic, postgres)
    with door(folding_home(folder)) as found:
        yield found


def test_facts_are_acknowledged_where_they_lie(client: TestClient, tmp_path: Path) -> None:
    events = [made(number, subject=f"customer:{number}") for number in range(1, 9)]
    answer = told(client.post("/v1/facts", content=content(*events), headers=BATCH))
    assert answer["accepted"] == 8
    positions = [one["position"] for one in answer["receipts"]]
    partitions = {position.partition(":")[0] for position in positions}
    assert partitions == {"0", "1"}
    assert len(set(positions)) == 8
    ends = dict(each.split(":") for each in answer["head"].split(","))
    assert sum(map(int, ends.values())) == 8
    whole = "/v1/facts?all_or_nothing=true"
    twice = content(made(9), made(9, subject="customer:2"))
    problem(client.post(whole, content=twice, headers=BATCH), 422)
    assert told(client.post(whole, content=content(made(9)), headers=BATCH))["head"]
    caught_up(tmp_path / "home")
    found = told(client.get("/v1/commitments", params={"as_of": "2026-04-01T00:00:00Z"}))
    assert len(found["commitments"]) == 9


def test_sent_again_within_another_trace_it_is_no_contradiction(
    client: TestClient, tmp_path: Path
) -> None:
    for number in range(2):
        trace = {"traceparent": f"00-{1:032x}-{number + 1:016x}-01"}
        told(client.post("/v1/facts", content=content(made(1)), headers=BATCH | trace))
    caught_up(tmp_path / "home")
    assert told(client.get("/v1/quarantine"))["quarantined"] == []
    assert told(client.get("/v1/facts"))["facts"][0]["id"] == id_of(1)


def test_the_desk(client: TestClient) -> None:
    said = {"department": "care", "customer": "customer:1", "about": "delivery"}
    first = told(client.post("/v1/commitments", json={**said, "commitment_id": "C"}))
    assert ":" in first["facts"][0]["position"]
    address = "/v1/commitments/C/honour"
    assert told(client.post(address, json={"department": "care"}))["state"] == "honoured"
    problem(client.post(address, json={"department": "care"}), 409)


def test_what_is_set_aside(client: TestClient, place: Place, tmp_path: Path) -> None:
    fact = sealed(given.made(1, of="customer:1"))
    for number in range(3):
        place.send(b"no fact", key=b"k", headers={"name": bytes([number])})
    told(client.post("/v1/facts", content=content(made(1)), headers=BATCH))
    caught_up(tmp_path / "home")
    first = client.get("/v1/quarantine", params={"limit": 2})
    assert "after_cursor=" in first.headers["link"]
    page = told(first)
    rest = told(client.get("/v1/quarantine", params={"after_cursor": page["next"]}))
    assert (len(page["quarantined"]), len(rest["quarantined"])) == (2, 1)
    assert rest["next"] is None
    one = rest["quarantined"][0]
    where = f"/v1/quarantine/{one['partition']}:{one['offset']}"
    assert told(client.get(where))["value"]["text"] == "no fact"
    assert told(client.post(f"{where}/retry"))["retried"][0]["settled"] is False
    problem(client.post(f"{where}/dismiss", json={}), 400)
    problem(client.post(f"{where}/dismiss", json={"reason": ""}), 400)
    assert told(client.post(f"{where}/dismiss", json=WHY))["why"] == WHY["reason"]
    problem(client.post(f"{where}/dismiss", json=WHY), 404)
    assert len(told(client.post("/v1/quarantine/retry"))["retried"]) == 2
    problem(client.get("/v1/quarantine/9:9999"), 404)
    problem(client.get("/v1/quarantine/here"), 400)
    status = told(client.get("/v1/status"))
    assert (status["quarantined"], status["topic_fault"]) == (2, None)
    assert fact.id not in str(status)


def test_a_parked_subject(client: TestClient, place: Place, tmp_path: Path) -> None:
    place.home.prepare()
    place.run("ALTER TABLE commitment_made ADD CONSTRAINT fault CHECK (wording IS NULL)")
    said: dict[str, Any] = {"commitment_id": "C", "about": "delivery", "wording": "soon"}
    events = [made(1, data=said), made(2)]
    told(client.post("/v1/facts", content=content(*events), headers=BATCH))
    caught_up(tmp_path / "home")
    (parked,) = told(client.get("/v1/parked"))["parked"]
    assert (parked["subject"], parked["facts"]) == ("customer:1", 2)
    whole = told(client.get("/v1/parked/customer%3A1"))
    assert len(whole["waiting"]) == 2
    assert told(client.post("/v1/parked/customer:1/unpark"))["unparked"] is False
    first = "{partition}:{offset}".format(**whole["waiting"][0])
    problem(client.post("/v1/parked/customer:1/unpark", json={"dismiss": [first]}), 400)
    for wrong in ("here", 1, None):
        problem(client.post("/v1/parked/customer:1/unpark", json={"dismiss": [wrong]}), 400)
    found = told(client.post("/v1/parked/customer:1/unpark", json={"dismiss": [first], **WHY}))
    assert (found["unparked"], found["facts"], found["dismissed"]) == (True, 1, 1)
    problem(client.get("/v1/parked/customer:1"), 404)


def test_its_numbers(client: TestClient, tmp_path: Path) -> None:
    told(client.post("/v1/facts", json=made(1), headers=ONE))
    caught_up(tmp_path / "home")
    text = client.get("/metrics").text
    assert 'pledger_home_lag_facts{partition="1"} 0.0' in text
    assert "pledger_home_up 1.0" in text
    topic = told(client.get("/asyncapi.json"))["channels"]["facts"]["address"]
    assert topic == told(client.get("/v1/status"))["topic"]
    assert told(client.get("/readyz"))["home"] == "server"
