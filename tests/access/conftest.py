"""The home of one promise, its door, and a client at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient

from application.access.principals import Principal
from application.embedded_home import EmbeddedHome
from entrypoints.http.app import application
from entrypoints.http.callers import Access, access_to
from entrypoints.http.door import Door
from entrypoints.http.scopes import needs
from tests.access.given import MADE, ORIGIN, Chance, Clock
from tests.helpers import emit
from tests.homes import embedded_home


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def home(tmp_path: Path) -> EmbeddedHome:
    folder = tmp_path / "home"
    emit(folder, [MADE])
    return embedded_home(folder)


@pytest.fixture
def access(home: EmbeddedHome, clock: Clock) -> Iterator[Access]:
    with access_to(
        home, clock=clock, monotonic=clock.monotonic, chance=Chance(), environment={}
    ) as access:
        yield access


@pytest.fixture
def app(home: EmbeddedHome, clock: Clock, access: Access) -> FastAPI:
    app = application(Door(home, clock, access, access=access))

    @app.post("/desk")
    def decide(who: Annotated[Principal, needs("desk")]) -> Response:
        return PlainTextResponse(who.name)

    @app.get("/page")
    def page(who: Annotated[Principal, needs("ask")]) -> Response:
        return PlainTextResponse(who.name)

    return app


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url=ORIGIN, follow_redirects=False) as client:
        yield client
