"""Methods, and the media types of answers and bodies."""

from __future__ import annotations

import asyncio

import pytest
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from entrypoints.http.guard import Guard
from entrypoints.http.limits import USUAL
from tests.entrypoints.small import AS_OF
from tests.http.doors import problem


def test_head_is_get_without_its_body(client: TestClient) -> None:
    for path in (f"/v1/promises?as_of={AS_OF}", "/v1/nothing", "/problems/wrong", "/v1/due"):
        head, get = client.head(path), client.get(path)
        assert (head.status_code, head.content) == (get.status_code, b"")
        own = {"x-request-id", "ratelimit"}
        assert {*head.headers.items()} ^ {*get.headers.items()} == {
            (name, headers[name])
            for headers in (head.headers, get.headers)
            for name in own & headers.keys()
        }


def test_methods_are_told(client: TestClient) -> None:
    response = client.options("/v1/promises")
    assert (response.status_code, response.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert client.options("/v1/what-if").headers["allow"] == "OPTIONS, POST"
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        response = client.request(method, "/v1/promises")
        problem(response, 405, "method")
        assert response.headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("application/*;q=0.5, text/html", 200),
        ("*/*", 200),
        ("text/html", 406),
        ("application/json;q=0", 406),
        ("application/x-ndjson", 406),
    ],
)
def test_media_types_of_answers(client: TestClient, accept: str, status: int) -> None:
    response = client.get("/v1/promises", headers={"Accept": accept})
    assert response.status_code == status


@pytest.mark.parametrize(
    ("accept", "lines"),
    [
        ("application/json;q=0.1, application/x-ndjson;q=0.9", True),
        ("application/json;q=0, */*", True),
        ("application/x-ndjson;q=0.5, application/*", False),
        ("*/*;q=0.1", False),
        ("application/x-ndjson; q=many, application/json;q=0.2", True),
    ],
)
def test_the_media_type_that_is_liked_best(client: TestClient, accept: str, lines: bool) -> None:
    response = client.get("/v1/facts", headers={"Accept": accept})
    assert response.headers["content-type"].startswith("application/x-ndjson") is lines


def test_a_list_may_be_on_several_lines(client: TestClient) -> None:
    several = [("Accept", "text/html"), ("Accept", "application/x-ndjson;q=0.5")]
    answer = client.get("/v1/facts", headers=several)
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    address = f"/v1/promises?as_of={AS_OF}"
    tag = client.get(address).headers["etag"]
    held = [("If-None-Match", '"other"'), ("If-None-Match", tag)]
    assert client.get(address, headers=held).status_code == 304


def test_operations_answer_in_json_alone(client: TestClient) -> None:
    for path in ("status", "quarantine", "parked", "access-records"):
        response = client.get(f"/v1/{path}", headers={"Accept": "application/xml"})
        problem(response, 406, "not-acceptable")


def test_bodies_of_operations(client: TestClient) -> None:
    for path in ("quarantine/0:1/dismiss", "parked/x/unpark"):
        for kind in ("text/plain", ""):
            response = client.post(f"/v1/{path}", content=b"{}", headers={"Content-Type": kind})
            problem(response, 415, "unsupported-media-type")
        headers = {"Content-Type": "application/json"}
        deep = b'{"reason": ' + b"[" * 65 + b"]" * 65 + b"}"
        found = problem(client.post(f"/v1/{path}", content=deep, headers=headers), 400, "wrong")
        assert found["expected"] == "JSON at most 64 deep"
        broken = client.post(f"/v1/{path}", content=b'{"reason": }', headers=headers)
        assert [one["name"] for one in problem(broken, 400, "parameters")["parameters"]] == ["body"]


def test_media_types_of_bodies(client: TestClient) -> None:
    for kind in ("text/plain", "application/xml", ""):
        response = client.post("/v1/what-if", content=b"[]", headers={"Content-Type": kind})
        problem(response, 415, "unsupported-media-type")


def test_a_reader_who_has_gone_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    async def stream(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()
        raise RuntimeError("nobody reads")

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    async def sent(message: Message) -> None:
        assert message["status"] == 200

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    with caplog.at_level("INFO", "pledger"):
        asyncio.run(Guard(stream, USUAL)(scope, gone, sent))
    assert [record.levelname for record in caplog.records] == ["INFO"]
