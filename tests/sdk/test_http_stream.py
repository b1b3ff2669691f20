"""The worklist as it changes, followed by both clients."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from pledger_sdk.http import DoorAway, NoDoor, NotLetIn, Retries
from pledger_sdk.http.answers import DueChange
from tests.entrypoints.small import FACTS, in_batches
from tests.helpers import emit
from tests.http.server import served
from tests.sdk.doors import client_of, waiting_at
from tests.sdk.test_http_faults import problem

WITHIN = "P7D"
ROW = {
    "commitment_id": "LILY",
    "customer": "customer:5",
    "about": "delivery",
    "owner": "care",
    "agreed_due_at": "2026-03-02T12:00:00Z",
    "status": "overdue",
    "silence": 7.0,
}


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def event(id: str, **more: Any) -> bytes:
    return f"event: due\ndata: {json.dumps({**ROW, **more})}\nid: {id}\n\n".encode()


class Cut(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """Bytes, and then a connection that breaks off."""

    def __init__(self, *parts: bytes) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        yield from self._parts
        raise httpx2.ReadError("reset")

    async def __aiter__(self) -> Any:
        for each in self:
            yield each


def stream(*parts: bytes, cut: bool = False) -> httpx2.Response:
    headers = {"Content-Type": "text/event-stream; charset=utf-8"}
    if cut:
        return httpx2.Response(200, headers=headers, stream=Cut(*parts))
    return httpx2.Response(200, headers=headers, content=b"".join(parts))


Told = httpx2.Response | Exception


def answering(seen: list[httpx2.Request], *told: Told) -> Callable[..., httpx2.Response]:
    """Answers one thing after another."""

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        one = told[len(seen) - 1]
        if isinstance(one, Exception):
            raise one
        return one

    return handler


def since(seen: list[httpx2.Request]) -> list[str | None]:
    return [each.headers.get("Last-Event-ID") for each in seen]


def test_where_it_breaks_off_it_goes_on_from_the_last_line(kind: str) -> None:
    seen: list[httpx2.Request] = []
    told = (
        stream(b": ping\n\n", event("26"), event("27", left=True), b"event: due\nda", cut=True),
        httpx2.ConnectError("nobody"),
        stream(event("0:5,1:3"), event("0:6")[:-1]),
        stream(event("0:6", status="kept")),
    )
    with client_of(kind, answering(seen, *told)) as client:
        lines = client.first(4, "due_stream", WITHIN, since=25)
    assert all(isinstance(each, DueChange) for each in lines)
    assert [each.position for each in lines] == [26, 27, "0:5,1:3", "0:6"]
    assert [each.left for each in lines] == [False, True, False, False]
    assert since(seen) == ["25", "27", "27", "0:5,1:3"]
    assert len(client.slept) == 3
    assert seen[0].headers["Accept"] == "text/event-stream"
    assert seen[0].url.params["within"] == WITHIN


def test_it_ends_where_the_door_refuses_it(kind: str) -> None:
    seen: list[httpx2.Request] = []
    told = (stream(event("26")), problem(401, "unauthenticated"))
    with client_of(kind, answering(seen, *told)) as client, pytest.raises(NotLetIn):
        client.first(2, "due_stream", WITHIN)
    assert since(seen) == [None, "26"]


@pytest.mark.parametrize(
    "told",
    [
        lambda: httpx2.Response(200, text="<html>customer:8412"),
        lambda: stream(b"data: customer:8412\n\n"),
        lambda: stream(b"data: []\n\n"),
    ],
)
def test_what_is_no_worklist_is_said(kind: str, told: Callable[[], httpx2.Response]) -> None:
    with client_of(kind, answering([], told())) as client, pytest.raises(NoDoor) as found:
        client.first(1, "due_stream", WITHIN)
    assert "8412" not in f"{found.value}{found.value.__cause__}"


def test_without_retries_its_end_is_said(kind: str) -> None:
    handler = answering([], stream(event("26"), cut=True))
    once = client_of(kind, handler, retries=Retries(attempts=1))
    with once as client, pytest.raises(DoorAway, match="without end"):
        client.first(2, "due_stream", WITHIN)


def test_the_worklist_of_a_home(kind: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    for batch in in_batches():
        emit(home, batch)
    with served(home) as (_, address), waiting_at(kind, address) as client:
        first = client.first(2, "due_stream", WITHIN)
        assert [each.commitment_id for each in first] == ["LILY", "INNER"]
        assert first[-1].position == 25
        fact = {**FACTS[2], "id": FACTS[2]["id"].replace("c0de", "c0d1")}
        emit(home, [{**fact, "data": {"commitment_id": "LILY"}}])
        (line,) = client.first(1, "due_stream", WITHIN, since=first[-1].position)
        assert (line.commitment_id, line.left, line.position) == ("LILY", True, 26)
        # Who has heard of the first line alone hears of the others again.
        (again,) = client.first(1, "due_stream", WITHIN, since=first[0].position)
        assert again.commitment_id in {"LILY", "INNER"}
