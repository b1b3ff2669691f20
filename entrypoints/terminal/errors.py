"""How an error is shown to people. Nothing is imported for it, so that it works whatever failed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TextIO

from entrypoints.terminal.format import plain, verbatim


def explain(message: str, notes: Iterable[str], stderr: TextIO) -> None:
    """One line, ``pledger: what was expected, what was seen, what to do``, and a line for each
    note. Further lines of a message keep their blanks, since a database points with a caret at what
    it means. Red on a terminal, unless ``NO_COLOR`` is set."""
    lines = [verbatim(line) for line in message.splitlines()]
    lines += [plain(note) for note in notes]
    name = "pledger:"
    if stderr.isatty() and not os.environ.get("NO_COLOR"):
        name = f"\x1b[1;31m{name}\x1b[0m"
    first, *rest = lines or [""]
    encoding = getattr(stderr, "encoding", None) or "utf-8"
    text = "\n".join([f"{name} {first}", *(f"  {line}" for line in rest)]) + "\n"
    stderr.write(text.encode(encoding, "replace").decode(encoding))
    stderr.flush()
