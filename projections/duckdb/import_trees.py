"""Trees of SQL, as DuckDB itself has them: it parses a SELECT, and writes it again
(``json_serialize_sql``), so nothing is read in another way than it means.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any

import duckdb

# The columns that are added to a SELECT are called as the arguments that are added to a call.
from projections.duckdb.import_frames import FILE, LINE
from projections.duckdb.import_rows import SCHEMA

#: A node of DuckDB's tree of a statement.
Node = dict[str, Any]


class Trees:
    """Trees of one connection. ``binds`` says whether a statement can be bound."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, binds: Callable[[str], bool]) -> None:
        self._connection = connection
        self._binds = binds
        self._numbers = count(1)
        #: Views that hand on no lines of their own: others of the same names, in another schema,
        #: do, in these columns.
        self.views: dict[str, tuple[str, str]] = {}
        self._known: dict[str, bool] = {}
        self._blank = self.parsed(f"SELECT {SCHEMA}.pledger_cast(tried := x.y), 'a'")
        self._call, self._text = self._blank["select_list"]
        (self._named,) = self._call["arguments"]

    def forget(self) -> None:
        """What was bound before may not be now, or the other way round."""
        self._known.clear()

    def is_bound(self, node: Node, ctes: Sequence[Node]) -> bool:
        """Whether a query stands, with what stands before it after WITH."""
        own = node["cte_map"]["map"]
        text = self.text({**node, "cte_map": {"map": _visible([*ctes, *own])}})
        if text not in self._known:
            self._known[text] = self._binds(text)
        return self._known[text]

    def has(self, table: Node, columns: Sequence[str], ctes: Sequence[Node]) -> bool:
        """Whether a table has these columns."""
        listed = [self.column((name,)) for name in columns]
        return self.is_bound({**self._blank, "select_list": listed, "from_table": table}, ctes)

    def column(self, names: Sequence[str], alias: str = "") -> Node:
        """A column, as in a list."""
        return {**self._named["expression"], "column_names": list(names), "alias": alias}

    def told(self, call: Node, lines: Sequence[Node]) -> Node:
        """A call that is told its line and its file."""
        named = zip((LINE, FILE), lines, strict=True)
        return {**call, "arguments": call["arguments"] + [self._argument(*each) for each in named]}

    def cast(self, cast: Node, lines: Sequence[Node]) -> Node:
        """In place of a cast, a call of the macro that writes down the line where it fails."""
        tried = {**cast, "try_cast": True, "alias": ""}
        wanted = {"kind": "STRING", "text": cast["type_expr"]["type_name"].upper()}
        text = {**self._text, "literal": wanted}
        values = {"tried": tried, "given": cast["child"], "wanted": text}
        arguments = [self._argument(*each) for each in values.items()]
        call = {**self._call, "alias": cast["alias"], "arguments": arguments}
        return self.told(call, lines)

    def _argument(self, name: str, value: Node) -> Node:
        return {**self._named, "name": name, "expression": {**value, "alias": name}}

    def new_names(self) -> tuple[str, str]:
        """Two columns that no query has."""
        number = next(self._numbers)
        return f"{LINE}_{number}", f"{FILE}_{number}"

    def text(self, tree: Node) -> str:
        """The tree as SQL. Raises ``ValueError``."""
        whole = json.dumps({"error": False, "statements": [{"node": tree, "named_param_map": []}]})
        return self._answer("SELECT json_deserialize_sql(?)", whole)

    def parsed(self, sql: str) -> Node:
        """The tree of one SELECT. Raises ``ValueError`` where DuckDB has none."""
        found = json.loads(self._answer("SELECT json_serialize_sql(?)", sql))
        if found["error"] or len(found["statements"]) != 1:
            raise ValueError("expected one SELECT")
        node: Node = found["statements"][0]["node"]
        return node

    def _answer(self, sql: str, given: str) -> str:
        try:
            ((answer,),) = self._connection.execute(sql, [given]).fetchall()
        except duckdb.Error:
            raise ValueError("expected SQL that DuckDB takes apart and puts together") from None
        return str(answer)


def expressions(node: Any) -> Iterator[Node]:
    """All expressions of a query, those of its tables left out but for the conditions of joins."""
    if isinstance(node, list):
        for each in node:
            yield from expressions(each)
    elif isinstance(node, dict):
        if "class" in node:
            yield node
        for key, value in node.items():
            if key == "from_table":
                yield from _conditions(value)
            elif key not in ("cte_map", "subquery"):
                yield from expressions(value)


def _conditions(table: Node) -> Iterator[Node]:
    if table["type"] == "JOIN":
        yield from expressions(table["condition"])
        yield from _conditions(table["left"])
        yield from _conditions(table["right"])


def _visible(ctes: Sequence[Node]) -> list[Node]:
    """Of queries of one name the last."""
    found = {each["key"].casefold(): each for each in ctes}
    return [{"key": each["key"], "value": each["value"]} for each in found.values()]
