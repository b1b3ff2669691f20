"""What is said on standard error beside an answer, so that nobody takes it for more than it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from entrypoints.cli.demo import MARKER

if TYPE_CHECKING:
    from application.ask import answers
    from entrypoints.cli.command import Context


def note_unknown(found: answers.UnknownValues, context: Context) -> None:
    """What was asked for and is nowhere."""
    from entrypoints.terminal.unknown import sentences

    for sentence in sentences(found):
        context.note(sentence)


def note_unfinished_demo(folder: Path, context: Context) -> None:
    """That a demo was interrupted, or is being made at this moment: answers are of a part of it."""
    try:
        marker = json.loads((folder / MARKER).read_bytes())
    except (OSError, ValueError):
        return
    if isinstance(marker, dict) and marker.get("complete") is False:
        context.note(
            "the demo in this home is not finished, so this is about a part of it only:"
            f" './pledger demo --customers {marker.get('customers')} --seed {marker.get('seed')}"
            f" --home {folder}' finishes it"
        )
