"""Names of files that DuckDB takes as they stand. Without an import of DuckDB: who only appends to
a ledger asks too."""

from __future__ import annotations

import os
from pathlib import Path

from domain.errors import Wrong

#: DuckDB 2.0 takes what follows a question mark for options, and a backslash for a slash. It looks
#: at where a link leads.
TAKEN = "?\\"


def expect_nameable(folder: Path) -> None:
    """Raise ``Wrong`` for a folder whose files DuckDB would look for elsewhere."""
    whole = os.path.realpath(folder)
    found = [sign for sign in TAKEN if sign in whole]
    if found:
        raise Wrong(
            "a folder without ? and \\ in its whole path, in which views are kept or built",
            f"{' and '.join(found)} in {whole!r}",
            "move it or rename it, or name another place",
        )
