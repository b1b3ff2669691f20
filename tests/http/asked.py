"""An ask of the command line, as a request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from httpx2 import QueryParams
from starlette.testclient import TestClient

#: Command -> path; {} is where its argument goes.
PATHS = {
    "promises": "/v1/promises",
    "commitment": "/v1/commitments/{}",
    "chain": "/v1/commitments/{}/chain",
    "commitments": "/v1/commitments",
    "due": "/v1/due",
    "balance": "/v1/balance",
    "customer": "/v1/customers/{}",
    "journeys": "/v1/journeys",
    "journey": "/v1/journeys/{}",
    "suspense": "/v1/suspense",
    "metrics": "/v1/metrics",
    "metric": "/v1/metrics/{}",
}


def request_of(argv: Sequence[str]) -> tuple[str, QueryParams]:
    """The path and the parameters of an ask."""
    command, *words = argv
    path = PATHS[command]
    if "{}" in path:
        path = path.format(quote(words.pop(0), safe=""))
    if "--units" in words:
        words.remove("--units")
        path += "/units"
    names = [word.removeprefix("--").replace("-", "_") for word in words[::2]]
    named = ["after_cursor" if name == "after" else name for name in names]
    return path, QueryParams(list(zip(named, words[1::2], strict=True)))


def by_request(client: TestClient) -> Callable[[Path, Sequence[str]], dict[str, Any]]:
    """The way to ask by requests, whose home is that of the client's door."""
    return lambda home, argv: answered(client, argv)


def answered(client: TestClient, argv: Sequence[str]) -> dict[str, Any]:
    """The answer to an ask that must succeed. Of a list that is not asked for in pages, all of
    it."""
    path, parameters = request_of(argv)
    response = client.get(path, params=parameters)
    assert response.status_code == 200, f"{' '.join(argv)}: {response.text}"
    found: dict[str, Any] = response.json()
    return found
