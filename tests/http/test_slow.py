"""A question that takes too long: who asked is told, and its query ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import Request
from starlette.responses import JSONResponse
from starlette.testclient import TestClient

from application.home import Home
from application.one_session import one_session
from application.serving_home import ServingHome
from entrypoints.http.limits import USUAL
from tests.desk.deciding import folding_home
from tests.helpers import PATIENCE
from tests.homes import RUNTIME, embedded_home, server_home
from tests.http.doors import client_of, door_to, problem

#: One thread: who asks next is answered only when the query has ended.
LIMITS = replace(USUAL, request_s=0.3, threads=1)
FOR_EVER = {
    "duckdb": "SELECT count(*) FROM range(1000000000) AS a, range(1000000000) AS b",
    "postgres": "SELECT count(*) FROM pg_sleep(3600)",
}


@pytest.fixture(params=["embedded", "serving", "server"])
def asked(request: pytest.FixtureRequest, home: Path, tmp_path: Path) -> Iterator[tuple[Home, str]]:
    """A home of each kind, and a query that never ends there."""
    if request.param == "embedded":
        yield embedded_home(home), FOR_EVER["duckdb"]
    elif request.param == "serving":
        serving = ServingHome(home, RUNTIME, lambda sentence: None)
        yield serving, FOR_EVER["duckdb"]
        serving.close()
    else:
        make_topic: Callable[..., str] = request.getfixturevalue("make_topic")
        servers = [request.getfixturevalue(name) for name in ("broker", "postgres")]
        folder = server_home(tmp_path / "home", servers[0], make_topic(1), servers[1])
        yield folding_home(folder), FOR_EVER["postgres"]


def test_its_query_is_interrupted(asked: tuple[Home, str]) -> None:
    home, query = asked
    app, ended = door_to(home, LIMITS), threading.Event()

    @app.get("/slow")
    async def slow(request: Request) -> JSONResponse:
        def work() -> Any:
            try:
                with one_session(home) as session, session.asking(lambda done, total: None) as one:
                    return one[0].rows(query)
            finally:
                ended.set()

        return JSONResponse(await request.app.state.workers.run(work))

    with client_of(app) as client:
        refused = problem(client.get("/slow"), 503, "too-slow")
        assert "0.3 s" in refused["expected"]
        assert ended.wait(PATIENCE)
        assert _answers(client)


def test_what_has_not_begun_never_does(home: Path) -> None:
    app, begun, go_on = door_to(home, LIMITS), [0], threading.Event()

    @app.get("/slow")
    async def slow(request: Request) -> JSONResponse:
        def work() -> None:
            begun[0] += 1
            go_on.wait(PATIENCE)

        return JSONResponse(await request.app.state.workers.run(work))

    with client_of(app) as client:
        for _ in range(3):
            problem(client.get("/slow"), 503, "too-slow")
        go_on.set()
        assert _answers(client)
    assert begun == [1]


def _answers(client: TestClient) -> bool:
    """Whether the one thread is free again: it is given the time of a request."""
    until = threading.Event()
    for _ in range(100):
        if client.get("/v1/commitments").status_code == 200:
            return True
        until.wait(0.05)
    return False
