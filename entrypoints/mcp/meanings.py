"""What the numbers and the words of an answer mean, beside it."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("meanings.toml")


@cache
def _told() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def words_of(tool: str) -> dict[str, str]:
    """The words of a tool's answers, and what each means."""
    words = _told()["words"]
    return {word: words[word] for word in _told()["said_of"].get(tool, ())}


@cache
def definitions() -> dict[str, dict[str, str | None]]:
    """The definitions of the numbers of promises, by their places in the answer."""
    from application.metrics import metrics

    registry = {one["name"]: one["definition"] for one in metrics()["metrics"]}
    return {place: registry[name] for place, name in _told()["metrics"].items()}
