"""JSON on a stream of text."""

from __future__ import annotations

import json
from typing import Any, TextIO

from entrypoints.terminal.format import visible_json


def print_json(value: Any, stream: TextIO) -> None:
    """One line of JSON; instants and ids are text. Where the stream's encoding is not one of
    Unicode, what it lacks is escaped, and on a terminal what would steer it: the same JSON in
    other letters."""
    from application.json_answers import text_of

    encoding = (getattr(stream, "encoding", None) or "utf-8").lower()
    text = json.dumps(value, ensure_ascii=not encoding.startswith("utf"), default=text_of)
    stream.write((visible_json(text) if stream.isatty() else text) + "\n")
