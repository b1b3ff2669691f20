"""Which files of a folder come into the image, by ``.dockerignore``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.helpers import ROOT


def rules() -> list[tuple[bool, re.Pattern[str]]]:
    """The lines of the file in their order: whether a line lets files in, and which."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    said = (line for line in lines if line and not line.startswith("#"))
    return [(line.startswith("!"), _pattern(line.removeprefix("!"))) for line in said]


def _pattern(text: str) -> re.Pattern[str]:
    """As Docker reads it (https://docs.docker.com/build/concepts/context/#dockerignore-files): a
    star stands for anything within a name, two for any folders, and a folder for what is in it."""
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
    pieces = re.split(r"(\*\*/|\*\*|\*)", text)
    return re.compile("".join(parts.get(piece, re.escape(piece)) for piece in pieces) + "(?:/.*)?")


def let_in(names: Iterable[str]) -> Iterator[str]:
    """Those of the names, with their folders, that come into the image: the last line that is
    about a file decides."""
    known = rules()
    for name in names:
        decisions = [allowed for allowed, pattern in known if pattern.fullmatch(name)]
        if not decisions or decisions[-1]:
            yield name


def tracked() -> list[str]:
    """Every file of the checkout that the image could be made of."""
    skipped = {".git", ".venv", "__pycache__"}
    return [
        path.relative_to(ROOT).as_posix()
        for path in sorted(ROOT.rglob("*"))
        if path.is_file() and not skipped & set(path.relative_to(ROOT).parts)
    ]


def copy_to(folder: Path) -> None:
    """Make a folder of what the image has of the checkout."""
    for name in let_in(tracked()):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
        target.chmod((ROOT / name).stat().st_mode)
