"""The description of the door, and its page."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate
from starlette.testclient import TestClient

from entrypoints.http import openapi
from tests.entrypoints.small import AS_OF, id_of
from tests.helpers import ROOT
from tests.http.doors import door_to, problem

EXAMPLES = ROOT / "entrypoints" / "http" / "examples.json"

#: A request for each route that asks, of which the answer is the example.
ASKED = {
    "/v1/promises": "/v1/promises?by=department&where=about=delivery",
    "/v1/commitments": "/v1/commitments?status=late&limit=1",
    "/v1/commitments/{id}": "/v1/commitments/ROSE",
    "/v1/commitments/{id}/chain": "/v1/commitments/LILY/chain",
    "/v1/due": "/v1/due?within=P7D",
    "/v1/balance": f"/v1/balance?from=2026-01-01T00:00:00Z&to={AS_OF}",
    "/v1/customers/{id}": "/v1/customers/customer%3A9000",
    "/v1/journeys": "/v1/journeys?customer=customer:8412&limit=1",
    "/v1/journeys/{id}": f"/v1/journeys/{id_of(9)}",
    "/v1/suspense": "/v1/suspense?limit=1",
    "/v1/search": "/v1/search?q=order:1",
    "/v1/facts": "/v1/facts?type=identity.linked",
    "/v1/facts/{id}": f"/v1/facts/{id_of(22)}",
    "/v1/metrics/{name}": "/v1/metrics/kept_agreed",
    "/v1/metrics/{name}/units": "/v1/metrics/kept_agreed/units?limit=1",
}


def test_it_is_openapi(client: TestClient) -> None:
    found = client.get("/openapi.json").json()
    validate(found)
    assert found == openapi.document(client.app)  # type: ignore[arg-type]


def test_every_route_says_its_scope_and_what_may_go_wrong(home: Path) -> None:
    for path, operations in openapi.document(door_to(home))["paths"].items():
        for operation in operations.values():
            scope = operation["x-scope"]
            assert ("security" in operation) == (scope is not None), path
            wrong = {status for status in operation["responses"] if status > "4"}
            expected = {"400", "414", "429", "431", "500", "503"}
            expected |= {"401", "403"} if scope else set()
            assert expected <= wrong, path
            refuses = scope in {"emit", "desk"} or path.startswith("/subjects/")
            assert "422" not in operation["responses"] or refuses, path
            assert operation["description"].endswith("."), path


@pytest.mark.parametrize(
    "asked",
    [
        "/v1/facts?subject=customer:none",
        "/v1/facts?ref=order:none",
        "/v1/commitments?customer=customer:none",
        "/v1/journeys?customer=customer:none",
    ],
)
def test_what_a_question_names_and_is_not_there_is_described(
    client: TestClient, asked: str
) -> None:
    problem(client.get(asked), 404, "unknown")
    found = openapi.document(client.app)["paths"][asked.partition("?")[0]]  # type: ignore[arg-type]
    assert "application/problem+json" in found["get"]["responses"]["404"]["content"]


def test_examples_are_what_is_answered(client: TestClient) -> None:
    asking = {
        path
        for path, operations in openapi.document(client.app)["paths"].items()  # type: ignore[arg-type]
        if operations.get("get", {}).get("x-scope") == "ask"
    }
    assert asking - {"/v1/due/stream", "/v1/metrics"} <= ASKED.keys()
    answers = {path: _settled(_answer(client, request)) for path, request in ASKED.items()}
    text = json.dumps(answers, indent=1, ensure_ascii=False) + "\n"
    assert text == EXAMPLES.read_text(encoding="utf-8"), f"write into {EXAMPLES.name}:\n{text}"


def _answer(client: TestClient, request: str) -> Any:
    response = client.get(f"{request}{'&' if '?' in request else '?'}as_of={AS_OF}")
    assert response.status_code == 200, response.text
    return response.json()


def _settled(answer: Any) -> Any:
    """An answer with one instant in the place of those at which its facts were recorded."""
    if isinstance(answer, dict):
        return {
            name: AS_OF if name in {"recordedtime", "recorded_at"} else _settled(value)
            for name, value in answer.items()
        }
    return [_settled(each) for each in answer] if isinstance(answer, list) else answer


class Page(HTMLParser):
    """What a page refers to, and what it runs."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.refers: list[str] = []
        self.tags: set[str] = set()
        self.headings = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.headings += tag == "h2"
        self.refers += [value or "" for name, value in attrs if name in {"href", "src"}]
        assert not {name for name, _ in attrs} & {"style", "onclick"}


def test_its_page_needs_nothing_from_elsewhere(client: TestClient) -> None:
    page = Page(client.get("/docs").text)
    assert not page.tags & {"script", "style", "link", "img", "iframe"}
    assert all(each.startswith("/") and not each.startswith("//") for each in page.refers)
    paths = openapi.document(client.app)["paths"]  # type: ignore[arg-type]
    assert page.headings == sum(map(len, paths.values()))
