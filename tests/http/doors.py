"""A door of the tests' own to a home, and clients at it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from application.access.principals import SCOPES, Principal
from application.home import Home
from entrypoints.http.app import application
from entrypoints.http.door import Door
from entrypoints.http.limits import USUAL, Limits
from tests.access.given import noting
from tests.homes import embedded_home

#: A key that may everything, and one with no scope at all.
ANY, NONE = "pk_any", "pk_none"
PRINCIPALS = {
    ANY: Principal("any", frozenset(SCOPES)),
    NONE: Principal("none", frozenset()),
}


class Known:
    """Who is known to the tests."""

    def bearer(self, token: str) -> Principal | None:
        return PRINCIPALS.get(token)


def door_to(
    home: Path | Home,
    limits: Limits = USUAL,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    **more: Any,
) -> FastAPI:
    """The application that serves a home."""
    behind = embedded_home(home) if isinstance(home, Path) else home
    with_records = {"access": noting(clock), **more}
    return application(Door(behind, clock, Known(), limits, **with_records))


def client_of(app: FastAPI, key: str = ANY) -> TestClient:
    """A client with a key. What goes wrong is an answer, as elsewhere."""
    headers = {"Authorization": f"Bearer {key}"}
    return TestClient(app, headers=headers, raise_server_exceptions=False)


def problem(response: Any, status: int, kind: str) -> dict[str, Any]:
    """What a request was refused for, in the one shape."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = response.json()
    assert found["type"] == f"/problems/{kind}", found
    assert found["status"] == status
    assert {"title", "detail", "instance"} <= found.keys()
    return found
