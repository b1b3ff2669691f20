"""An importer: a folder with one ``TYPE.sql`` a kind of fact, as it was read."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from application.errors import ImportRefused
from ledger.body_rules import FORBIDDEN
from schemas import catalogue

_PRELUDE = "_prelude.sql"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_GETVARIABLE = re.compile(r"getvariable\s*\(\s*'([^']*)'\s*\)", re.IGNORECASE)


class Importer(NamedTuple):
    """SQL by file name, in the order of the names, and the type of each file's facts. ``name`` goes
    into their ids; ``prelude`` is a file name and its SQL."""

    name: str
    selects: Mapping[str, str]
    types: Mapping[str, str]
    prelude: tuple[str, str] | None

    def check_settings(self, settings: Mapping[str, str]) -> None:
        """Raises ``ImportRefused`` for a setting that the SQL does not read: it may be misspelt."""
        texts = [*self.selects.values(), self.prelude[1] if self.prelude else ""]
        for name in settings:
            if not _VARIABLE.fullmatch(name):
                raise ImportRefused("letters, digits and _ in a setting's name", f'"{name}"')
            if not any(re.search(rf"\b{name}\b", text) for text in texts):
                read = {name for text in texts for name in _GETVARIABLE.findall(text)}
                raise ImportRefused(
                    f"a setting that the SQL reads ({', '.join(sorted(read)) or 'none'})",
                    name,
                    "correct the name that {setting} gives, or leave it out",
                )


def read_importer(folder: Path, name: str | None) -> Importer:
    """The importer in a folder; ``name`` takes the place of the folder's. Raises
    ``ImportRefused``."""
    if not folder.is_dir():
        raise ImportRefused("a folder with one TYPE.sql a kind of fact", f"no {folder}")
    paths = sorted(path for path in folder.glob("*.sql") if not path.name.startswith("."))
    texts = {path.name: _text(path) for path in paths}
    prelude = texts.pop(_PRELUDE, None)
    if not texts:
        raise ImportRefused(
            f"at least one TYPE.sql in {folder}",
            "none",
            "name a file after a type of the catalogue, as in commitment.made.sql",
        )
    named = folder.resolve().name if name is None else name
    if not named or "/" in named:
        raise ImportRefused(
            "a name without / for the importer", f'"{named}"', "{name the importer}"
        )
    if FORBIDDEN.search(named):
        raise ImportRefused(
            "a name without control characters for the importer", "some", "{name the importer}"
        )
    return Importer(
        name=named,
        selects=texts,
        types={file: _type_of(file) for file in texts},
        prelude=None if prelude is None else (_PRELUDE, prelude),
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ImportRefused(
            f"SQL in UTF-8 in {path.name}", "other bytes", "save it as UTF-8"
        ) from None
    except OSError as problem:
        raise ImportRefused(
            f"a file that can be read as {path.name}",
            str(problem.strerror),
            "let its owner allow it to this user",
        ) from None


def _type_of(file: str) -> str:
    """The longest type at the start of a file's name."""
    words = file.removesuffix(".sql").split(".")
    for count in range(len(words), 0, -1):
        if (type := ".".join(words[:count])) in catalogue.TYPES:
            return type
    nearest = difflib.get_close_matches(".".join(words[:2]), catalogue.TYPES, n=1, cutoff=0.5)
    if file.startswith("_"):
        advice = f"what the SELECTs share goes into {_PRELUDE}"
    else:
        advice = f"did you mean {nearest[0]}.sql?" if nearest else "see the catalogue of facts"
    raise ImportRefused(
        "TYPE.sql or TYPE.NAME.sql with a type of the catalogue",
        f"{file}, with none at the start of its name",
        advice,
    )
