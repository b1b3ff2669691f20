"""Requests made up from the description of the door: whatever comes, the answer is one that the
description tells of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from secrets import token_bytes
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from application.serving_home import ServingHome
from entrypoints.http.callers import access_to
from entrypoints.http.openapi import document
from tests.homes import RUNTIME
from tests.http.doors import ANY, door_to

load_all_checks()

#: A stream has no end, and what is made up here can't wait for it.
ENDLESS = "/v1/due/stream"
#: What does not hold here: that a position does not come in time is told with 503; and what the
#: description calls a text, such as a key to group by, may be none that there is.
EXCLUDED = [CHECKS.get_one(name) for name in ("not_a_server_error", "positive_data_acceptance")]


def _asks(operation: dict[str, Any]) -> bool:
    places = {each["in"] for each in operation.get("parameters", ())}
    return "query" in places or "requestBody" in operation


#: Each with what can be made up of it: what asks for nothing can't be asked wrongly.
OPERATIONS = [
    (method, path, mode)
    for path, methods in document(door_to(Path("nowhere")))["paths"].items()
    for method, operation in methods.items()
    for mode in GenerationMode
    if path != ENDLESS and (mode is GenerationMode.POSITIVE or _asks(operation))
]


@pytest.fixture(scope="module")
def described(home: Path) -> Iterator[Any]:
    serving = ServingHome(home, RUNTIME, lambda sentence: None)
    with access_to(
        serving,
        clock=RUNTIME.clock,
        monotonic=RUNTIME.monotonic,
        chance=token_bytes,
        environment={},
    ) as access:
        yield schemathesis.openapi.from_asgi("/openapi.json", door_to(serving, access=access))
    serving.close()


@pytest.mark.parametrize(("method", "path", "mode"), OPERATIONS)
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
