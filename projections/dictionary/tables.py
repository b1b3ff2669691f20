"""The tables that data teams read, with the meaning of every column and what it is made of.

Views are described in ``views.toml``. The table of a type is described by its schema, which the
caller hands over, and by ``fields.toml``, where a field means the same in all types.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

from projections import fact_tables
from projections.view_registry import VIEWS, WORKINGS

_HERE = Path(__file__).parent
_READ = re.compile(r"\b(?:FROM|JOIN)\s+(\w+)")

#: What stands for every type of fact.
ALL = "*"


class Field(fact_tables.Column, Protocol):
    """A body field, as the schema describes it."""

    @property
    def personal(self) -> bool:
        """Whether it holds free text about a person."""

    @property
    def written(self) -> tuple[str, ...]:
        """The values that it may have; none where it may have any."""


class FactType(NamedTuple):
    """A type of fact: what it says, its body's fields, and what the schema says of each."""

    says: str
    fields: Sequence[Field]
    docs: Mapping[str, str]


@dataclass(frozen=True)
class Column:
    """A column, with its type in the embedded home. ``unit`` is None where it has none; ``source``
    is the field that it repeats, as ``TYPE.FIELD``; ``symbols`` are its values, if they are few;
    ``needed`` says that it is never null."""

    name: str
    type: str
    unit: str | None
    meaning: str
    source: str | None = None
    symbols: tuple[str, ...] = ()
    personal: bool = False
    needed: bool = False


@dataclass(frozen=True)
class Table:
    """A table. ``rows`` says what a row is, ``key`` by which columns it is known (none: rows may be
    alike), ``order`` by which they are sorted where their order is to be the same each time. It is
    made of facts of the types ``facts`` and of the tables ``reads``."""

    name: str
    kind: Literal["view", "facts"]
    rows: str
    key: tuple[str, ...]
    order: tuple[str, ...]
    facts: tuple[str, ...]
    reads: tuple[str, ...]
    columns: tuple[Column, ...]

    def public(self) -> Table:
        """The table without what is personal."""
        columns = tuple(column for column in self.columns if not column.personal)
        return Table(**{**self.__dict__, "columns": columns})


def tables(types: Mapping[str, FactType]) -> tuple[Table, ...]:
    """The views in the order in which they are built, what they are kept with, the table of all
    envelopes, and that of each type."""
    described = _read("views.toml")
    names = [*(view.name for view in VIEWS), *WORKINGS]
    reads = {view.name: view.select for view in VIEWS}
    views = [_view(name, described[name], reads.get(name, ""), types) for name in names]
    envelopes = _view("fact", described["fact"], "", types, kind="facts")
    return (*views, envelopes, *(_of_type(name, one, envelopes) for name, one in types.items()))


def _view(
    name: str,
    entry: Mapping[str, Any],
    sql: str,
    types: Mapping[str, FactType],
    kind: Literal["view", "facts"] = "view",
) -> Table:
    key = tuple(entry.get("key", ()))
    columns = tuple(
        Column(
            name=column,
            type=one["type"],
            unit=one.get("unit"),
            meaning=one["meaning"],
            source=one.get("from"),
            needed=column in key,
        )
        for column, one in entry["columns"].items()
    )
    order = ("position",) if kind == "facts" else key or tuple(one.name for one in columns)
    read = set(_READ.findall(sql)) - {name}
    return Table(
        name=name,
        kind=kind,
        rows=entry["rows"],
        key=key,
        order=order,
        facts=tuple(_types(entry["facts"], types)),
        reads=tuple(view for view in _read("views.toml") if view in read),
        columns=columns,
    )


def _types(named: Iterable[str], types: Mapping[str, FactType]) -> Iterator[str]:
    """The types that an entry names: by themselves, by a field that they have, or all."""
    wanted = set(named)
    for name, one in types.items():
        if wanted & {ALL, name, *(field.name for field in one.fields)}:
            yield name


def _of_type(name: str, one: FactType, envelopes: Table) -> Table:
    envelope = {column.name: column for column in envelopes.columns}
    return Table(
        name=fact_tables.table_of(name),
        kind="facts",
        rows=f"One row a fact of the type {name}. {one.says}",
        key=("id",),
        order=("position",),
        facts=(name,),
        reads=(),
        columns=(
            *(_needed(envelope[column]) for column in fact_tables.ENVELOPE_COLUMNS),
            *(_of_field(name, field, one.docs.get(field.name)) for field in one.fields),
        ),
    )


def _needed(column: Column) -> Column:
    return Column(column.name, column.type, column.unit, column.meaning, needed=True)


def _of_field(type: str, field: Field, doc: str | None) -> Column:
    names = _read("fields.toml")
    entry = names["only"].get(f"{type}.{field.name}", names[field.name])
    meaning = entry["meaning"]
    return Column(
        name=field.name,
        type=fact_tables.SQL_TYPES[field.kind],
        unit=entry.get("unit"),
        meaning=f"{meaning.removesuffix('.')} ({doc})." if doc else meaning,
        source=f"{type}.{field.name}",
        symbols=tuple(field.written),
        personal=field.personal,
        needed=not field.nullable,
    )


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_HERE / name).read_text(encoding="utf-8"))
