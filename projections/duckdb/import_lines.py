"""SQL of an importer, told which line of its data each row is made of.

SELECTs need not name ``_row`` for that. It is written into their text, where they can see it: as
two more arguments of each call of ``instant()``, or of a macro that calls it, and as two more
columns of the SELECT. Whether they can see it, DuckDB says when it binds the text; so each change
is offered as one more text to try, and where none can be bound the SELECT stays as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import duckdb

# The columns that are added to a SELECT are called as the arguments that are added to a call.
from projections.duckdb.import_frames import FILE, LINE

#: What makes one row of several: their line would change what the SELECT says, or has no meaning.
_GROUPING = frozenset({"distinct", "group", "intersect", "except", "pivot", "unpivot"})


class _Token(NamedTuple):
    start: int
    text: str
    is_name: bool


class _Call(NamedTuple):
    """Where arguments end, in bytes, and which table the first column in them is of."""

    end: int
    first: str
    is_empty: bool


def located(sql: str, macros: set[str], can_bind: Callable[[str], bool]) -> str:
    """A statement in which each call of one of the macros is given the line that it reads, as far
    as that can be bound. A macro that calls one takes the line as an argument, and becomes one of
    ``macros``."""
    tokens = _tokens(sql)
    calls = [_call(tokens, at) for at in _called(tokens, macros)]
    if not calls:
        return sql
    name = _scalar_macro(tokens)
    if name is not None:
        declared = _call(tokens, _at(tokens, name))
        separator = "" if declared.is_empty else ", "
        changed = _edited(
            sql,
            [
                (declared.end, f"{separator}{LINE} := NULL, {FILE} := NULL"),
                *((call.end, f", {LINE} := {LINE}, {FILE} := {FILE}") for call in calls),
            ],
        )
        if not can_bind(changed):  # such as one of several variants
            return sql
        macros.add(name)
        return changed
    arguments = [(call.end, _given(call.first)) for call in calls]
    if can_bind(whole := _edited(sql, arguments)):
        return whole
    kept: list[tuple[int, str]] = []
    for edit in arguments:
        if can_bind(_edited(sql, [*kept, edit])):
            kept.append(edit)
    return _edited(sql, kept)


def with_lines(sql: str) -> Iterator[str]:
    """The same SELECT with two more columns, the line and the file that a row comes from: of the
    only table that has them, or of the first after FROM."""
    tokens = _tokens(sql)
    top = list(_top_level(tokens))
    words = [token.text.casefold() for token in top]
    of_all = list(pairwise(words)).count(("union", "all"))
    if _GROUPING & set(words) or words.count("union") > of_all:
        return
    begun = [n for n, word in enumerate(words) if word == "select"]
    if not begun:
        return
    places = []
    for at, after in zip(begun, [*begun[1:], len(top)], strict=True):
        if "from" not in words[at:after]:
            return
        places.append(top[words.index("from", at)].start)
    for prefix in ("", *_qualifiers(tokens, places[0])):
        columns = f", {prefix}_row AS {LINE}, {prefix}_file AS {FILE} "
        yield _edited(sql, [(place, columns) for place in places])


def _given(prefix: str) -> str:
    return f", {LINE} := {prefix}_row, {FILE} := {prefix}_file"


def _tokens(sql: str) -> list[_Token]:
    """The tokens without comments; each operator is one character."""
    content = sql.encode()
    found = duckdb.tokenize(sql)
    ends = [start for start, _ in found[1:]] + [len(content)]
    tokens = []
    for (start, kind), end in zip(found, ends, strict=True):
        if kind == duckdb.token_type.comment:
            continue
        text = content[start:end].decode().strip()
        if kind == duckdb.token_type.operator:
            tokens += [_Token(start + n, each, False) for n, each in enumerate(text.split()[0])]
        else:
            named = kind in (duckdb.token_type.identifier, duckdb.token_type.keyword)
            tokens.append(_Token(start, text.split("--")[0].strip(), named))
    return tokens


def _called(tokens: Sequence[_Token], macros: set[str]) -> Iterator[int]:
    for at, token in enumerate(tokens[:-1]):
        declared = at > 0 and tokens[at - 1].text.casefold() in ("macro", "function")
        known = token.is_name and token.text.strip('"').casefold() in macros
        if known and not declared and tokens[at + 1].text == "(":
            yield at


def _call(tokens: Sequence[_Token], at: int) -> _Call:
    """The call whose name is token ``at``."""
    depth, first = 0, ""
    for place in range(at + 1, len(tokens)):
        text = tokens[place].text
        depth += (text == "(") - (text == ")")
        if depth == 0:
            return _Call(tokens[place].start, first, place == at + 2)
        if not first and tokens[place].is_name and tokens[place + 1].text == ".":
            first = f"{text}."
    return _Call(tokens[-1].start, first, False)


def _scalar_macro(tokens: Sequence[_Token]) -> str | None:
    """The name of the macro that a statement makes, if that gives a value and no table."""
    words = [token.text.casefold() for token in tokens]
    if words[:1] != ["create"]:
        return None
    at = next((n for n, word in enumerate(words[:6]) if word in ("macro", "function")), None)
    if at is None or ("as", "table") in pairwise(words):
        return None
    while words[at + 2] == ".":
        at += 2
    return words[at + 1].strip('"')


def _at(tokens: Sequence[_Token], name: str) -> int:
    return next(at for at, token in enumerate(tokens) if token.text.strip('"').casefold() == name)


def _top_level(tokens: Sequence[_Token]) -> Iterator[_Token]:
    depth = 0
    for token in tokens:
        depth += token.text in ("(", "[", "{")
        if depth == 0:
            yield token
        depth -= token.text in (")", "]", "}")


def _qualifiers(tokens: Sequence[_Token], after: int) -> list[str]:
    """What stands before a point, each once, in the order in which tables are named."""
    used = {one.text for one, two in pairwise(tokens) if one.is_name and two.text == "."}
    named = [token.text for token in tokens if token.start > after and token.text in used]
    return [f"{name}." for name in dict.fromkeys(named)]


def _edited(sql: str, edits: Sequence[tuple[int, str]]) -> str:
    content = sql.encode()
    for place, text in sorted(edits, reverse=True):
        content = content[:place] + text.encode() + content[place:]
    return content.decode()
