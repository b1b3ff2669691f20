"""The catalogue of facts in prose, parsed into the same ``Field`` that the Avro files give."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from schemas.catalogue import Field

FACTS_MD = Path(__file__).parents[3] / "shared" / "FACTS_NEXT.md"

CHANNEL = re.findall(r"\w+", "web app shop phone email chat letter social field machine other")
KINDS = {
    "string": "string",
    "int": "int",
    "long": "long",
    "double": "double",
    "boolean": "boolean",
    "array<string>": "strings",
    "ts": "timestamp",
}
REFS = Field("refs", "strings", nullable=False, default=(), symbols=(), personal=False)


def stated() -> dict[str, tuple[Field, ...]]:
    """Every type with its fields, in the order of the catalogue. Skips the test that asks where
    the catalogue is not beside the project."""
    if not FACTS_MD.exists():
        pytest.skip("the catalogue of facts is not beside this checkout")
    types: dict[str, tuple[Field, ...]] = {}
    for line in FACTS_MD.read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            names, fields, _practice, _ = line.removeprefix("|").split("|")
            for type, texts in _by_type(re.findall(r"`([^`]+)`", names), fields).items():
                types[type] = (*(_field(text) for text in texts), REFS)
    return types


def _by_type(types: list[str], cell: str) -> dict[str, list[str]]:
    """A row may state several types. Then its fields stand apart by `` / ``, one part a type; or
    those that all have come first, and after ``;`` those of one type, named by its last word."""
    cell = re.sub(r"\([^)]*\)", "", cell)  # remarks
    if " / " in cell:
        return {type: _split(part) for type, part in zip(types, cell.split(" / "), strict=True)}
    common, *special = cell.split(";")
    fields = {type: _split(common) for type in types}
    for part in special:
        word, rest = re.split(r"\s+has\s+|:\s*", part.strip(), maxsplit=1)
        (type,) = (type for type in types if re.split(r"[._]", type)[-1] == word)
        fields[type] += _split(rest)
    return fields


def _split(text: str) -> list[str]:
    return [part.strip() for part in re.split(r",(?![^{]*\})", text) if part.strip()]


def _field(text: str) -> Field:
    match = re.fullmatch(r"(\w+)(\?)?(\*)?(?::\s*(.+?))?(?:\s*=\s*(.+))?", text)
    assert match, f"can't read {text!r} in the catalogue of facts"
    name, nullable, personal, kind, default = match.groups()
    if kind is None:  # the catalogue names the type of a recurring field once
        kind = "long" if name == "amount_minor" else "string"
        kind = "channel" if name.endswith("channel") else kind
    symbols = CHANNEL if kind == "channel" else re.findall(r"\w+", kind) if "{" in kind else []
    listed = tuple(symbols)
    return Field(
        name=name,
        kind="enum" if listed else KINDS[kind],  # type: ignore[arg-type]
        nullable=bool(nullable),
        default={"false": False, "[]": (), None: None}.get(default, default),
        symbols=listed,
        personal=bool(personal),
        reader_only=() if not listed or {"other", "unknown"} & set(listed) else ("unknown",),
    )
