"""The one SQL text of folds and answers, translated for PostgreSQL.

Texts are written for DuckDB; SQLGlot translates each once, and the translation is cached. Lists
that are written out in a text (``IN (1, 2, 3)``) are taken out first and become one array, so that
a text with another list is not another text. Temporary tables are emptied at the end of the
transaction, which costs next to nothing: they are made once a session.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import count
from typing import NamedTuple

import sqlglot
from sqlglot import exp

#: Text sorts by code points everywhere, as it does in DuckDB, whatever the database's own order.
COLLATION = '"C"'

_NUMBERS = re.compile(r"\bIN \(((?:-?\d+(?:, )?)+)\)")
_NAMED = re.compile(r"\bIN \(((?:\$\w+(?:, )?)+)\)")
#: How a parameter is written while ``%`` is still a sign like any other.
_HELD = re.compile(r"__held_(\w+?)__held__")


class Translation(NamedTuple):
    """Statements as psycopg takes them, with the values of their parameters."""

    statements: tuple[str, ...]
    parameters: dict[str, object]


def translated(sql: str, parameters: Mapping[str, object] | None = None) -> Translation:
    """A shared statement in PostgreSQL's dialect. It may take several statements."""
    values = dict(parameters or {})
    lists = count()

    def numbers(found: re.Match[str]) -> str:
        name = f"listed_{next(lists)}"
        values[name] = [int(number) for number in found[1].split(", ")]
        return f"IN (SELECT unnest(${name}))"

    def named(found: re.Match[str]) -> str:
        names = [name.removeprefix("$") for name in found[1].split(", ")]
        together = f"{names[0]}_and_on"  # the same list may stand in a text twice
        values[together] = [values[name] for name in names]
        return f"IN (SELECT unnest(${together}))"

    return Translation(_translated(_NAMED.sub(named, _NUMBERS.sub(numbers, sql))), values)


@lru_cache(maxsize=1024)
def _translated(sql: str) -> tuple[str, ...]:
    statement = sqlglot.parse_one(sql, read="duckdb")
    # PostgreSQL can't replace a table in one statement.
    replaced = _temporary_table(statement) if statement.args.get("replace") else None
    for node in reversed(list(statement.walk())):  # what is inside before what is around it
        other = _in_postgres(node)
        if other is not node:
            node.replace(other)
    text = statement.sql("postgres", unsupported_level=sqlglot.ErrorLevel.RAISE)
    text = _HELD.sub(r"%(\1)s", text.replace("%", "%%"))
    return (f"DROP TABLE IF EXISTS pg_temp.{replaced} CASCADE", text) if replaced else (text,)


def _in_postgres(node: exp.Expr) -> exp.Expr:
    """What SQLGlot leaves as it is, or translates in another way than needed."""
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
            million = exp.Literal.number(1_000_000)
            return exp.cast(exp.Mul(this=seconds, expression=million), "BIGINT")
        case exp.Anonymous() if node.name.lower() == "hash":
            return _hash(node.expressions[0])
        case exp.Cast() if node.to.is_type("TEXT"):
            return exp.Collate(this=node.copy(), expression=exp.Var(this=COLLATION))
        case exp.ColumnDef() if node.kind is not None and _is_text(node.kind):
            collated = exp.CollateColumnConstraint(this=exp.Var(this=COLLATION))
            node.append("constraints", exp.ColumnConstraint(kind=collated))
        case exp.Insert(expression=exp.Select() as rows):
            rows.set("order", None)  # DuckDB skips what lies together; indexes find it anywhere
        case exp.Create() if _temporary_table(node) is not None:
            node.set("replace", False)
            node.args["properties"].append("expressions", exp.OnCommitProperty(delete=True))
    return node


def _unnested(node: exp.In) -> exp.Expr | None:
    """``$values`` of ``x IN (SELECT unnest($values))``."""
    match node.args.get("query"):
        case exp.Subquery(this=exp.Select(expressions=[exp.Explode() as every])):
            found: exp.Expr = every.this
            return found
    return None


def _hash(value: exp.Expr) -> exp.Expr:
    """A number from 0 on; not DuckDB's, which no text may rely on either."""
    hashed = exp.Anonymous(this="hashtextextended", expressions=[value, exp.Literal.number(0)])
    positive = exp.BitwiseAnd(this=hashed, expression=exp.Literal.number(2**63 - 1))
    return exp.Paren(this=positive)


def _is_text(kind: exp.DataType) -> bool:
    return bool(kind.is_type("TEXT") or kind.is_type("ARRAY"))


def _temporary_table(statement: exp.Expr) -> str | None:
    """The name of the temporary table that a statement makes, if it makes one."""
    if not isinstance(statement, exp.Create) or statement.kind != "TABLE":
        return None
    table = statement.find(exp.Table)
    return table.name if table and statement.find(exp.TemporaryProperty) else None
