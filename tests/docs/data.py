"""Data sets that are not part of the project, for documents that read them."""

from __future__ import annotations

import re
from pathlib import Path

from tests.helpers import shared

#: A document that has this line reads data sets in a folder ``data``.
WANTED = re.compile(r"^<!-- data -->$", re.MULTILINE)


def place_data(document: str, folder: Path) -> None:
    """Puts the data sets into the folder of a document that wants them; skips it without them."""
    if WANTED.search(document):
        (folder / "data").symlink_to(shared("data"))
