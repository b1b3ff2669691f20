"""Clients that write: short calls at a door, with keys that may more or less."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from application.access.principals import Principal
from application.home import Home
from entrypoints.http.app import application
from entrypoints.http.door import Door
from tests.access.given import noting
from tests.homes import RUNTIME, embedded_home
from tests.http import doors
from tests.http.given import binary, content

#: Keys: one may emit and decide for two departments, one may ask alone.
CARE, ASK = "pk_care", "pk_ask"
PRINCIPALS = {
    **doors.PRINCIPALS,
    CARE: Principal("care", frozenset({"emit", "desk"}), frozenset({"care", "network"})),
    ASK: Principal("ask", frozenset({"ask"})),
}
ONE = {"Content-Type": "application/cloudevents+json"}
BATCH = {"Content-Type": "application/cloudevents-batch+json"}


class Writers:
    """Who is known to the tests."""

    def bearer(self, token: str) -> Principal | None:
        """See ``entrypoints.http.door.Callers``."""
        return PRINCIPALS.get(token)


@contextmanager
def door(home: Path | Home, **more: Any) -> Iterator[TestClient]:
    """A client, with every scope, at the door of a home. Errors are answers, as elsewhere."""
    behind = embedded_home(home) if isinstance(home, Path) else home
    access = noting(RUNTIME.clock)
    app = application(Door(behind, RUNTIME.clock, Writers(), access=access))
    with TestClient(app, headers=key(doors.ANY), raise_server_exceptions=False, **more) as client:
        yield client


def key(token: str) -> dict[str, str]:
    """The header of a request with another key."""
    return {"Authorization": f"Bearer {token}"}


def told(answer: Any) -> dict[str, Any]:
    """The answer to a request that must succeed."""
    assert answer.status_code in {200, 202}, answer.text
    found: dict[str, Any] = answer.json()
    return found


def post(client: TestClient, part: Sequence[dict[str, Any]], dice: random.Random) -> None:
    """Post facts in one of the forms; each is accepted."""
    if len(part) > 1:
        answer = client.post("/v1/facts", content=content(*part), headers=BATCH)
    elif dice.random() < 0.5 or "data" not in part[0]:
        answer = client.post("/v1/facts", content=json.dumps(part[0]).encode(), headers=ONE)
    else:
        headers, body = binary(part[0])
        answer = client.post("/v1/facts", content=body, headers=headers)
    assert told(answer)["rejected"] == []


def problem(answer: Any, status: int) -> Mapping[str, Any]:
    """What a request was refused for, of whichever kind that is."""
    assert answer.status_code == status, answer.text
    kind = str(answer.json()["type"]).removeprefix("/problems/")
    return doors.problem(answer, status, kind)
