"""Bodies in JSON: of the right kind, not too deep, and taken apart so that the reader of facts
reads each part as it was written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import Request

from entrypoints.http.door import door_of
from entrypoints.http.problems import Refused

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)
_BLANK = re.compile(r"[ \t\r\n]*")
#: What a number says is read where its event is.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)


def expect_type(request: Request, *types: str) -> str:
    """The media type of a body, among these. Raises ``Refused``: 415."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in types:
        raise Refused(
            415,
            "unsupported-media-type",
            f"a body of the media type {' or '.join(types)}",
            "another one, or none",
            "name it in Content-Type",
        )
    return given


async def json_sent(request: Request) -> None:
    """What a route depends on whose body, if there is one, is JSON. Raises ``Refused``: 415, and
    400 where it is too deep."""
    if body := await request.body():
        expect_type(request, "application/json")
        expect_shallow(body, door_of(request).limits.depth)


def expect_shallow(body: bytes, depth: int) -> None:
    """Raises ``Refused`` for JSON that is nested deeper."""
    level = 0
    for token in _TOKEN.finditer(body):
        sign = token[0]
        if sign in b"[{":
            level += 1
            if level > depth:
                raise Refused(400, "wrong", f"JSON at most {depth} deep", "deeper", "flatten it")
        elif sign in b"]}":
            level -= 1


def elements(body: bytes) -> Iterator[bytes]:
    """The elements of an array in JSON, each as it is written, on one line. Raises ``Refused``."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _no_array("a byte that is no UTF-8") from None
    at = _after_blanks(text, 0)
    if text[at : at + 1] != "[":
        raise _no_array("something else")
    at = _after_blanks(text, at + 1)
    more = text[at : at + 1] != "]"
    while more:
        start = at
        try:
            _, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            raise _no_array(f"something else at character {start + 1:,}") from None
        # A line feed within a text would be no JSON.
        yield text[start:at].replace("\n", " ").replace("\r", " ").encode("utf-8", "surrogatepass")
        at = _after_blanks(text, at)
        more = text[at : at + 1] == ","
        if more:
            at = _after_blanks(text, at + 1)
    if text[at : at + 1] != "]" or _after_blanks(text, at + 1) != len(text):
        raise _no_array(f"something else at character {at + 1:,}")


def _after_blanks(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _no_array(seen: str) -> Refused:
    return Refused(400, "wrong", "an array in JSON", seen, "send one, also of a single element")


def json_array(what: str) -> Mapping[str, Any]:
    """How such a body is described."""
    items = {"type": "object", "description": "a CloudEvent in structured mode"}
    schema = {"type": "array", "items": items}
    return {
        "required": True,
        "description": what,
        "content": {"application/json": {"schema": schema}},
    }
