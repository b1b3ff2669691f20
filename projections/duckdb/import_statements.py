"""Statements of an importer that are no SELECTs, or can't be read as trees (``import_lines.py``),
told which line of its data each row is made of.

It is written into their text, where they can see ``_row``: as two more arguments of each call of
``instant()``, or of a macro that calls it. Whether they can see it, DuckDB says when it binds the
text; so each change is offered as one more text to try, and where none can be bound the statement
stays as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import duckdb

from projections.duckdb.import_frames import FILE, LINE


class _Token(NamedTuple):
    start: int
    text: str
    is_name: bool


class _Call(NamedTuple):
    """Where arguments end, in bytes, and which table the first column in them is of."""

    end: int
    first: str
    is_empty: bool


class Made(NamedTuple):
    """A statement in two: what stands before its SELECT, and that; and the name of the view, if it
    makes one whose columns are those of the SELECT."""

    head: str
    select: str
    view: str | None


def edited(sql: str, macros: set[str], can_bind: Callable[[str], bool]) -> str:
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


def made_of(sql: str) -> Made | None:
    """The view or table that a statement makes of a SELECT, if it does."""
    tokens = _tokens(sql)
    words = [token.text.casefold() for token in tokens]
    kind = next((n for n, word in enumerate(words[:4]) if word in ("view", "table")), None)
    if words[:1] != ["create"] or kind is None or {"macro", "function"} & set(words[:kind]):
        return None
    at = next((n for n, word in enumerate(words[:-1]) if n > kind and word == "as"), None)
    if at is None:
        return None
    place = len(sql.encode()[: tokens[at + 1].start].decode())
    is_plain = words[kind] == "view" and at == kind + 2
    name = tokens[at - 1].text.strip('"') if is_plain else None
    return Made(sql[:place], sql[place:], name)


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


def _edited(sql: str, edits: Sequence[tuple[int, str]]) -> str:
    content = sql.encode()
    for place, text in sorted(edits, reverse=True):
        content = content[:place] + text.encode() + content[place:]
    return content.decode()
