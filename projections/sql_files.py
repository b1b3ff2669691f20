"""SQL texts by name, out of the files in which they stand.

Beside a module lies an SQL file of its name. Each of its statements begins with a line of its own,
``-- name: what_it_is_called``, and ends before the next one. Other comments there are for readers;
no database gets them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)
_COMMENT = re.compile(r"^ *--.*\n", re.MULTILINE)


@cache
def statements_of(module: str) -> Mapping[str, str]:
    """The statements of a module, given as its ``__file__``: name -> text, with no semicolon at its
    end."""
    text = Path(module).with_suffix(".sql").read_text(encoding="utf-8")
    _, *found = _NAME.split(text)
    return {
        name: _COMMENT.sub("", sql).strip().removesuffix(";")
        for name, sql in zip(found[::2], found[1::2], strict=True)
    }
