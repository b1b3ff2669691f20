"""Every question over HTTP answers what its command answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from application.embedded_home import EmbeddedHome
from tests.entrypoints.small import AS_OF, FACTS, id_of
from tests.helpers import ask, ask_lines, emit, run
from tests.http.asked import answered, request_of
from tests.http.doors import client_of, door_to, problem

#: Questions that say all that the command and the door would take for themselves otherwise.
ASKS: tuple[list[str], ...] = (
    ["promises", "--as-of", AS_OF],
    ["promises", "--as-of", AS_OF, "--by", "department", "--by", "about"],
    ["promises", "--as-of", AS_OF, "--where", "about=delivery", "--where", "department="],
    ["promises", "--as-of", AS_OF, "--by", "month_due", "--timezone", "Europe/Paris"],
    ["promises", "--as-of", AS_OF, "--known-at", "@9"],
    ["promises", "--as-of", AS_OF, "--known-at", "2020-01-01T00:00:00Z"],
    ["promises", "--as-of", AS_OF, "--due-from", "2026-01-09T00:00:00Z", "--due-to", AS_OF],
    ["commitment", "ROSE", "--as-of", AS_OF],
    ["commitment", "CALL", "--as-of", AS_OF, "--limit", "2"],
    ["chain", "LILY", "--as-of", AS_OF],
    ["commitments", "--as-of", AS_OF, "--limit", "100"],
    ["commitments", "--as-of", AS_OF, "--limit", "3", "--status", "overdue", "--status", "kept"],
    ["commitments", "--as-of", AS_OF, "--limit", "100", "--customer", "customer:77"],
    ["commitments", "--as-of", AS_OF, "--limit", "100", "--department", "kare"],
    ["due", "--as-of", AS_OF, "--within", "P7D"],
    ["balance", "--from", "2026-01-01T00:00:00Z", "--to", AS_OF, "--by", "about", "--as-of", AS_OF],
    ["customer", "customer:8412", "--as-of", AS_OF],
    ["customer", "customer:77", "--as-of", AS_OF],
    ["journeys", "--as-of", AS_OF, "--limit", "2"],
    ["journeys", "--as-of", AS_OF, "--limit", "100", "--customer", "customer:5"],
    ["journey", id_of(1), "--as-of", AS_OF],
    ["suspense", "--as-of", AS_OF, "--limit", "100"],
    ["metrics"],
    ["metrics", "--family", "word"],
    ["metric", "kept_agreed", "--as-of", AS_OF, "--by", "department"],
    ["metric", "kept_agreed", "--as-of", AS_OF, "--units", "--limit", "2"],
)


@pytest.mark.parametrize("argv", ASKS, ids=" ".join)
def test_the_same_json_as_the_command(home: Path, client: TestClient, argv: list[str]) -> None:
    assert answered(client, argv) == ask(home, argv)


def test_a_fact_keeps_extensions_with_names_of_the_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, own = tmp_path / "home", {"next": "door", "without": "sugar"}
    emit(home, [{**FACTS[0], **own}])
    monkeypatch.setattr(EmbeddedHome, "left_out", lambda home: (7,))
    with client_of(door_to(home)) as client:
        answer = client.get(f"/v1/facts/{FACTS[0]['id']}")
        assert own.items() <= answer.json().items()
        assert "Link" not in answer.headers
        assert client.get("/v1/due?within=P7D").json()["without"] == [7]


@pytest.mark.parametrize(
    "argv",
    [
        ["commitment", "NOBODYS"],
        ["chain", "NOBODYS"],
        ["customer", "customer:0"],
        ["journey", "NOBODYS"],
        ["metric", "nothing"],
    ],
)
def test_what_is_not_there(home: Path, client: TestClient, argv: list[str]) -> None:
    path, _ = request_of(argv)
    found = problem(client.get(path), 404, "unknown")
    assert f"expected {found['expected']}, saw {found['seen']}" in run(home, argv).err
    assert found["instance"] == path


def test_pages_of_facts(home: Path, client: TestClient) -> None:
    whole = ask_lines(home, ["facts"])
    found, path = [], "/v1/facts?limit=7"
    while path:
        response = client.get(path)
        page = response.json()
        found += page["facts"]
        path = response.links["next"]["url"] if page["next"] else ""
        assert ("next" in response.links) == (page["next"] is not None)
    assert found == whole
    assert len(found) == len(FACTS)


def test_facts_as_lines_with_an_end(home: Path, client: TestClient) -> None:
    response = client.get("/v1/facts", headers={"Accept": "application/x-ndjson"})
    assert response.headers["content-type"] == "application/x-ndjson"
    *lines, end = map(json.loads, response.text.splitlines())
    assert lines == ask_lines(home, ["facts"])
    assert end == {"end": True, "position": len(FACTS)}


@pytest.mark.parametrize(
    ("parameters", "argv"),
    [
        ({"type": "commitment.made"}, ["--type", "commitment.made"]),
        ({"subject": "customer:77"}, ["--subject", "customer:77"]),
        ({"ref": "order:1"}, ["--ref", "order:1"]),
        ({"from_position": "20"}, ["--from-position", "20"]),
        ({"known_at": "@4"}, ["--known-at", "@4"]),
        ({"as_of": AS_OF, "limit": "1000"}, ["--as-of", AS_OF]),
    ],
)
def test_some_of_the_facts(
    home: Path, client: TestClient, parameters: dict[str, str], argv: list[str]
) -> None:
    expected = ask_lines(home, ["facts", *argv])
    assert client.get("/v1/facts", params=parameters).json() == {"facts": expected, "next": None}


def test_one_fact(home: Path, client: TestClient) -> None:
    (third,) = ask_lines(home, ["facts", "--from-position", "3", "--limit", "1"])
    assert client.get(f"/v1/facts/{id_of(3)}").json() == third
    problem(client.get(f"/v1/facts/{id_of(3)}?known_at=@2"), 404, "unknown")
    problem(client.get(f"/v1/facts/{id_of(99)}"), 404, "unknown")
    problem(client.get("/v1/facts/nothing"), 404, "unknown")


def test_what_if(home: Path, client: TestClient, tmp_path: Path) -> None:
    policy = {
        "specversion": "1.0",
        "id": id_of(900),
        "type": "policy.published",
        "source": "/care/desk",
        "subject": "department:care",
        "time": "2025-12-01T00:00:00Z",
        "data": {
            "policy_id": "quick",
            "version": 1,
            "about": "refund",
            "due": "P2D",
            "clock_starts": "made",
        },
    }
    file = tmp_path / "rules.jsonl"
    file.write_text(json.dumps(policy), encoding="utf-8")
    argv = ["what-if", str(file), "--as-of", AS_OF, "--by", "about"]
    parameters = {"as_of": AS_OF, "by": "about"}
    spread = json.dumps([policy], indent=2)  # over several lines
    headers = {"Content-Type": "application/json"}
    response = client.post("/v1/what-if", params=parameters, content=spread, headers=headers)
    assert response.json() == ask(home, argv)
    assert response.json()["changed"] == 1
    held = {**headers, "If-None-Match": response.headers["etag"]}
    again = client.post("/v1/what-if", params=parameters, content=spread, headers=held)
    assert (again.status_code, again.content) == (304, b"")
    other = json.dumps([policy | {"time": "2025-12-02T00:00:00Z"}])
    changed = client.post("/v1/what-if", params=parameters, content=other, headers=held)
    assert changed.status_code == 200


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", "an array in JSON"),
        ("{}", "an array in JSON"),
        ("[1 2]", "an array in JSON"),
        ("[1,]", "an array in JSON"),
        ("[1] 2", "an array in JSON"),
        ("[", "an array in JSON"),
        ("[" * 65 + "]" * 65, "JSON at most 64 deep"),
        ("[]", "a policy or a calendar"),
        ("[1]", "facts that publish policies and calendars, one a line"),
        ('["\udc80"]', "an array in JSON"),
    ],
)
def test_bodies_that_are_none(client: TestClient, body: str, expected: str) -> None:
    headers = {"Content-Type": "application/json"}
    content = body.encode("utf-8", "surrogateescape")
    found = problem(client.post("/v1/what-if", content=content, headers=headers), 400, "wrong")
    assert found["expected"] == expected


def test_a_reason_for_each_line_that_is_none(client: TestClient) -> None:
    found = problem(client.post("/v1/what-if", json=[1, {}]), 400, "wrong")
    assert [note.partition(":")[0] for note in found["notes"]] == [
        "the body, line 1",
        "the body, line 2",
    ]
