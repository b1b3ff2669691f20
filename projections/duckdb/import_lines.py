"""SELECTs of an importer, told which line of its data each row is made of.

SELECTs need not name ``_row`` for that. Lines come from ``rows()``, as ``_row`` and ``_file``. Each
query within the SELECT hands them on, as two more columns that nobody else sees: stars leave them
out, their names are their own. Each call of ``instant()``, or of a macro that calls it, and each
cast of a text is given the line of the table that its text is of. Where lines would change what a
query says, since it makes one row of several, it hands none on. Whether a change can be, DuckDB
says when it binds the query. A SELECT that could see the columns in another way (a table as one
value, PIVOT) stays as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import duckdb

# The columns that are added to a SELECT are called as the arguments that are added to a call.
from projections.duckdb.import_frames import LINE
from projections.duckdb.import_rows import SCHEMA
from projections.duckdb.import_trees import Node, Trees, expressions

#: What becomes of a node that is told its line and its file.
Change = Callable[[Node, Sequence[Node]], Node]

#: The types to which a text is cast, where it can be other text than that.
_CASTS = frozenset(
    {
        *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL"),
        *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT", "BOOLEAN", "UUID"),
        *("DATE", "TIME", "TIME WITH TIME ZONE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"),
        *("TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "INTERVAL"),
    }
)


class Located(NamedTuple):
    """A SELECT whose calls are told their lines, which is as it was where there are none; the same
    with two more columns, a row's line and its file, if there are such; and what these are
    called."""

    sql: str
    with_lines: str | None
    names: tuple[str, str]


class _Table(NamedTuple):
    """A table after FROM, by the name that columns of it have before the point. ``lines`` are the
    columns that say where a row comes from, if it has them."""

    name: str
    node: Node
    lines: tuple[str, str] | None


class _Seen(Exception):
    """What a SELECT says could change: it may see the columns that are added."""


class _Scope(NamedTuple):
    """What the expressions of a query see: its tables, and the columns that it names."""

    tables: Sequence[_Table]
    named: dict[str, Node]
    ctes: Sequence[Node]


class _Edit(NamedTuple):
    """A node as it was, and as it is to be."""

    node: Node
    before: Node
    after: Node

    def apply(self) -> None:
        """Makes it what it is to be."""
        self.node.clear()
        self.node.update(self.after)

    def undo(self) -> None:
        """Makes it what it was."""
        self.node.clear()
        self.node.update(self.before)


def located(
    trees: Trees, sql: str, macros: set[str], names: tuple[str, str] | None = None
) -> Located | None:
    """A SELECT in which each call of one of the macros is given its line; ``names`` are those
    of the columns that are added. None where that can't be."""
    names = names or trees.new_names()
    trees.forget()
    try:
        tree = trees.parsed(sql)
        given = _Giving(trees, macros, _last_names(tree))
        lines = given.query(tree, ())
        whole = None
        if lines is not None:
            _name_last(tree, names)
            whole = trees.text(tree)
            _name_last(tree, None)
        return Located(trees.text(tree) if given.gave else sql, whole, names)
    except (ValueError, _Seen):
        return None


class _Giving:
    """Changes a tree in place; ``read`` are the names of all columns that it reads."""

    def __init__(self, trees: Trees, macros: set[str], read: set[str]) -> None:
        self._trees = trees
        self._macros = macros
        self._read = read
        self.gave = False

    def query(self, node: Node, ctes: Sequence[Node]) -> tuple[str, str] | None:
        """The names of the two columns that a query hands on, if it does."""
        ctes = [*ctes, *self._with(node, ctes)]
        if node["type"] == "SELECT_NODE":
            return self._select(node, ctes)
        if node["type"] != "SET_OPERATION_NODE":
            if any(each["lines"] for each in ctes):
                raise _Seen
            return None
        found = [self.query(each, ctes) for each in node["children"]]
        if node["setop_type"] == "UNION" and node["setop_all"] and None not in found:
            return found[0]
        for each, lines in zip(node["children"], found, strict=True):
            if lines is not None:
                _name_last(each, None)
        return None

    def _with(self, node: Node, ctes: Sequence[Node]) -> Sequence[Node]:
        known: list[Node] = []
        for each in node["cte_map"]["map"]:
            each["lines"] = self.query(each["value"]["query_node"], [*ctes, *known])
            known.append(each)
        return known

    def _select(self, node: Node, ctes: Sequence[Node]) -> tuple[str, str] | None:
        tables = list(self._tables(node["from_table"], ctes))
        self._hide(node, tables)
        named = {each["alias"].casefold(): each for each in node["select_list"] if each["alias"]}
        # One that reads columns of the query that it stands in is bound with that alone.
        alone = self._trees.is_bound(node, ctes)
        self._give(node, _Scope(tables, named, ctes), alone)
        return self._hand_on(node, tables, ctes) if alone else None

    def _tables(self, node: Node, ctes: Sequence[Node]) -> Iterator[_Table]:
        """The tables of FROM, those in brackets made to hand on their lines."""
        kind = node["type"]
        if kind == "JOIN":
            left, right = (list(self._tables(node[side], ctes)) for side in ("left", "right"))
            both = {each.lines for each in left} & {each.lines for each in right}
            if node["ref_type"] == "NATURAL" and any(each and LINE in each[0] for each in both):
                raise _Seen  # one query, joined with itself by its lines, too
            yield from left if node["join_type"] in ("SEMI", "ANTI") else (*left, *right)
        elif kind == "SUBQUERY":
            node["alias"] = node["alias"] or self._trees.new_names()[0]
            lines = self.query(node["subquery"]["node"], ctes) or self._lines(node, "", ctes)
            yield _Table(node["alias"], node, lines)
        elif kind == "BASE_TABLE":
            own = node["table_name"]
            node["alias"] = node["alias"] or own
            yield _Table(node["alias"], node, self._lines(node, own.casefold(), ctes))
        elif kind == "TABLE_FUNCTION":
            lines = self._lines(node, "", ctes)
            if lines is not None:
                node["alias"] = node["alias"] or self._trees.new_names()[0]
            yield _Table(node["alias"], node, lines)
        elif kind not in ("EMPTY", "EXPRESSION_LIST"):
            raise _Seen

    def _hide(self, node: Node, tables: Sequence[_Table]) -> None:
        """Leaves out of stars what queries within hand on. Raises ``_Seen``."""
        added = {
            table.name.casefold(): table.lines
            for table in tables
            if table.lines is not None and table.lines[0].startswith(LINE)
        }
        if self._read & added.keys():  # a table as one value, perhaps
            raise _Seen
        for each in expressions(node) if added else ():
            is_listed = any(each is one for one in node["select_list"])
            if each["type"] == "STAR" and is_listed and not each["columns"]:
                of = each["relation_name"].casefold()
                hidden = [name for own, pair in added.items() if of in ("", own) for name in pair]
                each["exclude_list"] = [*each["exclude_list"], *hidden]
            elif each["type"] in ("STAR", "POSITIONAL_REFERENCE"):
                raise _Seen

    def _lines(self, table: Node, name: str, ctes: Sequence[Node]) -> tuple[str, str] | None:
        for each in reversed(ctes):
            if name == each["key"].casefold():
                if each["lines"]:
                    return (each["lines"][0], each["lines"][1])
                break
        else:
            if name in self._trees.views and not table["schema_name"]:
                table["schema_name"] = SCHEMA
                table["qualified_name"] = {"path": [SCHEMA, table["table_name"]]}
                return self._trees.views[name]
        own = ("_row", "_file")
        return own if self._trees.has(table, own, ctes) else None

    def _give(self, node: Node, scope: _Scope, alone: bool) -> None:
        """Tells each call of this query, but not of those within, which line it reads."""
        calls = list(self._calls(node, scope.ctes))
        wanted: list[tuple[Node, Change]] = [(call, self._trees.told) for call in calls]
        wanted += [(cast, self._trees.cast) for cast in self._casts(node["select_list"])]
        edits = [
            _Edit(each, dict(each), change(each, lines))
            for each, change in wanted
            if (lines := self._lines_of(each, scope)) is not None
        ]
        for edit in edits:
            edit.apply()
        if edits and alone and not self._trees.is_bound(node, scope.ctes):
            for edit in edits:
                edit.undo()
            for edit in edits:
                edit.apply()
                if not self._trees.is_bound(node, scope.ctes):
                    edit.undo()
        self.gave = self.gave or bool(edits)

    def _calls(self, node: Any, ctes: Sequence[Node]) -> Iterator[Node]:
        for each in expressions(node):
            if each["class"] == "SUBQUERY":
                if self.query(each["subquery"]["node"], ctes) is not None:
                    _name_last(each["subquery"]["node"], None)
            elif self._is_call(each):
                yield each

    def _casts(self, select_list: Sequence[Node]) -> Iterator[Node]:
        """Casts that can fail over a text, the innermost of each. Those in conditions are left as
        they are: DuckDB joins by what they give, which it would not where lines are told."""
        for each in expressions(select_list):
            if _can_fail(each):
                within = [*expressions(each["child"])]
                if not any(_can_fail(one) or self._is_call(one) for one in within):
                    yield each

    def _is_call(self, node: Node) -> bool:
        return node["class"] == "FUNCTION" and str(node["function_name"]).casefold() in self._macros

    def _lines_of(self, call: Node, scope: _Scope) -> Sequence[Node] | None:
        """The line and the file of the first column in a call that is of a table with lines."""
        for names in _columns(call, scope.named):
            for table in scope.tables:
                if len(names) > 1:
                    is_own = names[0].casefold() == table.name.casefold()
                else:
                    is_own = self._trees.has(table.node, names, scope.ctes)
                if is_own and table.lines is not None:
                    return [self._trees.column((table.name, own)) for own in table.lines]
        return None

    def _hand_on(
        self, node: Node, tables: Sequence[_Table], ctes: Sequence[Node]
    ) -> tuple[str, str] | None:
        grouped = node["group_expressions"] or node["aggregate_handling"] != "STANDARD_HANDLING"
        if grouped or any(each["type"] == "DISTINCT_MODIFIER" for each in node["modifiers"]):
            return None
        for table in tables:
            if table.lines is None:
                continue
            names = self._trees.new_names()
            node["select_list"] += [
                self._trees.column((table.name, own), name)
                for own, name in zip(table.lines, names, strict=True)
            ]
            if self._trees.is_bound(node, ctes):
                return names
            _name_last(node, None)
            break
        return None


def _columns(node: Any, named: dict[str, Node]) -> Iterator[Sequence[str]]:
    """The columns in an expression; beside one that the same SELECT names, those it is made of."""
    for each in expressions(node):
        if each["class"] == "COLUMN_REF":
            names = each["column_names"]
            yield names
            made = named.get(names[0].casefold()) if len(names) == 1 else None
            if made is not None:
                yield from _columns(made, {})


def _last_names(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(_last_names, node))
    if not isinstance(node, dict):
        return set()
    own = {node["column_names"][-1].casefold()} if node.get("class") == "COLUMN_REF" else set()
    return own.union(*map(_last_names, node.values()))


def _can_fail(node: Node) -> bool:
    if node["class"] != "CAST" or node["try_cast"]:
        return False
    wanted = node["type_expr"]
    try:
        name, _, _ = str(duckdb.sqltype(wanted["type_name"])).partition("(")
    except duckdb.Error:  # a list, or a type of the importer's own
        return False
    return not wanted["schema"] and name in _CASTS


def _name_last(node: Node, names: tuple[str, str] | None) -> None:
    """Gives other names to what a query hands on; with None, it hands nothing on."""
    if node["type"] == "SET_OPERATION_NODE":
        for each in node["children"]:
            _name_last(each, names)
    elif names is None:
        del node["select_list"][-2:]
    else:
        for column, name in zip(node["select_list"][-2:], names, strict=True):
            column["alias"] = name
