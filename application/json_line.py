"""One line of JSON, read strictly.

The standard library reads more than JSON: NaN, a key that is there twice, numbers beyond a double,
texts that no store can keep. Here each of these is a ``NotReadable`` that names the fault, and
never quotes a value.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import Any, NoReturn

from ledger.envelope import ATTRIBUTES, FACT_LIMIT
from schemas import catalogue
from schemas.errors import describe

#: A line may be longer than its fact, since JSON can write one byte as six (``\\u0041``).
LINE_LIMIT = 2 * 1024 * 1024

#: The reason for a line on which JSON begins that goes on after it.
CUT_SHORT = (
    "expected a whole JSON object on the line, saw one that is cut short: write each event on one"
    " line (jq -c . does so)"
)

#: An object, its body, and a list in that; as JSON gives them.
_LEVELS = 3
_NESTED = (dict, list)

#: What no store can keep in a text of the body.
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")


class NotReadable(ValueError):
    """Bytes that are not one JSON object in UTF-8; the text is the reason."""


class NotKeepable(NotReadable):
    """An object in JSON, but for what no store can keep or readers would take for different
    things."""


def read_object(line: bytes) -> dict[str, object]:
    """The object on a line of UTF-8, with or without its line feed. Raises ``NotReadable``."""
    if len(line) > LINE_LIMIT:
        raise NotReadable(too_long())
    if b"\0" in line:
        raise NotReadable(
            "expected JSON in UTF-8, saw a NUL byte: is the file in UTF-16, or binary?"
        )
    try:
        text = line.decode()
    except UnicodeDecodeError as problem:
        raise NotReadable(
            f"expected UTF-8, saw a byte that is none at byte {problem.start + 1}: save the file"
            " as UTF-8"
        ) from None
    value = _decoded(text)
    if not isinstance(value, dict):
        raise NotReadable(
            f"expected one JSON object, saw {what(value)}: write one event a line (jq -c '.[]'"
            " does so for an array)"
        )
    if b"\\u" in line and (found := unkeepable(value)):
        raise NotKeepable(f"expected text that can be kept, saw {found}: remove it")
    return value


def read_objects(array: bytes) -> list[dict[str, object]] | None:
    """The objects in an array of UTF-8, read in one go, each as ``read_object`` gives it of its own
    text. None where there may be something wrong, or they are long or nested deep: who reads them
    one by one learns of which one, and what."""
    if len(array) > LINE_LIMIT:
        return None
    try:
        values = _DECODER.decode(array.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, list) or not all(map(_is_flat, values)):
        return None
    return None if b"\\u" in array and unkeepable(values) else values


def _is_flat(value: object) -> bool:
    """Whether it is an object that is nested as an event is, or less: its body, and lists in it."""
    if type(value) is not dict:
        return False
    level: list[Any] = [value]
    for _ in range(_LEVELS):
        level = [
            item
            for outer in level
            for item in (outer.values() if type(outer) is dict else outer)
            if type(item) in _NESTED
        ]
    return not level


def too_long() -> str:
    """The reason for a line beyond ``LINE_LIMIT``."""
    return (
        f"expected a line of at most {LINE_LIMIT:,} bytes (a fact has at most {FACT_LIMIT:,}),"
        " saw a longer one: keep large content elsewhere and put a reference to it in the fact"
    )


def unkeepable(value: object) -> str | None:
    """Names the first NUL or half of a surrogate pair in any text: PostgreSQL keeps no NUL, UTF-8
    no lone surrogate. JSON can smuggle both in as escapes."""
    waiting: list[object] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            found = _UNKEEPABLE.search(item)
            if found:
                return "\\u0000 (NUL)" if found[0] == "\0" else "half of a surrogate pair"
        elif isinstance(item, dict):
            waiting.extend(item)
            waiting.extend(item.values())
        elif isinstance(item, list | tuple):
            waiting.extend(item)
    return None


def what(value: object) -> str:
    """What kind of JSON value this is, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "an array" if isinstance(value, list) else "an object"


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object in which no key is there twice: a reader that takes the last one and one that takes
    the first would disagree about the fact."""
    made = dict(pairs)
    if len(made) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise NotKeepable(
            f"expected each key once in an object, saw {_key(twice)} more than once:"
            " keep one of them"
        )
    return made


def _key(name: str) -> str:
    """A key of an object in words: by its name if that is one of ours."""
    known = {field.name for type in catalogue.TYPES for field in catalogue.fields(type)}
    return f'"{name}"' if name in known or name in ATTRIBUTES else f"one ({describe(name)})"


def _no_constant(name: str) -> NoReturn:
    raise NotKeepable(
        f"expected JSON, saw {name}, which is no number there: use null or leave it out"
    )


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise NotKeepable("expected a number that a double can hold, saw one beyond 1.8e308")
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite
)


def _decoded(text: str) -> object:
    try:
        value: object = _DECODER.decode(text)
    except json.JSONDecodeError as problem:
        raise NotReadable(_not_json(text, problem)) from None
    except RecursionError:
        raise NotReadable("expected an event, saw JSON nested too deep to be one") from None
    except NotReadable:
        raise
    except ValueError:  # Python's limit on the digits of an integer
        raise NotKeepable(
            "expected numbers of a usual size, saw one of thousands of digits"
        ) from None
    return value


def _not_json(text: str, problem: json.JSONDecodeError) -> str:
    column = problem.pos + 1
    if problem.msg == "Extra data":
        return f"expected one JSON object a line, saw more text after it at column {column}"
    if problem.pos >= len(text.rstrip()) or problem.msg.startswith("Unterminated string"):
        return CUT_SHORT
    if text[problem.pos] == "\ufeff":
        return "expected JSON, saw a byte order mark: it may stand only at the start of a file"
    expected = problem.msg[0].lower() + problem.msg[1:]
    return f"expected JSON, saw something else at column {column}: {expected}"
