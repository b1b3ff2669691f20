"""How an answer is held to what was expected of it: the subset rules of the scenarios.

Every key expected must be there with that value; objects are compared key by key, numbers to
1e-9, lists in full and in order, each element again as a subset.
"""

from __future__ import annotations

from collections.abc import Iterator

TOLERANCE = 1e-9


def differences(expected: object, seen: object, path: str = "$") -> list[str]:
    """One line a difference, each with its path; nothing when ``seen`` holds all that is
    expected."""
    return list(_differences(expected, seen, path))


def _differences(expected: object, seen: object, path: str) -> Iterator[str]:
    if isinstance(expected, dict):
        if not isinstance(seen, dict):
            yield _line(path, expected, seen)
            return
        for key, value in expected.items():
            if key in seen:
                yield from _differences(value, seen[key], f"{path}.{key}")
            else:
                yield f"{path}.{key}: expected {value!r}, saw no such key among {sorted(seen)}"
    elif isinstance(expected, list):
        if not isinstance(seen, list) or len(seen) != len(expected):
            yield _line(path, expected, seen)
            return
        for index, (value, other) in enumerate(zip(expected, seen, strict=True)):
            yield from _differences(value, other, f"{path}[{index}]")
    elif not _equal(expected, seen):
        yield _line(path, expected, seen)


def _equal(expected: object, seen: object) -> bool:
    # True is 1 in Python, and not in JSON.
    if isinstance(expected, bool) or isinstance(seen, bool):
        return expected is seen
    if isinstance(expected, (int, float)) and isinstance(seen, (int, float)):
        return abs(expected - seen) <= TOLERANCE
    return type(expected) is type(seen) and expected == seen


def _line(path: str, expected: object, seen: object) -> str:
    return f"{path}: expected {expected!r}, saw {seen!r}"
