"""The search, by ids and refs."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.entrypoints.small import AS_OF, id_of
from tests.http.doors import problem


def found(client: TestClient, q: str, **parameters: str) -> list[tuple[str, str]]:
    response = client.get("/v1/search", params={"q": q, "as_of": AS_OF, **parameters})
    assert response.status_code == 200, response.text
    return [(hit["kind"], hit["id"]) for hit in response.json()["found"]]


@pytest.mark.parametrize(
    ("q", "hits"),
    [
        ("customer:8412", [("customer", "customer:8412")]),
        ("8412", [("customer", "customer:8412")]),
        ("84", [("customer", "customer:8412")]),
        ("ROSE", [("commitment", "ROSE")]),
        ("RO", [("commitment", "ROSE")]),
        ("L", [("commitment", "LET"), ("commitment", "LILY")]),
        ("P-1", [("payment", "P-1")]),
        (id_of(1), [("journey", id_of(1))]),
        (id_of(1)[:13] + "-7000-8000-0000000000", None),
        (
            "order:1",
            [
                ("customer", "customer:8412"),
                ("commitment", "CALL"),
                ("commitment", "ROSE"),
                ("journey", id_of(1)),
            ],
        ),
        ("payment:P-1", [("customer", "customer:5"), ("journey", id_of(20)), ("payment", "P-1")]),
        ("order", []),
        ("nobody", []),
        ("%", []),
        ("'", []),
    ],
)
def test_what_is_found(client: TestClient, q: str, hits: list[tuple[str, str]] | None) -> None:
    seen = found(client, q)
    if hits is None:
        assert {kind for kind, _ in seen} == {"journey"}
        assert len(seen) > 1
    else:
        assert seen == hits


def test_what_is_exactly_so_comes_first(client: TestClient) -> None:
    kinds = [kind for kind, _ in found(client, "order:")]
    assert set(kinds) == {"customer", "commitment", "journey"}
    assert found(client, "customer:5")[0] == ("customer", "customer:5")
    assert found(client, "order:", limit="2") == found(client, "order:")[:2]


def test_where_more_is_to_be_read(client: TestClient) -> None:
    for q in ("customer:77", "ROSE", "P-1", id_of(1), "order:4"):
        for hit in client.get("/v1/search", params={"q": q}).json()["found"]:
            more: dict[str, Any] = client.get(hit["href"]).json()
            assert hit["customer"] in {more.get("customer"), more.get("canonical")}


def test_who_was_one_customer_then(client: TestClient) -> None:
    before = "2026-01-24T00:00:00Z"
    (hit,) = client.get("/v1/search", params={"q": "LILY", "as_of": AS_OF}).json()["found"]
    assert hit["customer"] == "customer:5"
    (hit,) = client.get("/v1/search", params={"q": "LILY", "as_of": before}).json()["found"]
    assert hit["customer"] == "customer:77"


def test_what_had_not_happened_or_was_not_known_is_not_found(client: TestClient) -> None:
    assert found(client, "LATER") == []
    assert found(client, "LATER", as_of="2027-02-01T00:00:00Z") == [("commitment", "LATER")]
    assert found(client, "LILY", known_at="@8") == []
    assert found(client, "LILY", known_at="@9") == [("commitment", "LILY")]
    assert found(client, "8412", known_at="@0") == []
    assert found(client, "order:2", known_at="@9")[0] == ("customer", "customer:77")


def test_it_wants_something_to_look_for(client: TestClient) -> None:
    problem(client.get("/v1/search"), 400, "parameters")
    problem(client.get("/v1/search?q="), 400, "parameters")
