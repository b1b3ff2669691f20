"""What a SELECT's columns must be is said before a row is read."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from application.errors import ImportRefused
from application.importing.columns import check_columns, kind_of
from application.importing.select_process import Column
from schemas import catalogue

GOOD = {
    "key": "VARCHAR",
    "time": "TIMESTAMP WITH TIME ZONE",
    "source": "VARCHAR",
    "subject": "VARCHAR",
    "question": "ENUM('stars', 'nps')",
    "score": "BIGINT",
    "scale_min": "UTINYINT",
    "scale_max": "HUGEINT",
    "refs": "VARCHAR[]",
}


def refusal(type: str, columns: Sequence[Column]) -> str | None:
    """What is said of the columns of a SELECT; None if nothing is."""
    try:
        check_columns("a.sql", type, columns)
    except ImportRefused as refused:
        return str(refused)
    return None


def problem(**changes: str | None) -> str | None:
    """What is said of ``GOOD`` with columns changed, added, or (None) taken out."""
    columns = {name: kind for name, kind in (GOOD | changes).items() if kind is not None}
    return refusal("feedback.given", [Column(name, kind) for name, kind in columns.items()])


def test_columns_that_fit() -> None:
    assert problem() is None
    assert problem(about_ref="UUID", comment='"NULL"', sequence="BIGINT", refs='"NULL"[]') is None
    assert problem(key="INTEGER", refs="VARCHAR[2]", time="VARCHAR") is None


def test_all_types_have_a_kind_for_each_field() -> None:
    for type in catalogue.TYPES:
        columns = [Column(name, GOOD[name]) for name in ("key", "time", "source", "subject")]
        columns += [Column(field.name, '"NULL"') for field in catalogue.fields(type)]
        assert refusal(type, columns) is None


def test_an_unknown_column_is_named_with_the_nearest() -> None:
    said = problem(scores="INTEGER")
    assert said is not None
    assert "saw scores; did you mean score?" in said
    assert problem(zzz="INTEGER", score="BIGINT") == (
        "expected columns of feedback.given (key, time, source, subject, correlationid,"
        " causationid, sequence, question, formula, score, scale_min, scale_max, about_ref,"
        " comment, refs) in a.sql, saw zzz; take it out"
    )


def test_a_column_twice() -> None:
    columns = [Column(name, kind) for name, kind in GOOD.items()]
    said = refusal("feedback.given", [*columns, Column("key", "VARCHAR")])
    assert said == "expected each column once in a.sql, saw key more than once; take one out"


@pytest.mark.parametrize("name", ["key", "time", "source", "subject", "question", "score"])
def test_a_column_that_is_missing(name: str) -> None:
    said = problem(**{name: None})
    assert said is not None
    assert said.startswith(f"expected a column {name} in a.sql, saw ")


@pytest.mark.parametrize("kind", ["TIMESTAMP", "DATE", "TIMESTAMP_NS", "TIMESTAMP_S"])
def test_an_instant_without_a_zone_is_refused_with_advice(kind: str) -> None:
    said = problem(time=kind)
    assert said is not None
    assert f"saw {kind}; say on which clock" in said
    assert "timezone('America/Sao_Paulo', " in said
    made = {"commitment_id": "VARCHAR", "about": "VARCHAR", "due_at": kind}
    envelope = [Column(name, GOOD[name]) for name in ("key", "time", "source", "subject")]
    columns = [*envelope, *(Column(*pair) for pair in made.items())]
    said = refusal("commitment.made", columns)
    assert said is not None
    assert 'in "due_at" of a.sql, saw' in said
    assert "timezone('America/Sao_Paulo', " in said


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"score": "VARCHAR"}, 'saw VARCHAR; write CAST("score" AS BIGINT)'),
        ({"score": "DECIMAL(18,2)"}, 'saw DECIMAL(18,2); write CAST("score" AS BIGINT)'),
        ({"source": "INTEGER"}, 'saw INTEGER; write CAST("source" AS VARCHAR)'),
        ({"comment": "JSON"}, "saw JSON; take it out of the JSON with ->> instead of ->"),
        ({"refs": "VARCHAR"}, 'saw VARCHAR; write CAST("refs" AS VARCHAR[])'),
        ({"refs": "INTEGER[]"}, 'saw INTEGER[]; write CAST("refs" AS VARCHAR[])'),
        ({"time": "BIGINT"}, 'saw BIGINT; write CAST("time" AS TIMESTAMPTZ)'),
        ({"about_ref": "STRUCT(a INTEGER)"}, "saw STRUCT; write CAST"),
    ],
)
def test_a_type_that_can_t_hold_the_field(changes: dict[str, str], advice: str) -> None:
    said = problem(**changes)
    assert said is not None
    assert advice in said


def test_kinds() -> None:
    assert kind_of("DECIMAL(2,1)") == "decimal"
    assert kind_of("VARCHAR[][]") == "VARCHAR[][]"
    assert kind_of("ENUM('a]', 'b')") == "text"


def test_a_name_that_stands_in_no_sql_is_not_told() -> None:
    """It comes from a header, which may be a row."""
    columns = [Column("buyer@shop.example", "VARCHAR")]
    for kind in ("commitment.made", "customer.chased"):
        with pytest.raises(ImportRefused) as refused:
            check_columns("a.sql", kind, columns, "SELECT * FROM rows('orders.csv')")
        assert "saw a column of a header, with a name of 18 characters" in str(refused.value)
