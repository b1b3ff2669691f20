"""Facts as services post them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from tests.privacy.planted import event

_OF_BODY = {"data", "datacontenttype"}


def id_of(number: int) -> str:
    """An id of a fact."""
    return f"0195b1d8-8c00-7000-8000-{number:012}"


def made(number: int, /, **more: Any) -> dict[str, Any]:
    """A promise that care has made; ``more`` in place of attributes of the event."""
    return (
        event(
            id_of(number), "commitment.made", {"commitment_id": f"C{number}", "about": "delivery"}
        )
        | more
    )


def content(*events: Any) -> bytes:
    """Events as a batch has them."""
    return json.dumps(events, ensure_ascii=False).encode()


def binary(event: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    """The headers and the body of an event in binary mode."""
    headers = {
        f"ce-{name}": quote(str(value)) for name, value in event.items() if name not in _OF_BODY
    }
    return {**headers, "Content-Type": "application/json"}, json.dumps(event["data"]).encode()
