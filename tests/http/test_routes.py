"""A walk over every route there is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from entrypoints.http.openapi import document, scopes_of
from entrypoints.http.problem_pages import KINDS
from tests.helpers import ROOT
from tests.house import checkout
from tests.http.doors import NONE, client_of, door_to, problem


def operations(home: Path) -> list[tuple[str, str, str | None]]:
    """Method, path with something in its places, and scope of every route."""
    found = document(door_to(home))["paths"]
    return [
        (method.upper(), path.replace("{", "").replace("}", ""), operation["x-scope"])
        for path, methods in found.items()
        for method, operation in methods.items()
    ]


def test_every_route_declares_its_scope(home: Path) -> None:
    wrong = [
        f"{route.path}: {scopes}" for route, scopes in scopes_of(door_to(home)) if len(scopes) != 1
    ]
    assert not wrong


def test_who_has_no_key_learns_nothing(home: Path) -> None:
    with client_of(door_to(home), key="") as client:
        for method, path, scope in operations(home):
            response = client.request(method, path)
            if scope is not None:
                problem(response, 401, "unauthenticated")
                assert response.headers["www-authenticate"].startswith("Bearer")
            else:
                assert response.status_code != 401


def test_who_lacks_the_scope_learns_nothing(home: Path) -> None:
    with client_of(door_to(home), key=NONE) as client:
        for method, path, scope in operations(home):
            if scope is not None:
                problem(client.request(method, path), 403, "forbidden")


def test_every_route_refuses_what_it_does_not_know(home: Path, client: TestClient) -> None:
    for method, path, scope in operations(home):
        if scope == "ask":
            headers = {"Content-Type": "application/json"}
            response = client.request(method, f"{path}?nonsense=1", headers=headers)
            named = problem(response, 400, "parameters")["parameters"]
            assert "nonsense" in [each["name"] for each in named]


def test_every_route_has_other_methods_refused(home: Path, client: TestClient) -> None:
    for _, path, _ in operations(home):
        response = client.request("TRACE", path)
        problem(response, 405, "method")
        assert "TRACE" not in response.headers["allow"]


def kinds_told() -> Iterator[tuple[str, str]]:
    """The kinds of problems that code of this door names, and where."""
    for path in checkout.files(".py"):
        name = checkout.name(path)
        if name.startswith("entrypoints/http/"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused":
                    kind = node.args[1] if len(node.args) > 1 else None
                    if isinstance(kind, ast.Constant):
                        yield str(kind.value), f"{name}:{node.lineno}"


def test_every_kind_of_problem_has_its_page(client: TestClient) -> None:
    told = dict(kinds_told())
    assert {"too-slow", "unauthenticated"} <= told.keys()
    missing = {kind: place for kind, place in told.items() if kind not in KINDS}
    assert not missing, f"{ROOT}: describe them in entrypoints/http/problem_pages.py"
    for kind, page in KINDS.items():
        response = client.get(f"/problems/{kind}")
        assert response.headers["content-type"].startswith("text/html")
        assert page.title.replace("'", "&#x27;") in response.text
    assert all(f'href="/problems/{kind}"' in client.get("/problems").text for kind in KINDS)
    problem(client.get("/problems/nothing"), 404, "unknown")


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/promises/", "/v2/promises"])
def test_other_addresses_are_not_there(client: TestClient, path: str) -> None:
    problem(client.get(path), 404, "unknown")
