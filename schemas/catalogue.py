"""The catalogue of types, read from the committed files when it is asked for.

``ids.json`` maps every committed schema id to its type and file. It only grows: a new version of a
type is a new file beside the earlier ones and a new id, and the highest id of a type is its latest
version. ``place`` beside it is the type's place in the catalogue of facts, the same for all of its
versions. A type's file is read at its first use.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from schemas.errors import UnknownSchema, UnknownType, describe

Kind = Literal["string", "int", "long", "double", "boolean", "enum", "strings", "timestamp"]

_HERE = Path(__file__).parent
_PLAIN: dict[str, Kind] = {
    "string": "string",
    "int": "int",
    "long": "long",
    "double": "double",
    "boolean": "boolean",
}


class Field(NamedTuple):
    """One field of a body. ``default`` is None for a nullable field and for one without default
    (see ``required``), a tuple for ``strings``. ``symbols`` are those that may be written;
    ``reader_only`` names symbols that exist only as the place where a reader puts a symbol that
    it does not know."""

    name: str
    kind: Kind
    nullable: bool
    default: object
    symbols: tuple[str, ...]
    personal: bool
    reader_only: tuple[str, ...] = ()

    @property
    def written(self) -> tuple[str, ...]:
        """Every symbol by its position in the bytes."""
        return self.symbols + self.reader_only

    @property
    def required(self) -> bool:
        """Whether a body without this field is refused."""
        return not self.nullable and self.default is None


class _Version(NamedTuple):
    type: str
    place: int
    file: str
    sha256: str


def _read_ids() -> dict[int, _Version]:
    rows = json.loads((_HERE / "ids.json").read_text(encoding="utf-8"))
    return {int(key): _Version(**row) for key, row in rows.items()}


_VERSIONS = MappingProxyType(_read_ids())
_IDS: dict[str, tuple[int, ...]] = {}
for _id in sorted(_VERSIONS):
    _IDS[_VERSIONS[_id].type] = (*_IDS.get(_VERSIONS[_id].type, ()), _id)

#: Every type, sorted.
TYPES: tuple[str, ...] = tuple(sorted(_IDS))


def record_name(type: str) -> str:
    """The Avro record and Python class of a type: ``commitment.made`` is ``CommitmentMade``."""
    return "".join(word.capitalize() for word in type.replace(".", "_").split("_"))


def table_name(type: str) -> str:
    """The facts table of a type: ``commitment.made`` is ``commitment_made``."""
    return type.replace(".", "_")


def versions(type: str) -> tuple[int, ...]:
    """The schema ids of a type, earliest first. Raises ``UnknownType``."""
    try:
        return _IDS[type]
    except KeyError:
        raise UnknownType(
            "", "", "a type of the catalogue", f"another ({describe(type)})"
        ) from None


def schema_id(type: str) -> int:
    """The id under which new bodies of a type are written: that of its latest version."""
    return versions(type)[-1]


def type_of(schema_id: int) -> str:
    """The type of a committed schema id. Raises ``UnknownSchema``."""
    return _version(schema_id).type


def avsc(type: str) -> dict[str, Any]:
    """The latest schema of a type, as a new dict."""
    return avsc_of(schema_id(type))


def avsc_of(schema_id: int) -> dict[str, Any]:
    """The schema of an id, as a new dict."""
    path = _HERE / "avsc" / _version(schema_id).file
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return schema


def committed_sha256(schema_id: int) -> str:
    """The fingerprint under which a version was committed (see ``compatibility.fingerprint``)."""
    return _version(schema_id).sha256


def fields(type: str) -> tuple[Field, ...]:
    """The fields of a type's latest version, in order, ``refs`` last."""
    return fields_of(schema_id(type))


@cache
def fields_of(schema_id: int) -> tuple[Field, ...]:
    """The fields of one version, in the order in which they are written."""
    return fields_in(avsc_of(schema_id))


def fields_in(schema: dict[str, Any]) -> tuple[Field, ...]:
    """The fields of a schema given as a dict. Raises ``ValueError`` where it leaves the types to
    which the contract keeps."""
    named: dict[str, dict[str, Any]] = {}
    return tuple(_field(entry, named) for entry in schema["fields"])


def _version(schema_id: int) -> _Version:
    try:
        return _VERSIONS[schema_id]
    except KeyError:
        raise UnknownSchema(
            "", "", f"a committed schema id (1 to {max(_VERSIONS)})", f"schema id {schema_id}"
        ) from None


def _field(entry: dict[str, Any], named: dict[str, dict[str, Any]]) -> Field:
    form = entry["type"]
    nullable = isinstance(form, list)
    if nullable:
        if len(form) != 2 or form[0] != "null":
            raise ValueError(f"{entry['name']}: expected a union of null and one type, saw {form}")
        form = form[1]
    if isinstance(form, str) and form in named:
        form = named[form]
    kind, symbols = _kind(entry["name"], form, named)
    default = entry.get("default")
    reader_only = tuple(entry.get("reader_only", ()))
    if reader_only != symbols[len(symbols) - len(reader_only) :]:
        raise ValueError(f"{entry['name']}: expected reader_only symbols last, saw {symbols}")
    return Field(
        name=entry["name"],
        kind=kind,
        nullable=nullable,
        default=tuple(default) if isinstance(default, list) else default,
        symbols=tuple(symbol for symbol in symbols if symbol not in reader_only),
        personal=bool(entry.get("personal", False)),
        reader_only=reader_only,
    )


def _kind(name: str, form: Any, named: dict[str, dict[str, Any]]) -> tuple[Kind, tuple[str, ...]]:
    if isinstance(form, str) and form in _PLAIN:
        return _PLAIN[form], ()
    if isinstance(form, dict):
        if form == {"type": "long", "logicalType": "timestamp-micros"}:
            return "timestamp", ()
        if form == {"type": "array", "items": "string"}:
            return "strings", ()
        if form["type"] == "enum":
            named[form["name"]] = form
            return "enum", tuple(form["symbols"])
    raise ValueError(
        f"{name}: expected string, int, long, double, boolean, an enum, an array of string or a "
        f"timestamp-micros, saw {form}"
    )
