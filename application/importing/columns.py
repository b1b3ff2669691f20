"""What the columns of an importer's SELECT must be: known names, all that is required, types that
can hold what the fields hold. They are checked before a row is read."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from application.errors import ImportRefused
from application.importing.select_process import Column
from schemas import catalogue

#: The columns that are not of the body, and the kinds of type that they take.
ENVELOPE = {
    "key": ("text", "whole"),
    "time": ("instant", "text"),
    "source": ("text",),
    "subject": ("text",),
    "correlationid": ("text",),
    "causationid": ("text",),
    "sequence": ("text", "whole"),
}
_NEEDED = ("key", "time", "source", "subject")

_BODY = {
    "string": ("text",),
    "enum": ("text",),
    "strings": ("texts",),
    "int": ("whole",),
    "long": ("whole",),
    "double": ("real", "decimal", "whole"),
    "boolean": ("boolean",),
    "timestamp": ("instant", "text"),
}

_KINDS = {
    "VARCHAR": "text",
    "UUID": "text",
    "BOOLEAN": "boolean",
    "FLOAT": "real",
    "DOUBLE": "real",
    "TIMESTAMP WITH TIME ZONE": "instant",
    '"NULL"': "null",
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), "whole"),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), "whole"),
    **dict.fromkeys(
        ("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), "no zone"
    ),
}

_WANTED = {
    "text": "text (VARCHAR)",
    "texts": "a list of text (VARCHAR[])",
    "whole": "a whole number (INTEGER, BIGINT)",
    "real": "a number (DOUBLE)",
    "boolean": "BOOLEAN",
    "instant": "an instant (TIMESTAMP WITH TIME ZONE)",
}

_CASTS = {
    "text": "CAST({} AS VARCHAR)",
    "texts": "CAST({} AS VARCHAR[])",
    "whole": "CAST({} AS BIGINT)",
    "real": "CAST({} AS DOUBLE)",
    "boolean": "CAST({} AS BOOLEAN)",
    "instant": "CAST({} AS TIMESTAMPTZ)",
}


def check_columns(file: str, type: str, columns: Sequence[Column], sql: str | None = None) -> None:
    """Raises ``ImportRefused`` for the first thing that is wrong with the columns of a SELECT of
    facts of a type. With ``sql``, a name that is neither there nor in the catalogue is not told: it
    comes from the header of a file, where a row may stand by mistake."""
    fields = catalogue.fields(type)
    allowed = ENVELOPE | {field.name: _BODY[field.kind] for field in fields}
    names = [column.name for column in columns]
    told = [
        name if name in allowed or sql is None or name in sql else _hidden(name) for name in names
    ]
    for name, shown in zip(names, told, strict=True):
        if name not in allowed:
            raise _unknown(file, type, shown, [*allowed])
        if names.count(name) > 1:
            raise ImportRefused(
                f"each column once in {file}", f"{name} more than once", "take one out"
            )
    for name in (*_NEEDED, *(field.name for field in fields if field.required)):
        if name not in names:
            raise ImportRefused(f"a column {name} in {file}", ", ".join(told), _why(type, name))
    for column in columns:
        _check_type(file, column, allowed[column.name])


def kind_of(duckdb_type: str) -> str:
    """A type, as DuckDB writes it, in the words of this module; itself where there is none."""
    if duckdb_type.startswith("DECIMAL("):
        return "decimal"
    if duckdb_type.startswith("ENUM("):
        return "text"
    if duckdb_type.endswith("]"):
        item = kind_of(duckdb_type[: duckdb_type.rindex("[")])
        return "texts" if item in {"text", "null"} else duckdb_type
    return _KINDS.get(duckdb_type, duckdb_type)


def _hidden(name: str) -> str:
    return f"a column of a header, with a name of {len(name):,} characters"


def _unknown(file: str, type: str, name: str, known: Sequence[str]) -> ImportRefused:
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    advice = f"did you mean {nearest[0]}?" if nearest else "take it out"
    return ImportRefused(f"columns of {type} ({', '.join(known)}) in {file}", name, advice)


def _why(type: str, name: str) -> str:
    return {
        "key": "it is what makes the row the same row when the import runs again",
        "time": "it says when it happened",
        "source": "it says who speaks, as in '/care/phone'",
        "subject": "it says whom it is about, as in 'customer:8412'",
    }.get(name, f"every {type} has one")


def _check_type(file: str, column: Column, allowed: tuple[str, ...]) -> None:
    kind = kind_of(column.type)
    if kind in allowed or kind == "null":
        return
    name = f'"{column.name}"'
    if kind == "no zone" and "instant" in allowed:
        advice = (
            "say on which clock it was written, as in"
            f" timezone('America/Sao_Paulo', {_as_timestamp(column)})"
        )
    elif column.type == "JSON" and "text" in allowed:
        advice = "take it out of the JSON with ->> instead of ->"
    else:
        advice = "write " + _CASTS[allowed[0]].format(name)
    raise ImportRefused(f"{_WANTED[allowed[0]]} in {name} of {file}", _named(column.type), advice)


def _named(duckdb_type: str) -> str:
    """A type without the names and values that some have within, which may be of the data."""
    nested = any(word in duckdb_type for word in ("STRUCT(", "UNION(", "MAP(", "ENUM("))
    return duckdb_type.partition("(")[0] if nested else duckdb_type


def _as_timestamp(column: Column) -> str:
    name = f'"{column.name}"'
    return f"CAST({name} AS TIMESTAMP)" if column.type != "TIMESTAMP" else name
