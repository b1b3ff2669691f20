"""What an export is of, for those who write it and those who describe it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypedDict

import yaml

if TYPE_CHECKING:
    from projections.dictionary.tables import Table

Format = Literal["parquet", "csv"]
FORMATS: tuple[Format, ...] = ("parquet", "csv")


class File(TypedDict):
    """A file that was written. ``rows`` is null where it holds none."""

    path: str
    rows: int | None
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Contents:
    """The tables with how many rows each has, and the moment that they show."""

    tables: Sequence[Table]
    rows: Mapping[str, int]
    format: Format
    as_of: datetime
    known_at: int | str
    with_personal: bool

    def path_of(self, table: Table) -> str:
        """The name of a table's file."""
        return f"{table.name}.{self.format}"


def as_yaml(value: object) -> str:
    """A value as YAML, its keys as they are."""
    text: str = yaml.dump(
        value, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=100
    )
    return text


def file_at(path: Path, rows: int | None = None) -> File:
    """What there is to say of a file that was written."""
    with path.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    return {"path": path.name, "rows": rows, "bytes": path.stat().st_size, "sha256": digest}
