"""JSON on a stream of text."""

from __future__ import annotations

import json
from typing import Any, TextIO


def print_json(value: Any, stream: TextIO) -> None:
    """One line of JSON. Where the stream's encoding is not one of Unicode, what it lacks is
    escaped: the same JSON in other letters."""
    encoding = (getattr(stream, "encoding", None) or "utf-8").lower()
    stream.write(json.dumps(value, ensure_ascii=not encoding.startswith("utf")) + "\n")
