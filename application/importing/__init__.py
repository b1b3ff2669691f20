"""The import: a folder of SELECTs over a folder of data, into a ledger."""

from __future__ import annotations

from application.importing.run import Import, Imported, import_folder

__all__ = ["Import", "Imported", "import_folder"]
