"""A small company to export: the example's promises, and one fact of every type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from schemas import catalogue
from tests.helpers import ROOT, ask, emit
from tests.privacy.planted import body, event, numbered

EXAMPLE = ROOT / "mappings" / "example"
#: Free text that stands in every personal field of every type.
PERSONAL = "Frau Ärmel, Zimmer 9"


def facts() -> Iterator[Mapping[str, Any]]:
    """A fact of every type, with what is personal wherever it may stand."""
    ids = numbered()
    for type in catalogue.TYPES:
        said = body(type)
        for field in catalogue.fields(type):
            if field.personal:
                said[field.name] = PERSONAL
        yield event(next(ids), type, said)


def found(folder: Path) -> Path:
    """A home with these facts."""
    ask(folder, ["import", str(EXAMPLE), "--data", str(EXAMPLE / "data")])
    emit(folder, [*facts()])
    return folder
