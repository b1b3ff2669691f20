"""Which files of a folder come into the image, by ``.dockerignore``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.helpers import ROOT


class Rule(NamedTuple):
    """A line of the file: whether it lets files in, which, and its text."""

    lets_in: bool
    pattern: re.Pattern[str]
    text: str


def rules() -> list[Rule]:
    """The lines of the file in their order."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    said = (line for line in lines if line and not line.startswith("#"))
    texts = [(line.startswith("!"), line.removeprefix("!")) for line in said]
    return [Rule(lets_in, _pattern(text), text) for lets_in, text in texts]


def _pattern(text: str) -> re.Pattern[str]:
    """As Docker reads it (https://docs.docker.com/build/concepts/context/#dockerignore-files): a
    star stands for anything within a name, two for any folders, and a folder for what is in it."""
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
    pieces = re.split(r"(\*\*/|\*\*|\*)", text)
    return re.compile("".join(parts.get(piece, re.escape(piece)) for piece in pieces) + "(?:/.*)?")


def let_in(names: Iterable[str]) -> Iterator[str]:
    """Those of the names, with their folders, that come into the image."""
    known = rules()
    for name in names:
        folders = (folder.as_posix() for folder in Path(name).parents[-2::-1])
        if _decided(known, name) and all(_looked_into(known, folder) for folder in folders):
            yield name


def _decided(known: Sequence[Rule], name: str) -> bool:
    """The last line that is about a file, or about a folder that it is in, decides."""
    decisions = [rule.lets_in for rule in known if rule.pattern.fullmatch(name)]
    return not decisions or decisions[-1]


def _looked_into(known: Sequence[Rule], folder: str) -> bool:
    """Builders that are no BuildKit look into a folder that is left out only where a line that lets
    something in begins with its name."""
    begin = f"{folder}/"
    return _decided(known, folder) or any(
        rule.lets_in and f"{rule.text}/".startswith(begin) for rule in known
    )


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
