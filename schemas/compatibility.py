"""The gate that a new version of a type must pass: FULL_TRANSITIVE, and the rules of the house.

FULL: readers of either version read what the other one writes. TRANSITIVE: so for every earlier
version, not for the last alone. ``logicalType`` counts as part of a type, although the Avro
specification lets a reader ignore it. Beyond Avro, nothing is taken away or renamed, even where a
default would hide it, and a personal field stays marked.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from schemas import catalogue

Schema = dict[str, Any]

_NO_DEFAULT = object()
_SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def problems(earlier: Schema, later: Schema) -> list[str]:
    """Why ``later`` can't follow ``earlier``; empty where it can."""
    found = [
        f"the {key} of the record: expected {earlier.get(key)}; saw {later.get(key)}"
        for key in ("type", "name", "namespace")
        if earlier.get(key) != later.get(key)
    ]
    before, after = _fields(earlier), _fields(later)
    for name, old in before.items():
        if name not in after:
            found.append(
                f"{name}: expected to stay, since nothing is removed or renamed; saw no such "
                "field. Keep it, and add a new optional field beside it"
            )
        else:
            found += [f"{name}: {problem}" for problem in _field_problems(old, after[name])]
    found += [
        f"{name}: expected a default, since bodies of the earlier version lack this field; saw none"
        for name, new in after.items()
        if name not in before and "default" not in new
    ]
    return found


def remarks(earlier: Schema, later: Schema) -> list[str]:
    """Changes that break no reader, and that whoever reviews the new version should know of."""
    before, after = _fields(earlier), _fields(later)
    found = []
    for name in before.keys() & after.keys():
        old = before[name].get("default", _NO_DEFAULT)
        new = after[name].get("default", _NO_DEFAULT)
        if old is _NO_DEFAULT and new is not _NO_DEFAULT:
            found.append(f"{name}: has the default {json.dumps(new)} now, and had none")
        elif _NO_DEFAULT not in (old, new) and old != new:
            found.append(
                f"{name}: the default was {json.dumps(old)} and is {json.dumps(new)}; bodies "
                "written before keep what was written in them"
            )
        if after[name].get("personal") and not before[name].get("personal"):
            found.append(f"{name}: is marked personal now")
    return sorted(found)


def house_problems(type: str, schema: Schema) -> list[str]:
    """Where one schema leaves the forms to which the contract keeps, whatever came before it."""
    found = []
    name = catalogue.record_name(type)
    if schema.get("name") != name or schema.get("namespace") != "pledger":
        found.append(f"record: expected pledger.{name}; saw {_full_name(schema)}")
    try:
        fields = catalogue.fields_in(schema)
    except ValueError as error:
        return [*found, str(error)]
    found += [
        f"{field.name}: expected a name in small_letters_with_underscores"
        for field in fields
        if not _SNAKE.fullmatch(field.name)
    ]
    found += [
        f"{name}: expected the default null, as every nullable field has; saw {entry}"
        for name, entry in _fields(schema).items()
        if isinstance(entry["type"], list) and entry.get("default", _NO_DEFAULT) is not None
    ]
    found += [
        f"{field.name}: expected a default that fits; saw {field.default!r}"
        for field in fields
        if field.kind == "enum" and field.default is not None and field.default not in field.symbols
    ]
    found += [
        f"enum {enum['name']}: expected the default symbol other or unknown; saw "
        f"{enum.get('default', 'none')}"
        for enum in _enums(schema)
        if enum.get("default") not in {"other", "unknown"} & set(enum["symbols"])
    ]
    if not fields or (fields[-1].name, fields[-1].kind, fields[-1].default) != (
        "refs",
        "strings",
        (),
    ):
        found.append("refs: expected as the last field, an array of string with the default []")
    return found


def fingerprint(schema: Schema) -> str:
    """The SHA-256, in hexadecimal, of a schema without its ``doc`` texts. It is committed beside
    the id, so that a committed version can't change unnoticed: the gate compares files, and a file
    that was edited in place would be compared with itself."""
    plain = json.dumps(
        _without_doc(schema), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(plain.encode()).hexdigest()


def history_problems() -> list[str]:
    """What is wrong with the committed history of all types; empty where nothing is."""
    found = []
    for type in catalogue.TYPES:
        ids = catalogue.versions(type)
        schemas = {schema_id: catalogue.avsc_of(schema_id) for schema_id in ids}
        for schema_id, schema in schemas.items():
            where = f"{type} (schema id {schema_id})"
            found += [f"{where}: {problem}" for problem in house_problems(type, schema)]
            seen, committed = fingerprint(schema), catalogue.committed_sha256(schema_id)
            if seen != committed:
                found.append(
                    f"{where}: expected the committed schema with the fingerprint {committed}; saw "
                    f"{seen}. A committed version never changes: put the file back, and add a new "
                    "file and a new id beside it (schemas/README.md says how)"
                )
        for earlier, later in combinations(ids, 2):
            found += [
                f"{type} (schema id {later} after {earlier}): {problem}"
                for problem in problems(schemas[earlier], schemas[later])
            ]
    return found


def _field_problems(old: Schema, new: Schema) -> Iterator[str]:
    if "default" in old and "default" not in new:
        yield f"expected a default, as before ({json.dumps(old['default'])}); saw none"
    if old.get("personal") and not new.get("personal"):
        yield "expected to stay marked personal; saw no mark"
    was_nullable, was = _split(old["type"])
    is_nullable, now = _split(new["type"])
    if was_nullable != is_nullable:
        yield f"expected {_words(old['type'])}; saw {_words(new['type'])}"
    elif _is_enum(was) and _is_enum(now):
        yield from _enum_problems(was, now)
    elif was != now:
        yield f"expected {_words(was)}; saw {_words(now)}"


def _enum_problems(was: Schema, now: Schema) -> Iterator[str]:
    if was["name"] != now["name"]:
        yield f"expected the enum {was['name']}; saw the enum {now['name']}"
    for symbol in was["symbols"]:
        if symbol not in now["symbols"]:
            yield f"expected the symbol {symbol}, as before; saw {', '.join(now['symbols'])}"
    added = [symbol for symbol in now["symbols"] if symbol not in was["symbols"]]
    if added and "default" not in was:
        yield (
            f"expected no new symbol, since a reader of the earlier version has no default symbol "
            f"to put for it; saw {', '.join(added)}"
        )
    if "default" in was and "default" not in now:
        yield f"expected the default symbol {was['default']}, as before; saw none"


def _fields(schema: Schema) -> dict[str, Schema]:
    """The fields by name, each named enum written out where it is only referred to."""
    enums = {enum["name"]: enum for enum in _enums(schema)}

    def whole(form: Any) -> Any:
        if isinstance(form, list):
            return [whole(branch) for branch in form]
        return enums.get(form, form) if isinstance(form, str) else form

    return {entry["name"]: {**entry, "type": whole(entry["type"])} for entry in schema["fields"]}


def _enums(schema: Schema) -> list[Schema]:
    forms = [entry["type"] for entry in schema["fields"]]
    branches = [b for form in forms for b in (form if isinstance(form, list) else [form])]
    return [branch for branch in branches if _is_enum(branch)]


def _is_enum(form: Any) -> bool:
    return isinstance(form, dict) and form.get("type") == "enum"


def _split(form: Any) -> tuple[bool, Any]:
    """Whether null is allowed, and the type beside it."""
    if isinstance(form, list) and "null" in form:
        rest = [branch for branch in form if branch != "null"]
        return True, rest[0] if len(rest) == 1 else rest
    return False, form


def _words(form: Any) -> str:
    if isinstance(form, list):
        return " or ".join(_words(branch) for branch in form)
    if isinstance(form, dict):
        if form["type"] == "enum":
            return f"an enum of {', '.join(form['symbols'])}"
        if form["type"] == "array":
            return f"an array of {_words(form['items'])}"
        return f"{form['type']} with logicalType {form.get('logicalType', 'none')}"
    return str(form)


def _full_name(schema: Schema) -> str:
    return f"{schema.get('namespace')}.{schema.get('name')}"


def _without_doc(form: Any) -> Any:
    if isinstance(form, dict):
        return {key: _without_doc(value) for key, value in form.items() if key != "doc"}
    if isinstance(form, list):
        return [_without_doc(item) for item in form]
    return form
