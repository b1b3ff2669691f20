"""The demo that several documents ask: made once for all of them, since they only ask it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

#: A document that has this line is run beside the demo's home.
WANTED = re.compile(r"^<!-- demo -->$", re.MULTILINE)

HOME = "brumelle"
#: How readers make that home; each of the documents says so.
COMMAND = f"./pledger demo --customers 3000 --home {HOME}"


def wants_demo(document: str) -> bool:
    """Whether a document is run beside the demo's home."""
    return bool(WANTED.search(document))


def place_demo(document: str, folder: Path, request: pytest.FixtureRequest) -> None:
    """Puts the demo's home into the folder of a document that wants it."""
    if wants_demo(document):
        home: Path = request.getfixturevalue("demo")
        (folder / HOME).symlink_to(home)
