"""Up to where the views of a folder are, in a file of a few bytes beside them: for those who wait
for that, and those who append. Without an import of DuckDB.

It is a hint. What it tells was so; a rebuild that began before, or a crash between the two files,
may have left other views since. Whoever finds it wanting opens the views.
"""

from __future__ import annotations

from pathlib import Path

_FILE = "views.position"


def told(folder: Path) -> int:
    """The position that was told last; -1 where none was."""
    try:
        return int((folder / _FILE).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return -1


def tell(folder: Path, position: int) -> None:
    """Tell that the views are up to a position: once it is so, and can be read by others."""
    (folder / _FILE).write_text(str(position), encoding="ascii")
