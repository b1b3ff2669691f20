"""``rows()`` and ``instant()`` in an importer's SQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from application.importing.select_process import Found, selected
from tests.importing.calls import CALLS, rejected, select, times
from tests.importing.folders import Home, Importer, write


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("utf-8", CALLS.encode("utf-8-sig")),
        ("windows-1252", CALLS.replace("1,", "“é€”,", 1).encode("windows-1252")),
        ("utf-16", CALLS.encode("utf-16")),
        ("utf-16-be", b"\xfe\xff" + CALLS.encode("utf-16-be")),
        ("utf-32", CALLS.encode("utf-32")),
        ("shift_jis", CALLS.replace("1,", "電話,", 1).encode("shift_jis")),
        ("gb18030", CALLS.replace("1,", "电话,", 1).encode("gb18030")),
        ("Latin-1", CALLS.replace("1,", "é,", 1).encode("latin-1")),
    ],
)
def test_any_encoding(importer: Importer, encoding: str, content: bytes) -> None:
    answer = importer.run(
        select(f"rows('calls.csv', encoding := '{encoding}')"), {"calls.csv": content}
    )
    assert (answer["accepted"], answer["rejected"]) == (2, [])


def test_bytes_that_are_not_of_the_encoding_cost_their_record(importer: Importer) -> None:
    content = CALLS.encode().replace(b"2,", b"\x81,", 1)
    assert rejected(importer.run(select(), {"calls.csv": content})) == [("calls.csv", 3)]
    encoded = select("rows('calls.csv', encoding := 'windows-1252')")
    assert rejected(importer.run(encoded, {"calls.csv": content})) == [("calls.csv", 3)]


def test_another_encoding_is_named_where_the_file_says_it(importer: Importer) -> None:
    message = importer.refused(select(), {"calls.csv": CALLS.encode("utf-16")})
    assert "in the header of calls.csv" in message
    assert "encoding := 'utf-16'" in message


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("rows('calls.csv', encoding := 'klingon')", "an encoding of text that Python knows"),
        ("rows('calls.csv', encoding := 'zlib')", "an encoding of text that Python knows"),
        ("rows('calls.csv', delimiter := '||')", "one character as the delimiter"),
        ("rows('calls.csv', delimiter := chr(10))", "saw one that does, or NUL"),
        ("rows('calls.csv', quote := ',')", "one character as the quote"),
        ("rows('call.csv')", "a file that fits 'call.csv'"),
        ("rows(NULL)", "the name of a file in the data folder"),
        ("rows('calls.csv', header := NULL)", "true or false as the header"),
        ("rows('calls.csv', delimiter := NULL)", "one character as the delimiter"),
        ("rows('')", "the name of a file in the data folder"),
        ("rows('/etc/passwd')", "the name of a file in the data folder"),
        ("rows('empty.csv')", "a header in empty.csv"),
        ("rows('blank.csv')", "none in column 1"),
        ("rows('twice.csv')", "one name in columns 1 and 3"),
        ("rows('unnamed.csv')", "none in column 2"),
        ("rows('own.csv')", "_row in column 2"),
        ("rows('*s.csv')", "saw another name in column 2"),
    ],
)
def test_what_rows_refuses(importer: Importer, call: str, said: str) -> None:
    files = {
        "calls.csv": CALLS,
        "empty.csv": "",
        "blank.csv": "\nid,called\n1,2\n",
        "twice.csv": "Id,called,id\n1,2,3\n",
        "unnamed.csv": "id,,called\n1,2,3\n",
        "own.csv": "id,_row\n1,2\n",
        "others.csv": "id,when\n1,2\n",
    }
    assert said in importer.refused(select(call), files)


def test_files_by_a_pattern_each_with_its_lines(importer: Importer) -> None:
    files = {"calls_1.csv": CALLS + "3\n", "calls_2.csv": CALLS.replace("\n2", '\n4,"x\n5')}
    answer = importer.run(select("rows('calls_*.csv')", key="id || _file"), files)
    assert rejected(answer) == [("calls_1.csv", 4), ("calls_2.csv", 3)]
    assert answer["rows"]["calls_1.csv"] == {"read": 3, "used": 2, "rejected": 1}
    assert answer["rows"]["customer.chased"] == {
        "calls_1.csv": {"read": 3, "used": 2, "rejected": 1},
        "calls_2.csv": {"read": 3, "used": 2, "rejected": 1},
    }


@pytest.mark.parametrize("header", ["true", "false"])
def test_a_file_without_a_record_among_others_has_no_rows(importer: Importer, header: str) -> None:
    files: dict[str, str | bytes] = {
        "calls_1.csv": "",
        "calls_2.csv": CALLS,
        "calls_3.csv": b"\xef\xbb\xbf",
    }
    sql = select(f"rows('calls_*.csv', header := {header})", time="now()")
    if header == "false":
        sql = sql.replace("id", "c1")
    answer = importer.run(sql, files)
    assert answer["rejected"] == []
    assert answer["rows"]["calls_1.csv"] == {"read": 0, "used": 0, "rejected": 0}
    assert answer["rows"]["calls_2.csv"]["used"] == answer["accepted"] == 2 + (header == "false")


def test_without_a_header(importer: Importer) -> None:
    calls = CALLS.partition("\n")[2]
    sql = select("rows('calls.csv', header := false)", key="c1", subject="'customer:' || c1")
    answer = importer.run(sql.replace("called", "c2"), {"calls.csv": calls + "3\n"})
    assert (answer["accepted"], rejected(answer)) == (2, [("calls.csv", 3)])


def test_another_dialect(importer: Importer) -> None:
    calls = CALLS.replace(",", "\t").replace("\n1", "\n'1'")
    sql = select("rows('calls.csv', delimiter := chr(9), quote := '''')")
    assert importer.run(sql, {"calls.csv": calls})["accepted"] == 2


def test_the_line_as_a_sequence(importer: Importer, home: Home) -> None:
    importer.run(select(sequence="_row"), {"calls.csv": CALLS})
    assert [fact.sequence for fact in home.facts()] == ["2", "3"]


# --- where rows come from ------------------------------------------------------------------------


def test_a_fact_that_is_refused_is_named_by_its_line(importer: Importer) -> None:
    answer = importer.run(
        select(channel="lower(id)"), {"calls.csv": CALLS.replace("1,", "phone,", 1)}
    )
    assert rejected(answer) == [("calls.csv", 3)]
    assert answer["rejected"][0]["id"] is not None
    assert answer["rows"]["calls.csv"] == {"read": 2, "used": 1, "rejected": 1}


def test_a_row_that_is_filtered_out_is_not_used(importer: Importer) -> None:
    sql = select("rows('calls.csv') WHERE id = '1'")
    answer = importer.run(sql, {"calls.csv": CALLS})
    assert answer["rows"]["calls.csv"] == {"read": 2, "used": 1, "rejected": 0}


def test_of_joined_files_the_first_one_counts_facts(importer: Importer) -> None:
    joined = "rows('calls.csv') AS c JOIN rows('names.csv') AS n USING (id)"
    sql = select(joined, key="n.id || c.id")
    answer = importer.run(sql, {"calls.csv": CALLS, "names.csv": "id,name\n1,x\n3,y\n"})
    assert answer["rows"]["calls.csv"] == {"read": 2, "used": 1, "rejected": 0}
    assert answer["rows"]["names.csv"] == {"read": 2, "used": 2, "rejected": 0}


def test_a_record_that_several_selects_read_is_rejected_once(importer: Importer) -> None:
    selects = {"customer.chased.a.sql": select(), "customer.chased.b.sql": select()}
    answer = importer.run(selects, {"calls.csv": CALLS + "3\n"})
    assert (answer["accepted"], rejected(answer)) == (4, [("calls.csv", 4)])
    assert answer["rows"]["calls.csv"] == {"read": 3, "used": 2, "rejected": 1}


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("{}", 4),
        ("{} UNION ALL {}", 8),
        ("{} UNION {}", 2),
        ("{} UNION ALL {} UNION {}", 2),
        ("{} INTERSECT {}", 2),
        ("SELECT DISTINCT * FROM ({})", 2),
        ("SELECT key, max(time) AS time FROM ({}) GROUP BY ALL", 2),
        ("FROM ({}) SELECT key", 4),
        ("{} ORDER BY 1 DESC LIMIT 1", 1),
    ],
)
def test_lines_change_nothing_in_what_a_select_says(tmp_path: Path, sql: str, rows: int) -> None:
    """Two records, each twice: on lines of their own, and else the same."""
    data = write(tmp_path / "data", {"calls.csv": CALLS + CALLS.partition("\n")[2]})
    with selected({"a.sql": sql.replace("{}", select())}, data, variables={}) as found:
        count = sum(len(each.batch) for each in found.batches if isinstance(each, Found))
    assert count == rows


def test_a_large_file_is_read_in_windows(importer: Importer) -> None:
    calls = "".join(f'{n},2026-03-01 09:00,"{"x" * 300}\n"\n' for n in range(10_000))
    bad = calls.replace("\n5000,", '\n5000,"x"y,').replace("\n7000,2026", "\n7000,1,2026")
    answer = importer.run(select(), {"calls.csv": "id,called,note\n" + bad})
    assert answer["accepted"] == 9_998
    lines = {line: why for (_, line), why in zip(rejected(answer), answer["rejected"], strict=True)}
    assert {2 * 5000 + 2, 2 * 7000 + 2} <= set(lines)


@pytest.mark.parametrize("where", ["", " WHERE called > '2026'"])
def test_lines_that_a_table_of_the_prelude_keeps(
    importer: Importer, home: Home, where: str
) -> None:
    """The table is made again without them; to run the SELECT again would never end."""
    content = CALLS + "3,nonsense\n4,\n5,2026-13-01 10:00\n"
    prelude = "CREATE TABLE calls AS FROM rows('calls.csv'); CREATE VIEW v AS FROM calls;"
    answer = importer.run(select(f"v{where}"), {"calls.csv": content}, prelude)
    assert rejected(answer) == [("calls.csv", 4), ("calls.csv", 6)]
    assert answer["accepted"] == 2
    assert len(times(home)) == 2


def test_lines_of_a_file_that_nothing_reads(importer: Importer) -> None:
    made_up = "(SELECT 'x' AS id, 'nonsense' AS called, 5 AS _row, 'calls.csv' AS _file)"
    assert "rows that may be left out" in importer.refused(select(made_up), {"calls.csv": CALLS})
