"""A door of the tests' own, and short calls at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from application.access.principals import SCOPES, Principal
from application.home import Home
from entrypoints.http.app import application
from entrypoints.http.door import Door
from tests.homes import RUNTIME, embedded_home

#: Keys that are known, by what their holder may do: everything; emit and decide for one department.
ANY, CARE = "pk_any", "pk_care"
PRINCIPALS = {
    ANY: Principal("any", frozenset(SCOPES)),
    CARE: Principal("care", frozenset({"emit", "desk"}), frozenset({"care", "network"})),
    "pk_ask": Principal("ask", frozenset({"ask"})),
}
ONE = {"Content-Type": "application/cloudevents+json"}
BATCH = {"Content-Type": "application/cloudevents-batch+json"}


class FewCallers:
    """Who is known to the tests."""

    def bearer(self, token: str) -> Principal | None:
        """See ``entrypoints.http.door.Callers``."""
        return PRINCIPALS.get(token)


@contextmanager
def door(home: Path | Home, **more: Any) -> Iterator[TestClient]:
    """A client, with every scope, at the door of a home. Errors are answers, as elsewhere."""
    behind = embedded_home(home) if isinstance(home, Path) else home
    app = application(Door(behind, RUNTIME.clock, FewCallers()))
    with TestClient(app, raise_server_exceptions=False, **more) as client:
        client.headers["Authorization"] = f"Bearer {ANY}"
        yield client


def key(token: str) -> dict[str, str]:
    """The header of a request with another key."""
    return {"Authorization": f"Bearer {token}"}


def told(answer: Any) -> dict[str, Any]:
    """The answer to a request that must succeed."""
    assert answer.status_code in {200, 202}, answer.text
    found: dict[str, Any] = answer.json()
    return found


def problem(answer: Any, status: int) -> Mapping[str, Any]:
    """What a request was refused for, in the one shape of errors."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["status"] == status
    assert found["type"].startswith("/problems/")
    return found
