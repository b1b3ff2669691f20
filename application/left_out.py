"""Which facts of an embedded home are left out of its views, by word of those who run it: a stored
fact that is not as it was recorded must not keep all others from being asked about.

The positions lie in a file of the home, each with the number of what is stored there
(``ledger.sqlite.fingerprints``): where a sound copy of the ledger is put back, that word is of a
fact that is not there any more. The file is written whole and put in the place of the one before,
so a crash leaves one or the other; the views remember which positions they were made without, and
are made again where that differs.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from domain.errors import Wrong

FILE = "left-out.json"


def read_left_out(folder: Path) -> dict[int, int]:
    """The positions, in their order, and the number of each; none where no file is."""
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(
        position.isdecimal() and type(number) is int for position, number in found.items()
    ):
        raise Wrong(
            f"a list of positions in {folder / FILE}",
            "something else",
            "delete the file, and name them again: {leave positions out}",
        )
    return dict(sorted((int(position), number) for position, number in found.items()))


def write_left_out(folder: Path, positions: Mapping[int, int]) -> None:
    """Put these positions in the place of those before."""
    beside = folder / f"{FILE}.new"
    with beside.open("w", encoding="utf-8") as file:
        json.dump(positions, file)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(folder / FILE)
