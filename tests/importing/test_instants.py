"""``instant()`` and casts in an importer's SQL: what is read, and which line is rejected."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.duckdb.import_rows import RowsTables
from tests.importing.calls import CALLS, HOUR, rejected, select, times
from tests.importing.folders import Home, Importer


@pytest.mark.parametrize(
    ("written", "call", "read"),
    [
        ("2026-03-08 02:30", f"{HOUR}, 'America/New_York'", "2026-03-08T07:30"),  # skipped
        ("2026-03-08 02:30", f"{HOUR}, 'America/New_York', earlier := true", "2026-03-08T07:30"),
        ("2026-11-01 01:30", f"{HOUR}, 'America/New_York'", "2026-11-01T06:30"),  # comes twice
        ("2026-11-01 01:30", f"{HOUR}, 'America/New_York', earlier := true", "2026-11-01T05:30"),
        ("2026-11-01 02:30", f"{HOUR}, 'America/New_York', earlier := true", "2026-11-01T07:30"),
        ("2026-04-05 01:45", f"{HOUR}, 'Australia/Lord_Howe'", "2026-04-04T15:15"),
        ("2026-04-05 01:45", f"{HOUR}, 'Australia/Lord_Howe', earlier := true", "2026-04-04T14:45"),
        ("31.12.2026 8:05", "'%d.%m.%Y %H:%M', 'UTC'", "2026-12-31T08:05"),
        ("2026-01-01T10:00+01:00", "'%Y-%m-%dT%H:%M%z', 'UTC'", "2026-01-01T09:00"),
    ],
)
def test_a_time(importer: Importer, home: Home, written: str, call: str, read: str) -> None:
    sql = select(time=f"instant(called, {call})")
    answer = importer.run(sql, {"calls.csv": f"id,called\n1,{written}\n"})
    assert answer["rejected"] == []
    assert times(home) == [read]


BAD = "id,called\n1,2026-03-01 09:00\n2,2026-02-31 10:00\n3,\n4,noon\n5,2026-03-01 11:00\n"
NAMES = "name,id\na,1\nb,2\nc,3\nd,4\ne,5\n"
INSTANT = f"instant(called, {HOUR}, 'UTC')"
CALLED = "rows('calls.csv')"
INNER = f"(SELECT id, called FROM {CALLED})"
LAST = f"SELECT id, max({INSTANT}) AS called_at FROM {INNER} GROUP BY ALL"
MADE = f"SELECT id, {INSTANT} AS called_at FROM rows('calls.csv')"
MACRO = f"CREATE MACRO t(s) AS instant(nullif(s, '-'), {HOUR}, 'UTC');"
NESTED = f"{MACRO} CREATE MACRO u(s) AS t(trim(s)); CREATE VIEW x AS FROM rows('calls.csv');"
OF_X = f"instant(x.called, {HOUR}, 'UTC')"
JOINED = "rows('calls.csv') AS x LEFT JOIN rows('calls.csv') AS y USING (id)"


@pytest.mark.parametrize(
    ("sql", "prelude"),
    [
        (select(), ""),
        (select("x", time="called_at"), f"CREATE VIEW x AS {MADE};"),
        (select("x", time="called_at"), f"CREATE TABLE x AS {MADE};"),
        (select(time="t(called)"), MACRO),
        (select("x", time="u(called)"), NESTED),
        (select("rows('calls.csv') AS x", time=OF_X), ""),
        (f"WITH x AS ({MADE}) " + select("x", time="called_at"), ""),
        (select(JOINED, time=OF_X), ""),
        (select(f"rows('calls.csv') WHERE {INSTANT} > '1999-01-01' OR called = ''"), ""),
        (select(f"rows('calls.csv') WHERE {INSTANT} < '2099-01-01' OR called = ''"), ""),
        (select(f"rows('calls.csv') WHERE ({INSTANT} IS NULL) IS NOT NULL"), ""),
        # What a query within drops is handed on.
        (select(INNER), ""),
        (select(f"(SELECT upper(id) AS id, called FROM {INNER})"), ""),
        (select(f"{INNER} WHERE {INSTANT} > '1999-01-01' OR called = ''"), ""),
        (select("x", time="called_at"), f"CREATE TABLE x AS {MADE.replace(CALLED, INNER)};"),
        (select("x"), "CREATE VIEW x AS SELECT id, called FROM rows('calls.csv');"),
        (select("y"), f"CREATE VIEW x AS FROM {INNER}; CREATE VIEW y AS SELECT id, called FROM x;"),
        (f"WITH x AS (SELECT id, called FROM {CALLED}) " + select("(SELECT * FROM x)"), ""),
        (select(f"{INNER} WHERE id < '4'") + " UNION ALL " + select(f"{INNER} WHERE id > '3'"), ""),
        (select(f"(FROM {CALLED} SELECT id, called)"), ""),
        # The one of several tables that has the text.
        (select(f"rows('names.csv') JOIN {CALLED} USING (id)"), ""),
        (select(f"{INNER} JOIN rows('names.csv') USING (id)"), ""),
        (select(f"rows('names.csv') NATURAL JOIN {INNER}"), ""),
        # What makes one row of several.
        (select(INNER, time=f"least({INSTANT}, NULL)"), ""),
        (select(f"{INNER} GROUP BY id", time=f"min({INSTANT})"), ""),
        (
            select("x", time="t"),
            f"CREATE VIEW x AS SELECT id, max({INSTANT}) AS t FROM {INNER} GROUP BY ALL;",
        ),
    ],
)
def test_a_time_that_does_not_fit_rejects_its_line(
    importer: Importer, sql: str, prelude: str
) -> None:
    answer = importer.run(sql, {"calls.csv": BAD, "names.csv": NAMES}, prelude)
    assert rejected(answer) == [("calls.csv", 3), ("calls.csv", 5)]
    assert (answer["accepted"], answer["skipped"]) == (2, {"customer.chased": 1})


def test_a_time_that_does_not_fit_says_how_long_it_is(importer: Importer) -> None:
    answer = importer.run(select(), {"calls.csv": BAD})
    assert answer["rejected"][1]["why"] == (
        "expected a time as in %Y-%m-%d %H:%M, or an empty text, saw a text of 4 characters"
    )


def test_a_condition_does_not_hide_it(importer: Importer) -> None:
    """Neither taken for a missing time, nor gone with those that are too late."""
    for condition in (f"{INSTANT} IS NULL", f"{INSTANT} < '2026-03-01 10:00Z'"):
        sql = select(f"rows('calls.csv') WHERE {condition}", time="now()")
        answer = importer.run(sql, {"calls.csv": BAD})
        assert rejected(answer)[-2:] == [("calls.csv", 3), ("calls.csv", 5)]
        assert answer["accepted"] + len(answer["rejected"]) == 3


def test_a_row_that_is_left_out_needs_no_time(importer: Importer) -> None:
    sql = select(time=f"CASE WHEN id IN ('1', '5') THEN {INSTANT} END")
    answer = importer.run(sql, {"calls.csv": BAD})
    assert (answer["accepted"], answer["rejected"]) == (2, [])


def test_where_the_line_is_not_known_the_row_of_the_select_is(importer: Importer) -> None:
    inner = "(SELECT DISTINCT id, called FROM rows('calls.csv') ORDER BY id)"
    answer = importer.run(select(inner), {"calls.csv": BAD})
    assert rejected(answer) == [("customer.chased.sql", 2), ("customer.chased.sql", 4)]
    assert answer["accepted"] == 2


def test_and_where_it_would_be_lost_the_import_is_refused(importer: Importer) -> None:
    inner = "(SELECT DISTINCT id, called FROM rows('calls.csv'))"
    sql = select(f"{inner} WHERE {INSTANT} < '2026-03-01 10:00Z'")
    message = importer.refused(sql, {"calls.csv": BAD})
    assert "_row and _file where instant() reads" in message
    assert "hand both on from rows() to there" in message
    handed_on = sql.replace("id, called FROM", "id, called, _row, _file FROM")
    assert rejected(importer.run(handed_on, {"calls.csv": BAD})) == [
        ("calls.csv", 3),
        ("calls.csv", 5),
    ]


def test_nor_can_a_prelude_lose_it(importer: Importer) -> None:
    prelude = (
        f"CREATE TABLE x AS SELECT id, {INSTANT} AS at_"
        " FROM (SELECT DISTINCT id, called FROM rows('calls.csv'));"
    )
    message = importer.refused(select("x", time="at_"), {"calls.csv": BAD}, prelude)
    assert "(in _prelude.sql)" in message
    assert "hand both on from rows() to there" in message


CAST = "CAST(seconds AS INTEGER)"
LASTING = "id,called,seconds\n1,2026-03-01 09:00,7\n2,2026-03-01 10:00,long\n3,2026-03-01 11:00,\n"


@pytest.mark.parametrize(
    ("seconds", "rows"),
    [
        (CAST, "rows('calls.csv')"),
        ("seconds::int4", "rows('calls.csv')"),
        (f"coalesce({CAST} * 2, 0)", "(SELECT id, called, seconds FROM rows('calls.csv'))"),
        ("seconds", f"(SELECT id, called, {CAST} AS seconds FROM rows('calls.csv'))"),
        ("max(seconds::DECIMAL(9, 2))", "rows('calls.csv') GROUP BY id, called"),
        ("CAST(CAST(seconds AS DOUBLE) * 10 AS BIGINT)", "rows('calls.csv')"),
    ],
)
def test_a_cast_that_fails_rejects_its_line(importer: Importer, seconds: str, rows: str) -> None:
    sql = select(rows, key=f"id || coalesce({seconds}, 0)")
    answer = importer.run(sql, {"calls.csv": LASTING})
    assert rejected(answer) == [("calls.csv", 3), ("calls.csv", 4)]
    assert answer["accepted"] == 1
    seen = {each["why"].partition(", saw ")[2] for each in answer["rejected"]}
    assert seen == {"a text of 4 characters", "a text of 0 characters"}


def test_a_cast_of_a_text_that_is_missing_is_null(importer: Importer) -> None:
    sql = select(key="id || coalesce(CAST(nullif(seconds, '') AS INTEGER), 0)")
    answer = importer.run(sql, {"calls.csv": LASTING})
    assert (answer["accepted"], rejected(answer)) == (2, [("calls.csv", 3)])


@pytest.mark.parametrize(
    "rows",
    [
        "(SELECT DISTINCT id, called, seconds FROM rows('calls.csv'))",
        f"rows('calls.csv') WHERE {CAST} > 1",
    ],
)
def test_a_cast_that_fails_elsewhere_ends_the_import(importer: Importer, rows: str) -> None:
    sql = select(rows, key=f"id || {CAST}")
    message = importer.refused(sql, {"calls.csv": LASTING})
    assert "Could not convert string [4 characters] to" in message


def test_a_zone_that_is_missing_is_no_missing_time(importer: Importer) -> None:
    sql = select(time=f"instant(called, {HOUR}, NULL)")
    assert "instant() needs a zone" in importer.refused(sql, {"calls.csv": CALLS})


@pytest.mark.parametrize(
    ("form", "why"), [("", "Empty format string"), ("%Q", "Unrecognized format for strftime")]
)
def test_a_form_that_is_none_is_told(importer: Importer, form: str, why: str) -> None:
    sql = select(time=f"instant(called, '{form}', 'UTC')")
    message = importer.refused(sql, {"calls.csv": CALLS})
    assert "Failed to parse format specifier" in message
    assert why in message


def test_an_importer_s_own_macro_of_that_name_is_its_own(importer: Importer, home: Home) -> None:
    prelude = "CREATE MACRO instant(s) AS timezone('UTC', CAST(s AS TIMESTAMP));"
    importer.run(select(time="instant(called)"), {"calls.csv": CALLS}, prelude)
    assert times(home) == ["2026-03-01T09:00", "2026-03-01T10:00"]


ZONES = [
    *("America/New_York", "America/Sao_Paulo", "Asia/Kolkata"),
    *("Australia/Lord_Howe", "Europe/Paris"),
]
#: Days on which the clocks change, or change nowhere.
DAYS = [
    *("2017-10-15", "2018-02-18", "2026-03-08", "2026-03-29"),
    *("2026-04-05", "2026-10-04", "2026-10-25", "2026-11-01"),
]


@given(
    near=st.sampled_from(DAYS),
    minutes=st.integers(-1_440, 1_440),
    zone=st.sampled_from(ZONES),
)
def test_local_times_are_those_of_python(near: str, minutes: int, zone: str) -> None:
    """Python reads a time that is skipped by the offset before, which moves it forward by the gap;
    of one that comes twice it reads the earlier, and with ``fold`` the later."""
    local = datetime.fromisoformat(near) + timedelta(minutes=minutes)
    first, second = (local.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))
    skipped = first.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local
    later, earlier = duckdb_instants(f"{local:%Y-%m-%d %H:%M}", zone)
    assert earlier == first.timestamp()
    assert later == (first if skipped else second).timestamp()


@cache
def connection() -> duckdb.DuckDBPyConnection:
    opened = duckdb.connect()
    opened.execute("SET TimeZone = 'UTC'")
    RowsTables(opened, Path("/"), [])
    return opened


def duckdb_instants(text: str, zone: str) -> tuple[float, float]:
    """The later and the earlier instant of a local time, in seconds since 1970."""
    calls = (f"instant('{text}', {HOUR}, '{zone}'{more})" for more in ("", ", earlier := true"))
    sql = "SELECT " + ", ".join(f"epoch({call})" for call in calls)
    (found,) = connection().execute(sql).fetchall()
    return found
