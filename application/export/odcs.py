"""``contract.odcs.yaml``: what whoever reads the tables may rely on, by the Open Data Contract
Standard, version 3 (https://bitol-io.github.io/open-data-contract-standard)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from application.export.contents import Contents, as_yaml
from application.json_answers import instant_to_text

if TYPE_CHECKING:
    from projections.dictionary.tables import Column, Table

NAME = "contract.odcs.yaml"
SAYS = "What whoever reads these tables may rely on, by the Open Data Contract Standard."
VERSION = "v3.1.0"
#: The version of what is promised: columns may be added without a new major version.
CONTRACT = "1.0.0"
#: The same whoever exports what.
ID = "pledger-export"

_TYPES = {
    "SMALLINT": "integer",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "TIMESTAMPTZ": "timestamp",
    "VARCHAR[]": "array",
}


def odcs(contents: Contents) -> str:
    """The text of the file."""
    contract = {
        "apiVersion": VERSION,
        "kind": "DataContract",
        "id": ID,
        "name": "Pledger export",
        "version": CONTRACT,
        "status": "active",
        "description": {
            "purpose": "What customers lived and what they were promised, for tools of data teams.",
            "usage": "Names, columns and types are stable; columns may be added.",
            "limitations": "No fact names a person at work, and nobody can be ranked by it."
            + (" It holds free text about people." if contents.with_personal else ""),
        },
        "servers": [
            {
                "server": "export",
                "type": "local",
                "path": f"./*.{contents.format}",
                "format": contents.format,
            }
        ],
        "schema": [_table(table, contents) for table in contents.tables],
        "customProperties": [
            {"property": "asOf", "value": instant_to_text(contents.as_of)},
            {"property": "knownAt", "value": contents.known_at},
        ],
    }
    return as_yaml(contract)


def _table(table: Table, contents: Contents) -> dict[str, Any]:
    return {
        "name": table.name,
        "logicalType": "object",
        "physicalName": contents.path_of(table),
        "physicalType": "file",
        "description": table.rows,
        "customProperties": [
            {"property": "facts", "value": list(table.facts)},
            {"property": "reads", "value": list(table.reads)},
        ],
        "properties": [_column(column, table) for column in table.columns],
    }


def _column(column: Column, table: Table) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": column.name,
        "logicalType": _TYPES.get(column.type, "string"),
        "physicalType": column.type.replace("UUID", "VARCHAR"),
        "description": column.meaning,
        "required": column.needed,
        "classification": "personal" if column.personal else "internal",
    }
    if column.name in table.key:
        found |= {"primaryKey": True, "primaryKeyPosition": table.key.index(column.name) + 1}
    if column.type == "UUID":
        found["logicalTypeOptions"] = {"format": "uuid"}
    if column.type == "VARCHAR[]":
        found["items"] = {"logicalType": "string", "physicalType": "VARCHAR"}
    if column.source is not None:
        found["transformSourceObjects"] = [column.source]
    if column.unit is not None:
        found["customProperties"] = [{"property": "unit", "value": column.unit}]
    return found
