"""The search at an earlier knowledge finds what a search found then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from projections.fold import run
from tests.entrypoints.small import AS_OF, FACTS, id_of, in_batches
from tests.helpers import emit
from tests.http.doors import client_of, door_to

TEXTS = (
    *("8412", "customer:", "77", "department:", "RO", "L", "P", "P-1"),
    *("order:2", "order:", id_of(1), id_of(9)[:8]),
)
#: What was known, and the instant that is asked about.
POSITIONS = {9: "2026-01-15T00:00:00Z", 22: AS_OF}


@pytest.fixture(scope="module")
def facts() -> list[dict[str, Any]]:
    return [fact for batch in in_batches() for fact in batch]


@pytest.fixture
def now(home: Path) -> Iterator[TestClient]:
    with client_of(door_to(home)) as client:
        yield client


def found(client: TestClient, text: str, **asked: str) -> Any:
    response = client.get("/v1/search", params={"q": text, **asked})
    assert response.status_code == 200, response.text
    return response.json()["found"]


@pytest.mark.parametrize("position", POSITIONS)
def test_it_is_what_was_found_then(
    now: TestClient, facts: list[dict[str, Any]], position: int, tmp_path: Path
) -> None:
    assert len(facts) == len(FACTS)
    emit(tmp_path / "home", facts[:position])
    as_of = POSITIONS[position]
    with client_of(door_to(tmp_path / "home")) as then:
        for text in TEXTS:
            replayed = found(now, text, as_of=as_of, known_at=f"@{position}")
            assert replayed == found(then, text, as_of=as_of), text
        few = found(now, "order:", as_of=as_of, known_at=f"@{position}", limit="2")
        assert few == found(then, "order:", as_of=as_of, limit="2")


def test_it_folds_what_it_may_find_alone(now: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_much(*given: Any, **named: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(run, "fold_keys", too_much)
    monkeypatch.setattr("projections.queries.replay.fold_keys", too_much)
    (hit,) = found(now, "LILY", as_of=AS_OF, known_at="@9")
    assert hit["id"] == "LILY"
