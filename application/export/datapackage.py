"""``datapackage.json``: what each file is, by the Data Package Standard (https://datapackage.org),
version 2. What it has no name for stands under names of ours: ``unit``, ``personal``, ``from`` (the
field that a column repeats), ``facts`` and ``reads`` (what a table is made of), ``rows``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from application.export.contents import Contents, File
from application.json_answers import instant_to_text

if TYPE_CHECKING:
    from projections.dictionary.tables import Column, Table

NAME = "datapackage.json"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"

#: The type of a column by the standard, and its format where that is another than the usual one.
TYPES: Mapping[str, tuple[str, str | None]] = {
    "VARCHAR": ("string", None),
    "UUID": ("string", "uuid"),
    "SMALLINT": ("integer", None),
    "INTEGER": ("integer", None),
    "BIGINT": ("integer", None),
    "DOUBLE": ("number", None),
    "BOOLEAN": ("boolean", None),
    "TIMESTAMPTZ": ("datetime", None),
    "VARCHAR[]": ("array", None),
}
MEDIA = {
    "parquet": "application/vnd.apache.parquet",
    "csv": "text/csv",
    "json": "application/json",
    "sqlite": "application/vnd.sqlite3",
    "yaml": "application/yaml",
    "html": "text/html",
}


def datapackage(contents: Contents, files: Iterable[File], others: Mapping[str, str]) -> str:
    """The text of the file. ``others`` says what each file is that is no table."""
    tables = {contents.path_of(table): table for table in contents.tables}
    resources = [
        _resource(file)
        | (_table(tables[file["path"]]) if file["path"] in tables else _other(others, file))
        for file in files
    ]
    package = {
        "$schema": PROFILE,
        "name": "pledger-export",
        "title": "What customers lived, and what they were promised",
        "asOf": instant_to_text(contents.as_of),
        "knownAt": contents.known_at,
        "personal": contents.with_personal,
        "resources": resources,
    }
    return json.dumps(package, ensure_ascii=False, indent=1) + "\n"


def _resource(file: File) -> dict[str, Any]:
    stem, _, kind = file["path"].rpartition(".")
    found: dict[str, Any] = {
        "name": stem.replace("_", "-"),
        "path": file["path"],
        "format": kind,
        "mediatype": MEDIA[kind],
        "encoding": "utf-8",
        "bytes": file["bytes"],
        "hash": f"sha256:{file['sha256']}",
    }
    if file["rows"] is not None:
        found["rows"] = file["rows"]
    return found


def _other(others: Mapping[str, str], file: File) -> dict[str, Any]:
    return {"name": file["path"], "description": others[file["path"]]}


def _table(table: Table) -> dict[str, Any]:
    schema: dict[str, Any] = {"fields": [_field(column) for column in table.columns]}
    if table.key:
        schema["primaryKey"] = list(table.key)
    return {
        "name": table.name,
        "type": "table",
        "description": table.rows,
        "facts": list(table.facts),
        "reads": list(table.reads),
        "schema": schema,
    }


def _field(column: Column) -> dict[str, Any]:
    kind, form = TYPES[column.type]
    constraints: dict[str, Any] = {}
    if column.needed:
        constraints["required"] = True
    if column.symbols:
        constraints["enum"] = list(column.symbols)
    found = {
        "name": column.name,
        "type": kind,
        "format": form,
        "description": column.meaning,
        "unit": column.unit,
        "from": column.source,
        "personal": column.personal or None,
        "constraints": constraints or None,
    }
    return {name: value for name, value in found.items() if value is not None}
