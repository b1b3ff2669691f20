"""The one SQL text of folds and answers, told to PostgreSQL.

Texts are written for DuckDB; SQLGlot tells them to PostgreSQL once, and what it told is kept.
Lists that are written out in a text (``IN (1, 2, 3)``) are taken out first and become one array,
so that a text with another list is not another text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import sqlglot
from sqlglot import exp

#: Text sorts by code points everywhere, as it does in DuckDB, whatever the database's own order.
COLLATION = '"C"'

_NUMBERS = re.compile(r"\bIN \(((?:-?\d+(?:, )?)+)\)")
_NAMED = re.compile(r"\bIN \(((?:\$\w+(?:, )?)+)\)")
#: How a parameter is written while ``%`` is still a sign like any other.
_HELD = re.compile(r"__held_(\w+?)__held__")


class Told(NamedTuple):
    """Statements as psycopg takes them, with the values of their parameters."""

    statements: tuple[str, ...]
    parameters: dict[str, object]


def told(sql: str, parameters: Mapping[str, object] | None = None) -> Told:
    """A statement of ours in PostgreSQL's words. It may take several of them."""
    values = dict(parameters or {})

    def numbers(found: re.Match[str]) -> str:
        name = f"listed_{len(values)}"
        values[name] = [int(number) for number in found[1].split(", ")]
        return f"IN (SELECT unnest(${name}))"

    def named(found: re.Match[str]) -> str:
        names = [name.removeprefix("$") for name in found[1].split(", ")]
        values[names[0]] = [values[name] for name in names]
        for name in names[1:]:
            del values[name]
        return f"IN (SELECT unnest(${names[0]}))"

    return Told(_translated(_NAMED.sub(named, _NUMBERS.sub(numbers, sql))), values)


@lru_cache(maxsize=1024)
def _translated(sql: str) -> tuple[str, ...]:
    statement = sqlglot.parse_one(sql, read="duckdb")
    for node in reversed(list(statement.walk())):  # what is inside before what is around it
        other = _in_postgres(node)
        if other is not node:
            node.replace(other)
    text = statement.sql("postgres", unsupported_level=sqlglot.ErrorLevel.RAISE)
    text = _HELD.sub(r"%(\1)s", text.replace("%", "%%"))
    temporary = _replaced_table(statement)
    if temporary is None:
        return (text,)
    return (f"DROP TABLE IF EXISTS pg_temp.{temporary} CASCADE", text)


def _in_postgres(node: exp.Expression) -> exp.Expression:
    """What SQLGlot leaves to us, or tells in another way than we need."""
    match node:
        case exp.Placeholder():
            return exp.Var(this=f"__held_{node.name}__held__")
        case exp.In() if _unnested(node) is not None:
            # An array in one parameter: PostgreSQL looks each of its values up in an index.
            values = exp.Paren(this=_unnested(node))
            return exp.EQ(this=node.this, expression=exp.Any(this=values))
        case exp.ArrayContains():
            wanted = exp.Array(expressions=[node.expression])
            return exp.ArrayContainsAll(this=node.this, expression=wanted)
        case exp.Anonymous() if node.name.lower() == "epoch_us":
            seconds = exp.Extract(this=exp.Var(this="EPOCH"), expression=node.expressions[0])
            return exp.cast(exp.Mul(this=seconds, expression=exp.Literal.number(1_000_000)), "BIGINT")
        case exp.Anonymous() if node.name.lower() == "hash":
            return _hash(node.expressions[0])
        case exp.Cast() if node.to.is_type("TEXT"):
            return exp.Collate(this=node.copy(), expression=exp.Var(this=COLLATION))
        case exp.ColumnDef() if node.kind is not None and _is_text(node.kind):
            collated = exp.CollateColumnConstraint(this=exp.Var(this=COLLATION))
            node.append("constraints", exp.ColumnConstraint(kind=collated))
        case exp.Create() if _replaced_table(node) is not None:
            node.set("replace", False)
    return node


def _unnested(node: exp.In) -> exp.Expression | None:
    """``$values`` of ``x IN (SELECT unnest($values))``."""
    match node.args.get("query"):
        case exp.Subquery(this=exp.Select(expressions=[exp.Explode() as every])):
            return every.this
    return None


def _hash(value: exp.Expression) -> exp.Expression:
    """A number from 0 on; not DuckDB's, which nobody may rely on either."""
    hashed = exp.Anonymous(this="hashtextextended", expressions=[value, exp.Literal.number(0)])
    positive = exp.BitwiseAnd(this=hashed, expression=exp.Literal.number(2**63 - 1))
    return exp.Paren(this=positive)


def _is_text(kind: exp.DataType) -> bool:
    return bool(kind.is_type("TEXT") or kind.is_type("ARRAY"))


def _replaced_table(statement: exp.Expression) -> str | None:
    """The name of the temporary table that a statement makes in place of one that may be there.
    PostgreSQL can't say that in one statement."""
    if not isinstance(statement, exp.Create) or statement.kind != "TABLE":
        return None
    temporary = statement.find(exp.TemporaryProperty)
    return statement.find(exp.Table).name if statement.args.get("replace") and temporary else None
