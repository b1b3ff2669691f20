"""What is said on standard error beside an answer, so that nobody takes it for more than it is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entrypoints.cli.demo import MARKER

if TYPE_CHECKING:
    from application.ask import answers
    from application.home import Home
    from entrypoints.cli.command import Context


def note_unknown(found: answers.UnknownValues, context: Context) -> None:
    """What was asked for and is nowhere."""
    from entrypoints.terminal.unknown import sentences

    for sentence in sentences(found):
        context.note(sentence)


def note_left_out(home: Home, context: Context) -> None:
    """Which facts are not in an answer that has no place to say so."""
    if positions := home.left_out():
        from entrypoints.terminal.left_out import sentence

        context.note(sentence(positions))


def lacking(home: Home, found: Mapping[str, Any]) -> tuple[Mapping[str, Any], Sequence[str]]:
    """An answer that says which facts it is without, and the remarks on that for people."""
    without = home.left_out()
    if not without:
        return found, ()
    from entrypoints.terminal.left_out import sentence

    return {**found, "without": [*without]}, [sentence(without)]


def note_unfinished_demo(home: Home, folder: Path, context: Context) -> None:
    """That a demo was interrupted, or is being made at this moment: answers are of a part of its
    three years."""
    try:
        marker = json.loads((folder / MARKER).read_bytes())
    except (OSError, ValueError):
        return
    if not isinstance(marker, dict) or marker.get("complete") is not False:
        return
    from application.ask import Newest, newest

    last = newest(home, Newest(as_of=context.now, since=context.now))
    told = f"told up to {last:%Y-%m-%d} only" if last else "not told yet"
    context.note(
        f"the demo in this home is not finished; of its three years it is {told}:"
        f" './pledger demo --customers {marker.get('customers')} --seed {marker.get('seed')}"
        f" --home {folder}' finishes it"
    )
