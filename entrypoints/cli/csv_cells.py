"""Cells of CSV that harm neither a spreadsheet nor a terminal."""

from __future__ import annotations

import re

from entrypoints.terminal.format import visible_lines

#: How a spreadsheet knows a formula, which may call programs and send what stands in other cells
#: away; blanks before it do not keep some of them from it. The wide forms are those of East Asia.
#: See https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = re.compile(r"[\t\r]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")


def harmless(text: str) -> str:
    """A text that a spreadsheet shows as it stands: with an apostrophe before what it would take
    for a formula, and with an escape that one can see for each control character but line feeds,
    which a cell may have."""
    shown = visible_lines(text)
    return f"'{shown}" if _FORMULA.match(text) else shown
