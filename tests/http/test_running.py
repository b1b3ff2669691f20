"""What watches the door: whether it is alive, whether its home answers, its numbers, and what the
topic is said to hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from schemas import catalogue
from tests.helpers import emit
from tests.http.client import ASK, BATCH, door, key, problem, told
from tests.http.given import content, made
from tests.privacy.planted import SECRET, traces

STANDARD = Path(__file__).parent / "standards" / "asyncapi-3.0.0.json"
NEAR, FAR = ("127.0.0.1", 50_000), ("192.0.2.7", 50_000)
NOBODY = {"Authorization": ""}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with door(tmp_path, client=FAR) as found:
        yield found


def numbers(client: TestClient) -> dict[tuple[str, str], float]:
    """The numbers, by their names and labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    return {
        (sample.name, " ".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_it_is_alive_whoever_asks(client: TestClient) -> None:
    assert told(client.get("/healthz", headers=NOBODY)) == {"alive": True}


def test_how_far_the_views_are_behind(client: TestClient, tmp_path: Path) -> None:
    emit(tmp_path, [made(1), made(2)])
    assert told(client.get("/readyz")) == {"ready": True, "home": "embedded", "lag": 2}
    assert told(client.get("/v1/status"))["head"] == 2
    told(client.get("/v1/suspense"))
    assert told(client.get("/readyz"))["lag"] == 0


def test_a_home_that_does_not_answer_is_not_ready(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"no ledger at all" * 100)
    problem(client.get("/readyz"), 503)
    assert numbers(client)["pledger_home_up", ""] == 0


def test_what_happens_at_the_door_is_counted(client: TestClient) -> None:
    told(client.post("/v1/facts", content=content(made(1), made(2)), headers=BATCH))
    told(client.get("/v1/commitments/C1"))
    problem(client.get(f"/v1/commitments/{SECRET}"), 404)
    problem(client.get(f"/{SECRET}"), 404)
    problem(client.request(SECRET[:6], "/healthz"), 405)
    found = numbers(client)
    requests = "pledger_http_requests_total"
    assert found[requests, "POST /v1/facts 200"] == 1
    assert found[requests, "GET /v1/commitments/{id} 200"] == 1
    assert found[requests, "GET /v1/commitments/{id} 404"] == 1
    assert found[requests, "GET none 404"] == 1
    assert found["pledger_http_request_seconds_count", "POST /v1/facts"] == 1
    assert found["pledger_home_up", ""] == 1
    assert found["pledger_home_head", "0"] == found["pledger_home_position", "0"] == 2
    assert found["pledger_home_lag_facts", "0"] == 0
    assert found["pledger_home_decisions_waiting", ""] == 0
    assert not traces(client.get("/metrics").text)


@pytest.mark.parametrize("address", ["/readyz", "/metrics"])
def test_from_elsewhere_one_needs_the_scope(tmp_path: Path, address: str) -> None:
    with door(tmp_path, client=FAR) as client:
        problem(client.get(address, headers=NOBODY), 401)
        problem(client.get(address, headers=key(ASK)), 403)
        assert client.get(address).status_code == 200
    with door(tmp_path, client=NEAR) as client:
        assert client.get(address, headers=NOBODY).status_code == 200
        through = {"X-Forwarded-For": "192.0.2.7", **NOBODY}
        problem(client.get(address, headers=through), 401)


def test_the_topic_is_described_as_asyncapi_has_it(client: TestClient) -> None:
    document = told(client.get("/asyncapi.json", headers=NOBODY))
    standard = json.loads(STANDARD.read_text(encoding="utf-8"))
    Draft7Validator.check_schema(standard)
    faults = [error.message for error in Draft7Validator(standard).iter_errors(document)]
    assert not faults
    (channel,) = document["channels"].values()
    assert channel["address"] == "pledger.facts"
    messages = document["components"]["messages"]
    assert set(channel["messages"]) == set(messages) == set(catalogue.TYPES)
    for type, message in messages.items():
        assert channel["messages"][type] == {"$ref": f"#/components/messages/{type}"}
        assert message["payload"]["schema"] == catalogue.avsc(type)
        assert message["headers"]["properties"]["ce_type"]["const"] == type


def test_a_document_that_is_none_is_seen(client: TestClient) -> None:
    document: dict[str, Any] = told(client.get("/asyncapi.json"))
    standard = json.loads(STANDARD.read_text(encoding="utf-8"))
    message = next(iter(document["components"]["messages"].values()))
    message["payload"]["schema"]["fields"] = "none"
    assert list(Draft7Validator(standard).iter_errors(document))


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", "/v1/quarantine"),
        ("GET", "/v1/parked/customer:1"),
        ("POST", "/v1/quarantine/retry"),
        ("POST", "/v1/quarantine/0:1/retry"),
    ],
)
def test_an_embedded_home_sets_nothing_aside(client: TestClient, method: str, address: str) -> None:
    assert "embedded" in problem(client.request(method, address), 404)["detail"]


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/metrics"),
        ("GET", "/asyncapi.json"),
        ("GET", "/v1/status"),
        ("GET", "/v1/parked"),
        ("GET", "/v1/quarantine"),
        ("POST", "/v1/quarantine/retry"),
        ("POST", "/v1/commitments"),
        ("POST", "/v1/facts"),
    ],
)
def test_an_unknown_parameter_is_named(client: TestClient, method: str, address: str) -> None:
    found = problem(client.request(method, f"{address}?nonsense=1", headers=BATCH), 400)
    assert [each["name"] for each in found["parameters"]] == ["nonsense"]
