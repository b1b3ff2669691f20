"""The tables that facts land in: one of all envelopes, and one for each type.

The type tables follow the wire schemas: the caller hands over each type's columns, so that this
package needs to know no codec.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from projections.sql_files import statements_of


class Column(Protocol):
    """A body field, as the schema describes it."""

    @property
    def name(self) -> str:
        """The field's name, which is the column's."""

    @property
    def kind(self) -> str:
        """One of the keys of ``SQL_TYPES``."""

    @property
    def nullable(self) -> bool:
        """Whether null is a value of it."""


#: type of fact -> its body's columns, in the order of the schema
Catalogue = Mapping[str, Sequence[Column]]

SQL_TYPES: Mapping[str, str] = {
    "string": "VARCHAR",
    "enum": "VARCHAR",
    "int": "INTEGER",
    "long": "BIGINT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMPTZ",
    "strings": "VARCHAR[]",
}

#: The envelope columns that every type table repeats, so that one table answers most questions.
ENVELOPE_COLUMNS: Mapping[str, str] = {
    "position": "BIGINT NOT NULL",
    "id": "UUID NOT NULL",
    "time": "TIMESTAMPTZ NOT NULL",
    "source": "VARCHAR NOT NULL",
    "subject": "VARCHAR NOT NULL",
}

#: Bare ids that the envelope table repeats: folds look facts up by them.
KEY_COLUMNS = ("commitment_id", "issue_id", "decision_id", "payment_id", "entitlement_id")

FACT_TABLE = statements_of(__file__)["fact"]


def table_of(fact_type: str) -> str:
    """``commitment.made`` lands in ``commitment_made``."""
    return fact_type.replace(".", "_")


def quoted(name: str) -> str:
    """A column's name as an SQL identifier; some fields are called like SQL words."""
    return '"' + name.replace('"', '""') + '"'


def type_table(fact_type: str, columns: Sequence[Column]) -> str:
    """The statement that creates the table of one type."""
    lines = [f"    {quoted(name)} {kind}" for name, kind in ENVELOPE_COLUMNS.items()]
    for column in columns:
        null = "" if column.nullable else " NOT NULL"
        lines.append(f"    {quoted(column.name)} {SQL_TYPES[column.kind]}{null}")
    body = ",\n".join(lines)
    return f"CREATE TABLE {table_of(fact_type)} (\n{body}\n)"


def statements(catalogue: Catalogue) -> list[str]:
    """All the statements that create the fact tables of an empty home."""
    return [FACT_TABLE, *(type_table(name, columns) for name, columns in catalogue.items())]
