"""No message of an import quotes what is in a row: each refusal that an import can give is walked
with a secret in every cell, also in the header, where a row may stand by mistake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from application.errors import ImportRefused
from schemas import catalogue
from schemas.errors import describe
from tests.importing.folders import Home, write

SECRET = "grandmother@post.example"
BASE = {
    "key": "a",
    "time": "TIMESTAMPTZ '2026-01-01 00:00:00+00'",
    "source": "'/care/phone'",
    "subject": "'customer:1'",
    "channel": "'phone'",
}


def said(home: Home, folder: Path, data: Path) -> str:
    """All that an import says, but for how the codec describes a value: its tests see to that."""
    try:
        words = json.dumps(home.run(folder, data), ensure_ascii=False)
    except ImportRefused as refused:
        words = "\n".join([str(refused), *getattr(refused, "__notes__", ())])
    return words.replace(describe(SECRET), "…")


def select(tail: str = "FROM rows('calls.csv')", **columns: str) -> str:
    listed = ", ".join(f"{sql} AS {name}" for name, sql in (BASE | columns).items())
    return f"SELECT {listed} {tail}"


ROW = f"{SECRET},{SECRET},{SECRET}\n"

#: What spoils an import whose cells all hold the secret.
SELECTS = {
    "time that is none": select(time="instant(b, '%Y', 'UTC')"),
    "time as text": select(time="b"),
    "time cast": select(time="CAST(b AS TIMESTAMPTZ)"),
    "time by strptime": select(time="timezone('UTC', strptime(b, '%Y'))"),
    "zone": select(time="instant('2026', '%Y', b)"),
    "format": select(time="instant('2026', b, 'UTC')"),
    "format that is none": select(time="instant(b, '%Y' || b || '%Q', 'UTC')"),
    "condition": select("FROM rows('calls.csv') WHERE instant(b, '%Y', 'UTC') > now()"),
    "condition out of reach": select(
        "FROM (SELECT a, b FROM rows('calls.csv')) WHERE instant(b, '%Y', 'UTC') < now()"
    ),
    "source": select(source="b"),
    "subject": select(subject="b || ' ' || b"),
    "sequence": select(sequence="repeat(b, 1000)"),
    "correlationid": select(correlationid="b || chr(7)"),
    "enum": select(channel="b"),
    "whole number": select(channel="CAST(b AS INTEGER)"),
    "decimal": select(channel="CAST(b AS DECIMAL(18, 2))"),
    "division": select(channel="CAST(1 // length(nullif(b, b)) AS VARCHAR)"),
    "error": select(channel="error('bad: ' || b)"),
    "json": select(channel="CAST(b AS JSON) ->> 'x'"),
    "list": select(refs="CAST(b AS VARCHAR[])"),
    "refs": select(refs="[b, NULL]"),
    "regular expression": select(channel="regexp_extract('a', '(' || b)"),
    "format text": select(channel="format(b || '{}{}', 1)"),
    "column of the header": select(channel="c9"),
    "column that is ambiguous": select(
        "FROM rows('calls.csv') AS x, rows('calls.csv') AS y", key="x.a"
    ),
    "file": select("FROM rows('nothing.csv')"),
    "delimiter": select("FROM rows('calls.csv', delimiter := ';;')"),
    "encoding": select("FROM rows('calls.csv', encoding := 'klingon')"),
    "wrong encoding": select("FROM rows('calls.csv', encoding := 'utf-16')"),
    "read_csv": select("FROM read_csv('broken.csv')"),
    "read_csv, strictly": select(
        "FROM read_csv('broken.csv', columns = {'a': 'INTEGER', 'b': 'DATE'}, header = true)"
    ),
    "read_json": select("FROM read_json('broken.csv')"),
    "one key twice": select(key="'same'", correlationid="_row"),
    "all columns": "SELECT * FROM rows('calls.csv')",
    "all columns beside others": select(refs="[]").replace(" FROM", ", * FROM"),
    "two rows, one column": "SELECT * EXCLUDE (_row, _file) FROM rows('calls.csv')",
    "macro": select(channel="x(b)"),
}


@pytest.mark.parametrize("name", SELECTS)
@pytest.mark.parametrize("header", ["a,b,c\n", ""], ids=["header", "no header"])
def test_no_message_quotes_a_row(home: Home, tmp_path: Path, name: str, header: str) -> None:
    sql = SELECTS[name]
    data = write(
        tmp_path / "data",
        {
            "calls.csv": header + ROW + f'{SECRET},"{SECRET}\n' + f"{SECRET},{SECRET}\n" + ROW,
            "broken.csv": header + ROW + f'{SECRET},"{SECRET}"x{SECRET}\n{SECRET}\n',
        },
    )
    folder = write(tmp_path / "calls", {"customer.chased.sql": sql})
    message = said(home, folder, data)
    assert SECRET not in message
    assert "grandmother" not in message
    assert "expected" in message


@pytest.mark.parametrize("type", catalogue.TYPES)
def test_nor_does_a_field_of_any_type(home: Home, tmp_path: Path, type: str) -> None:
    """Each field that may be a text is given the secret."""
    number = "CAST(length(b) * 1000000000000000 AS BIGINT)"
    kinds = {"int": number, "long": number, "double": number, "boolean": "b = a", "strings": "[b]"}
    fields = {field.name: kinds.get(field.kind, "b") for field in catalogue.fields(type)}
    columns = {name: sql for name, sql in BASE.items() if name != "channel"} | fields
    listed = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    folder = write(tmp_path / "calls", {f"{type}.sql": f"SELECT {listed} FROM rows('calls.csv')"})
    data = write(tmp_path / "data", {"calls.csv": "a,b,c\n" + ROW})
    assert "grandmother" not in said(home, folder, data)


def test_a_message_is_still_of_use(home: Home, tmp_path: Path) -> None:
    data = write(tmp_path / "data", {"calls.csv": "a,b,c\n" + ROW})
    sql = select() + " WHERE CAST(b AS INTEGER) > 1"
    folder = write(tmp_path / "calls", {"customer.chased.sql": sql})
    message = said(home, folder, data)
    assert "in customer.chased.sql" in message
    assert "Could not convert string [24 characters] to INT32" in message
    assert "LINE 1" in message


def test_a_cast_that_rejects_a_line_does_not_quote_it(home: Home, tmp_path: Path) -> None:
    data = write(tmp_path / "data", {"calls.csv": "a,b,c\n" + ROW})
    sql = select(time="CAST(b AS TIMESTAMPTZ)")
    folder = write(tmp_path / "calls", {"customer.chased.sql": sql})
    message = said(home, folder, data)
    assert "expected a text that can be cast to TIMESTAMPTZ, saw" in message
    assert "grandmother" not in message
