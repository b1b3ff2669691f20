"""Requests made up from the description of the door: whatever comes, the answer is one that the
description tells of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from application.serving_home import ServingHome
from entrypoints.http.openapi import document
from tests.entrypoints.small import in_batches
from tests.helpers import emit
from tests.homes import RUNTIME
from tests.http.doors import ANY, door_to

load_all_checks()

#: A stream has no end, and what is made up here can't wait for it.
ENDLESS = "/v1/due/stream"
#: What does not hold here: that a position does not come in time is told with 503; and what the
#: description calls a text, such as a key to group by, may be none that there is.
EXCLUDED = [CHECKS.get_one(name) for name in ("not_a_server_error", "positive_data_acceptance")]


def can_be_wrong(operation: dict[str, Any]) -> bool:
    """Whether there is anything in a request that could be other than described: any text will do
    in the place of an id."""
    named = operation.get("parameters", [])
    texts = {"path": "string"}
    wrong = [one for one in named if one["schema"].get("type") != texts.get(one["in"])]
    return bool(wrong or "security" in operation or "requestBody" in operation)


CASES = [
    (method, path, mode)
    for path, methods in document(door_to(Path("nowhere")))["paths"].items()
    for method, operation in methods.items()
    for mode in GenerationMode
    if path != ENDLESS and (mode is GenerationMode.POSITIVE or can_be_wrong(operation))
]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    home = tmp_path_factory.mktemp("written") / "home"  # what is made up is written there too
    for batch in in_batches():
        emit(home, batch)
    serving = ServingHome(home, RUNTIME, lambda sentence: None)
    yield schemathesis.openapi.from_asgi("/openapi.json", door_to(serving))
    serving.close()


@pytest.mark.parametrize(("method", "path", "mode"), CASES)
def test_answers_are_as_described(
    described: Any, method: str, path: str, mode: GenerationMode
) -> None:
    @settings(
        max_examples=5,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=described[path][method].as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        if case.query:
            case.query.pop("after", None)  # what does not come is waited for
        response = case.call(headers={"Authorization": f"Bearer {ANY}"})
        assert response.status_code != 500, response.text
        case.validate_response(response, excluded_checks=EXCLUDED)

    run()
