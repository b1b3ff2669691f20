"""What DuckDB says of an importer's SQL, without a word of the data.

DuckDB quotes the value that it could not cast, the row that it could not read, the names that a
header has. A message of ours may say what stands in the SQL and in the settings, and what DuckDB
always says; of all else it says how long it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import duckdb

from projections.duckdb.import_frames import FILE, LINE

#: Errors of the SQL itself, found before a row is read. They quote it, and names of columns.
_OF_SQL = (
    duckdb.ParserException,
    duckdb.CatalogException,
    duckdb.BinderException,
    duckdb.PermissionException,
    duckdb.IOException,
)
_PLACE = re.compile(r"\n\nLINE (\d+): ([^\n]*)(\n *\^+)\s*$")
#: What import_statements.py writes into the SQL, perhaps cut off.
_ADDED = re.compile(rf", {LINE} := [^,)]*, {FILE} := [^,)]*|, {LINE} :=[^)]*\.\.\.$")
_QUOTED = re.compile(r'"([^"]*)"|\'([^\']*)\'')
_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_SHORTEST = 3
#: What DuckDB says around the values that it quotes.
_PHRASES = (
    "Could not convert string",
    "Could not convert",
    "Could not parse string",
    "Could not cast value",
    "according to format specifier",
    "Failed to parse format specifier",
    "Empty format string",
    "Unrecognized format for strftime/strptime",
    "field value out of range",
    "invalid date field format",
    "invalid timestamp field format",
    "invalid time field format",
    "expected format is",
    "(YYYY-MM-DD HH:MM:SS[.US][±HH[:MM[:SS]]| ZONE])",
    "(YYYY-MM-DD)",
    "can't be cast because the value is out of range for the destination type",
    "out of range",
    "Unknown TimeZone",
    "Division by zero",
    "More than one row returned by a subquery",
    "Error when sniffing file",
    "CSV Error on Line",
    "It was not possible to",
    "with value",
    "can't be cast to the destination type",
    "Malformed JSON",
    "instant() needs a zone, such as 'Europe/Paris'",
    "when casting from source column",
)
_TYPES = (
    *("INT8", "INT16", "INT32", "INT64", "INT128", "UINT8", "UINT16", "UINT32", "UINT64"),
    *("DOUBLE", "FLOAT", "BOOL", "BOOLEAN", "DATE", "TIME", "TIMESTAMP WITH TIME ZONE"),
    *("TIMESTAMP", "INTEGER", "BIGINT", "UUID", "JSON", "VARCHAR", "INTERVAL"),
)
_DECIMAL = re.compile(r"to DECIMAL\(\d+,\d+\)")


def told(problem: Exception, sql: Sequence[str], settings: Iterable[str], lines_before: int) -> str:
    """The message of a problem in one of these texts. Where it ends with the line of the SQL that
    it is about, that is kept, and counted from the top of its file."""
    kind, _, message = str(problem).partition(": ")
    place = _PLACE.search(message)
    shown = ""
    if place is not None:
        message = message[: place.start()]
        number, line, caret = int(place[1]) + lines_before, _ADDED.sub("", place[2]), place[3]
        if any(line.removesuffix("...").removeprefix("...").strip() in text for text in sql):
            shown = f"\n\nLINE {number}: {line}" + (caret if line == place[2] else "")
    if isinstance(problem, _OF_SQL):
        return f"{kind}: {_of_sql(message, sql)}{shown}"
    return f"{kind}: {_of_data(message, sql, settings)}{shown}"


def _of_sql(message: str, sql: Sequence[str]) -> str:
    """What stands in quotes is kept if it stands in the SQL too."""

    def known(found: re.Match[str]) -> str:
        content = found[1] if found[1] is not None else found[2]
        if any(content.casefold() in text.casefold() for text in sql):
            return found[0]
        return f"[{len(content):,} characters]"

    lines = message.split("\n")
    kept = [line for line in lines if not line.startswith("Candidate")]
    first, *others = kept
    advice = [line for line in others if line.startswith("Did you mean")]
    return "\n".join(_QUOTED.sub(known, line) for line in [first, *advice])


def _of_data(message: str, sql: Sequence[str], settings: Iterable[str]) -> str:
    """The longest texts that are known, one after the other, with how long the others are."""
    literals = [found.replace("''", "'") for text in sql for found in _LITERAL.findall(text)]
    known = [*_PHRASES, *(f"to {name}" for name in _TYPES), *literals, *settings]
    known = sorted({each for each in known if len(each) >= _SHORTEST}, key=len, reverse=True)
    known_pattern = re.compile("|".join([*map(re.escape, known), _DECIMAL.pattern]))
    parts, at = [], 0
    for found in known_pattern.finditer(message):
        parts += [_unknown(message[at : found.start()]), found[0]]
        at = found.end()
    parts.append(_unknown(message[at:]))
    return re.sub(r"\s+", " ", " ".join(part for part in parts if part)).strip()


def _unknown(text: str) -> str:
    content = text.strip(" \n\"'.:,;!")
    return f"[{len(content):,} characters]" if content else ""
