"""The import: a folder of SELECTs over a folder of data, into a ledger."""

from __future__ import annotations

from application.importing.run import Import, Imported, import_folder
from application.importing.snapshot import Snapshot, SnapshotImported, import_snapshot

__all__ = [
    "Import",
    "Imported",
    "Snapshot",
    "SnapshotImported",
    "import_folder",
    "import_snapshot",
]
