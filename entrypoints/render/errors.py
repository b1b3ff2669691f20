"""How an error is told to people. Nothing is imported for it, so that it works whatever failed."""

from __future__ import annotations

import os
from typing import TextIO

from domain.errors import Problem
from entrypoints.render.words import plain


def explain(error: BaseException | str, stderr: TextIO) -> None:
    """One line, ``pledger: what was expected, what was seen, what to do``, and a line for each
    note that was added to the error. Red on a terminal, unless ``NO_COLOR`` is set."""
    text = error if isinstance(error, str) else _message(error)
    lines = [plain(line) for line in text.splitlines()]
    lines += [plain(note) for note in getattr(error, "__notes__", ())]
    name = "pledger:"
    if stderr.isatty() and not os.environ.get("NO_COLOR"):
        name = f"\x1b[1;31m{name}\x1b[0m"
    first, *rest = lines or [""]
    encoding = getattr(stderr, "encoding", None) or "utf-8"
    told = "\n".join([f"{name} {first}", *(f"  {line}" for line in rest)]) + "\n"
    stderr.write(told.encode(encoding, "replace").decode(encoding))
    stderr.flush()


def _message(error: BaseException) -> str:
    """An error's own words; its name too, where it has none or they are a mere key."""
    if isinstance(error, Problem):
        return error.worded(lambda action: f"'./pledger {action}'")
    if isinstance(error, KeyError) or not str(error):
        return f"{type(error).__name__} {error}".strip()
    return str(error)
