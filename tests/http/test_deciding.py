"""The desk over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.helpers import ask, ask_lines
from tests.http.client import ASK, CARE, door, key, problem, told

WHEN = "2026-03-02T09:00:00Z"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with door(tmp_path) as found:
        yield found


def decide(client: TestClient, address: str, /, *, headers: Any = None, **said: Any) -> Any:
    return client.post(f"/v1/{address}", json={"department": "care", **said}, headers=headers)


def make(client: TestClient, id: str = "C", **said: Any) -> Any:
    said = {"customer": "customer:1", "about": "delivery", "commitment_id": id, **said}
    return decide(client, "commitments", **said)


def test_a_promise_from_made_to_honoured(client: TestClient, tmp_path: Path) -> None:
    answer = make(client, time=WHEN, due_at="2026-04-01T00:00:00Z")
    first = told(answer)
    assert answer.headers["etag"] == '"1"'
    assert (first["commitment_id"], first["version"], first["state"]) == ("C", 1, "open")
    (fact,) = first["facts"]
    assert (fact["type"], fact["time"], fact["position"]) == ("commitment.made", WHEN, 1)
    answer = decide(client, "commitments/C/honour", headers={"If-Match": '"1"'})
    assert (told(answer)["state"], answer.headers["etag"]) == ("honoured", '"2"')
    found = problem(decide(client, "commitments/C/abandon"), 409)
    assert found["type"] == "/problems/refused"
    assert (found["state"], found["since"]) == ("honoured", told(answer)["facts"][0]["time"])
    assert found["remedy"] == "reopen it first, with POST /v1/commitments/{id}/reopen"
    assert ask(tmp_path, ["commitment", "C"])["state"] == "honoured"


def test_an_issue(client: TestClient) -> None:
    opened = told(
        decide(
            client, "issues", customer="customer:1", topic="noise", channel="phone", issue_id="I"
        )
    )
    assert (opened["issue_id"], opened["state"]) == ("I", "open")
    assert told(decide(client, "issues/I/resolve"))["version"] == 2
    problem(decide(client, "issues/I/resolve"), 409)
    problem(decide(client, "issues/I/honour"), 404)


def test_an_id_is_made_up(client: TestClient) -> None:
    said = {"customer": "customer:1", "about": "delivery"}
    one, other = (told(decide(client, "commitments", **said)) for _ in range(2))
    assert one["commitment_id"] != other["commitment_id"]


def test_an_id_may_have_anything_in_it(client: TestClient) -> None:
    told(make(client, "A/B ü"))
    assert told(decide(client, "commitments/A%2FB%20%C3%BC/honour"))["commitment_id"] == "A/B ü"


def test_to_decline_is_about_no_promise(client: TestClient) -> None:
    said = {"customer": "customer:1", "about": "refund"}
    assert told(decide(client, "commitments/decline", **said))["commitment_id"] is None
    problem(decide(client, "commitments/C/decline", **said), 404)


def test_a_key_is_one_decision(client: TestClient, tmp_path: Path) -> None:
    again = {"Idempotency-Key": '"order-7"'}
    said = {"customer": "customer:1", "about": "delivery", "time": WHEN}
    first = told(decide(client, "commitments", headers=again, **said))
    assert told(decide(client, "commitments", headers=again, **said)) == first
    bare = {"Idempotency-Key": "order-7"}
    assert told(decide(client, "commitments", headers=bare, **said)) == first
    found = problem(
        decide(client, "commitments", headers=again, **{**said, "about": "refund"}), 409
    )
    assert found["remedy"] == "give another Idempotency-Key"
    problem(decide(client, "commitments", headers={"Idempotency-Key": ""}, **said), 400)
    problem(decide(client, "commitments", headers={"Idempotency-Key": "k" * 256}, **said), 400)
    assert len(ask_lines(tmp_path, ["facts"])) == 1


def test_who_decides_on_an_old_version_is_told(client: TestClient) -> None:
    told(make(client))
    for tag in ('"2"', '"something else"', 'W/"1"'):
        found = problem(decide(client, "commitments/C/honour", headers={"If-Match": tag}), 412)
        assert found["type"] == "/problems/precondition"
    problem(decide(client, "commitments/C/honour", headers={"If-Match": "1"}), 400)
    told(decide(client, "commitments/C/honour", headers={"If-Match": "*"}))


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"department": None}, "department"),
        ({"department": ""}, "department"),
        ({"customer": None}, "customer"),
        ({"customer": 7}, "customer"),
        ({"time": "yesterday"}, "time"),
        ({"time": 7}, "time"),
        ({"system": ["desk"]}, "system"),
    ],
)
def test_who_speaks_and_when_is_named_where_it_is_wrong(
    client: TestClient, said: dict[str, Any], named: str
) -> None:
    said = {name: value for name, value in said.items() if value is not None} | {
        "about": "delivery",
        **({} if "customer" in said else {"customer": "customer:1"}),
    }
    body = {"department": "care", **said} if named != "department" else said
    found = problem(client.post("/v1/commitments", json=body), 400)
    assert [each["name"] for each in found["parameters"]] == [named]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("commitments", {"about": 7}),
        ("commitments", {}),
        ("commitments", {"about": "delivery", "abuot": "delivery"}),
        ("commitments", {"about": "delivery", "due_at": "soon"}),
        ("commitments", {"about": "delivery", "time": "2999-01-01T00:00:00Z"}),
        ("commitments", {"about": "delivery", "commitment_id": 7}),
        ("commitments/C/honour", {"commitment_id": "D"}),
        ("commitments/C/honour", {}),
        ("issues", {"topic": "noise"}),
    ],
)
def test_what_makes_no_fact(client: TestClient, address: str, said: dict[str, Any]) -> None:
    whom = {} if "honour" in address and "commitment_id" in said else {"customer": "customer:1"}
    problem(decide(client, address, **whom, **said), 400)


def test_what_is_not_there(client: TestClient) -> None:
    for address, leads_on in (
        ("commitments/NOPE/honour", "POST /v1/commitments makes it"),
        ("issues/NOPE/resolve", "POST /v1/issues opens it"),
    ):
        for headers in ({}, {"If-Match": '"3"'}, {"If-Match": "*"}):
            found = problem(decide(client, address, headers=headers), 404)
            assert found["type"] == "/problems/unknown"
            assert (found["state"], found["since"], found["remedy"]) == (None, None, leads_on)


def test_more_than_a_fact_holds(client: TestClient) -> None:
    problem(make(client, wording="a" * 300_000), 413)
    content = b'{"department": "care", "wording": "' + b"a" * 3_000_000 + b'"}'
    json = {"Content-Type": "application/json"}
    problem(client.post("/v1/commitments", content=content, headers=json), 413)


def test_content_that_is_none(client: TestClient) -> None:
    json = {"Content-Type": "application/json"}
    for text in (b"", b"[]", b'{"department": "care", "department": "it"}', b'{"a":' * 70):
        problem(client.post("/v1/commitments", content=text, headers=json), 400)
    problem(client.post("/v1/commitments", content=b"{}"), 415)


def test_one_decides_for_the_departments_of_the_key(client: TestClient) -> None:
    told(make(client, department="network"))
    found = problem(
        decide(client, "commitments/C/honour", department="billing", headers=key(CARE)), 403
    )
    assert "care, network" in found["detail"]
    told(decide(client, "commitments/C/honour", headers=key(CARE)))
    problem(decide(client, "commitments/C/reopen", headers=key(ASK)), 403)
