"""CSV, read exactly: what a record is, what a bad one costs, and that the quick way is the exact
one."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.duckdb import csv_reader
from projections.duckdb.csv_reader import CsvReader, Dialect

Rows = list[tuple[int, list[str]]]
Rejected = list[tuple[int, str]]


def read(
    data: bytes,
    width: int,
    dialect: Dialect = Dialect(),  # noqa: B008
    *,
    cuts: Sequence[int] = (),
    largest: int = 0,
    smallest: int = 1_000_000,
    limit: int = csv_reader.RECORD_LIMIT,
) -> tuple[Rows, Rejected]:
    """All records, exactly unless ``largest`` is more than 0; ``cuts`` are sizes of chunks."""

    def chunks() -> Iterator[bytes]:
        at = 0
        for size in cuts:
            if at < len(data):
                yield data[at : at + size]
            at += size
        if at < len(data):
            yield data[at:]

    reader = CsvReader(chunks(), dialect, largest=largest, smallest=smallest, limit=limit)
    rows: Rows = []
    rejected: Rejected = []
    for block in reader.blocks(width):
        columns = [column.to_pylist() for column in block.columns]
        rows += zip(block.lines.to_pylist(), map(list, zip(*columns, strict=True)), strict=True)
        rejected += block.rejected
    return rows, rejected


def lines(data: bytes, width: int = 2) -> tuple[list[int], list[int]]:
    """The lines of the records that are read, and of those that are rejected."""
    rows, rejected = read(data, width)
    return [line for line, _ in rows], [line for line, _ in rejected]


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        (b"a,b\n", ["a", "b"]),
        (b"a,b", ["a", "b"]),
        (b"a,b\r\n", ["a", "b"]),
        (b",\n", ["", ""]),
        (b'"",""\n', ["", ""]),
        (b'"a,b","c"\n', ["a,b", "c"]),
        (b'"5"" tube","""x"""\n', ['5" tube', '"x"']),
        (b'"one\ntwo\r\nthree",b\n', ["one\ntwo\r\nthree", "b"]),
        (b'"one\rtwo",b\n', ["one\rtwo", "b"]),
        (b" a , b \n", [" a ", " b "]),
        (b"#1003,NULL\n", ["#1003", "NULL"]),
        ("é,\ufeff€\n".encode(), ["é", "\ufeff€"]),
    ],
)
def test_a_record(data: bytes, fields: list[str]) -> None:
    assert read(data, 2) == ([(1, fields)], [])
    assert read(data, 2, largest=1_000) == ([(1, fields)], [])


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        (b"x", "expected 2 fields, saw 1"),
        (b"x,y,z", "expected 2 fields, saw 3"),
        (b" ", "expected 2 fields, saw 1"),
        (b'""', "expected 2 fields, saw 1"),
        (b'"one\ntwo",y,z', "expected 2 fields, saw 3"),
        (b'x,y"y', csv_reader.STRAY_QUOTE),
        (b'x,"y"y', csv_reader.AFTER_QUOTE),
        (b'x,"y" ', csv_reader.AFTER_QUOTE),
        (b"x,y\ry", csv_reader.LONE_RETURN),
        (b"x,y\0", csv_reader.NUL),
        (b'x,"y\0"', csv_reader.NUL),
        (b"x,\xff", "expected bytes of utf-8, saw others"),
    ],
)
def test_a_bad_record_is_rejected_alone(spoilt: bytes, why: str) -> None:
    data = b"a,b\n" + spoilt + b"\nc,d\n"
    after = 3 + spoilt.count(b"\n")
    assert read(data, 2) == ([(1, ["a", "b"]), (after, ["c", "d"])], [(2, why)])


def test_an_open_quote_costs_its_own_line() -> None:
    assert lines(b'a,b\nc,"d\ne,f\ng,h\n') == ([1, 3, 4], [2])
    assert lines(b'a,b\nc,"d\ne,"f"\ng,h\n') == ([1, 3, 4], [2])
    assert lines(b'a,b\nc,"d') == ([1], [2])


def test_a_record_that_is_well_formed_costs_all_its_lines() -> None:
    """What stands in quotes is text: a customer's letter never becomes rows."""
    assert lines(b'a,b,"a letter\nx,y\n"\nc,d\n') == ([4], [1])


def test_empty_lines_are_no_records_unless_there_is_one_column() -> None:
    assert lines(b"\na,b\n\n\r\nc,d\n\n") == ([2, 5], [])
    assert read(b"a\n\nb\n", 1) == ([(1, ["a"]), (2, [""]), (3, ["b"])], [])


def test_without_a_quote_a_quote_is_text() -> None:
    assert read(b'a"b,"c\n', 2, Dialect(quote="")) == ([(1, ['a"b', '"c'])], [])


def test_any_character_delimits() -> None:
    assert read("þa;bþ§c\n".encode(), 2, Dialect("§", "þ")) == ([(1, ["a;b", "c"])], [])
    assert read(b"a\tb\n", 2, Dialect("\t")) == ([(1, ["a", "b"])], [])


def test_a_record_that_is_too_long() -> None:
    rows = [(1, ["a", "b"]), (3, ["e", "f"])]
    for quote, why in ((b"", csv_reader.TOO_LONG), (b'"', csv_reader.OPEN_QUOTE)):
        data = b"a,b\nc," + quote + b"d" * 30 + quote + b"\ne,f\n"
        assert read(data, 2, limit=20, largest=10, smallest=5) == (rows, [(2, why)])


PIECES = [
    *(b"a", b"b c", b",", b'"', b'""', b"\n", b"\r\n", b"\r", b"\0", b"\xff", b"\xc3\xa9", b";"),
    *(b"\xef\xbb\xbf", b"1,2\n", b'"x",y\n', b'"p\nq",""\n', b',"', b'",'),
]
DIALECTS = [
    Dialect(),
    Dialect(quote=""),
    Dialect(";"),
    Dialect(",", "'"),
    Dialect(",", "é"),
    Dialect("é"),
]


@given(
    data=st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join),
    cuts=st.lists(st.integers(1, 9)),
    width=st.integers(1, 3),
    dialect=st.sampled_from(DIALECTS),
    largest=st.integers(1, 60),
    smallest=st.integers(1, 30),
    limit=st.integers(8, 60),
)
def test_the_quick_way_is_the_exact_one(
    data: bytes,
    cuts: Sequence[int],
    width: int,
    dialect: Dialect,
    largest: int,
    smallest: int,
    limit: int,
) -> None:
    exactly = read(data, width, dialect, limit=limit)
    largest = min(largest, limit)
    smallest = min(smallest, largest)
    assert exactly == read(
        data, width, dialect, cuts=cuts, largest=largest, smallest=smallest, limit=limit
    )


@given(
    rows=st.lists(
        st.lists(st.text("ab,\"\n\r é'", max_size=8), min_size=2, max_size=2), max_size=20
    ),
    ending=st.sampled_from(["\n", "\r\n"]),
    largest=st.integers(1, 200),
)
def test_what_is_written_is_read(rows: list[list[str]], ending: str, largest: int) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator=ending).writerows(rows)
    found, rejected = read(written.getvalue().encode(), 2, largest=largest, smallest=1)
    assert [fields for _, fields in found] == rows
    assert rejected == []


@pytest.mark.parametrize(
    ("data", "known_as"),
    [
        (b"7,a,b,c\n", [["a", "b", "c"], ["7", "b", "c"], ["7", "a", "c"], ["7", "a", "b"]]),
        (b"a,7\n", [["", "a", "7"], ["a", "", "7"], ["a", "7", ""]]),
        (b'7,"a,b\n', [["7", "?", "?"]]),
        (b'7,"a"b,c\n', [["7", "?", "c"]]),
        (b'"7,8",a"b,"c""d"\n', [["7,8", "?", 'c"d']]),
        (b'7,"a"b,c",8\n', [["7", "?", "8"]]),
        (b'1,2,3,"a"b\n', [["?", "?", "?"]]),
        (b"7,\xff,c\r\n", [["7", "?", "c"]]),
        (b"7,\0,c\n", [["7", "?", "c"]]),
    ],
)
def test_what_is_rejected_may_be_known_by_its_fields(
    data: bytes, known_as: list[list[str]]
) -> None:
    reader = CsvReader(iter([data + b"8,y,z\n"]), Dialect())
    (block,) = reader.blocks(3, mending="?")
    columns = [column.to_pylist() for column in block.columns]
    assert list(map(list, zip(*columns, strict=True))) == [*known_as, ["8", "y", "z"]]
    assert block.lines.to_pylist() == [1] * len(known_as) + [2]
    assert [line for line, _ in block.rejected] == [1]
