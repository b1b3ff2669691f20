"""What a record that is rejected may be the row of: records in its place, by which a snapshot looks
for the fact that stays.

What can be read of it stands where it would stand; in the place of all else there is a text that
nobody writes. Who reads the records twice, with another such text each time, sees whether a key is
made of what can't be read.
"""

from __future__ import annotations

import re

#: Two texts in the place of what can't be read: of Unicode's private use.
UNKNOWN = ("\ue0b7", "\ue0b8")


def mended(
    fields: list[str] | None, raw: bytes, width: int, quote: str, delimiter: str, unknown: str
) -> list[list[str]]:
    """Records of ``width`` fields that a rejected one may be. It has ``fields``, but another number
    of them; or it is no record, and ``raw`` is what it is."""
    if fields is not None:
        return _of_width(fields, width)
    text = raw.decode(errors="replace").rstrip("\r")
    found, ends = _torn(text, quote, delimiter)
    return [_placed(found, width, unknown, ends=ends)]


def _of_width(fields: list[str], width: int) -> list[list[str]]:
    """The records of that width, wherever the field is that is too many or too few."""
    more = len(fields) - width
    found = [
        [*fields[:at], *[""] * -more, *fields[at + max(more, 0) :]]
        for at in range(min(len(fields), width) + 1)
    ]
    return [one for number, one in enumerate(found) if one not in found[:number]]


def _torn(text: str, quote: str, delimiter: str) -> tuple[list[str | None], bool]:
    """The fields of a text that is no record, None for each that can't be read; and whether the
    last is at its end: what is behind an open quote may be part of it."""
    q, d = re.escape(quote), re.escape(delimiter)
    quoted = rf"{q}(?:[^{q}]|{q}{q})*{q}" if quote else "(?!)"
    field = re.compile(rf"(?P<quoted>{quoted})(?={d}|\Z)|[^{q}{d}]*(?={d}|\Z)")
    found: list[str | None] = []
    at = 0
    while at <= len(text):
        read = field.match(text, at)
        if read is None and quote and text.startswith(quote, at) and text.count(quote, at) == 1:
            return [*found, None], False
        if read is None:
            end = text.find(delimiter, at)
            end = len(text) if end < 0 else end
            value = None
        else:
            end = read.end()
            value = read[0][1:-1].replace(quote * 2, quote) if read["quoted"] else read[0]
        found.append(None if value is not None and re.search("[\0\ufffd]", value) else value)
        at = end + 1
    return found, True


def _placed(found: list[str | None], width: int, unknown: str, *, ends: bool) -> list[str]:
    """The fields before the first that can't be read, and those behind the last, which are counted
    from the end: a field that can't be read may hold delimiters."""
    if ends and len(found) == width:
        return [unknown if field is None else field for field in found]
    bad = [at for at, field in enumerate(found) if field is None]
    first = [field for field in found[: bad[0]] if field is not None] if bad else []
    last = [field for field in found[bad[-1] + 1 :] if field is not None] if bad else []
    between = width - len(first) - len(last)
    if between < 1:
        return [unknown] * width
    return [*first, *[unknown] * between, *last]
