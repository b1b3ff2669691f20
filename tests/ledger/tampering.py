"""Changes of a stored ledger, as nothing of the program makes them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from ledger.sqlite.recorder import statements_in


def tamper(path: Path, *statements: str) -> None:
    """Change a ledger past everything that guards it, which is there again afterwards."""
    with closing(sqlite3.connect(path)) as other:
        for table in ("fact", "origin", "known_id"):
            for verb in ("update", "delete"):
                other.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
        for statement in statements:
            other.execute(statement)
        for statement in statements_in("tables.sql"):
            other.execute(statement)
        other.commit()
