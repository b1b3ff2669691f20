"""Reads the runnable parts of a document and holds outputs to what is shown. The conventions are
in this package's docstring."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

FENCE = re.compile(r"^(?P<indent> *)(?P<fence>`{3,}|~{3,}) *(?P<language>[\w+-]*)[^`]*$")
NOTE = re.compile(r"^ *<!-- *(?P<key>numbers vary|not run|file)(?: *: *(?P<value>.*?))? *-->$")
STATUS = re.compile(r"^\[exit status (\d+)\]$")
ANY = "…"


@dataclass(frozen=True)
class File:
    """Content to be saved under a name before the commands that follow."""

    line: int
    name: str
    content: str


@dataclass(frozen=True)
class Command:
    """A command, the lines that it must print and its exit status."""

    line: int
    text: str
    shown: tuple[str, ...]
    status: int = 0
    numbers_vary: bool = False


def steps(document: str) -> list[File | Command]:
    """What a document does, in order. Raises ``ValueError`` for a block that does not follow the
    conventions, with its line."""
    found: list[File | Command] = []
    for line, language, notes, content in _blocks(document.splitlines()):
        if "not run" in notes:
            if not notes["not run"]:
                raise ValueError(f"line {line}: expected <!-- not run: REASON -->")
        elif "file" in notes:
            found.append(File(line, notes["file"], "".join(f"{row}\n" for row in content)))
        elif language == "console":
            found += _commands(line, content, numbers_vary="numbers vary" in notes)
        elif notes:
            raise ValueError(f"line {line}: <!-- {next(iter(notes))} --> before a block not run")
    return found


def _blocks(
    lines: Sequence[str],
) -> Iterator[tuple[int, str, dict[str, str], list[str]]]:
    """Each fenced block: its line, language, the notes right before it, and its content."""
    notes: dict[str, str] = {}
    at = 0
    while at < len(lines):
        if note := NOTE.match(lines[at]):
            notes[note["key"]] = note["value"] or ""
        elif fence := FENCE.match(lines[at]):
            start, close, indent = at + 1, fence["fence"], len(fence["indent"])
            at += 1
            content = []
            while at < len(lines) and lines[at].strip() != close:
                content.append(lines[at][indent:])
                at += 1
            if at == len(lines):
                raise ValueError(f"line {start}: the block is not closed")
            yield start, fence["language"], notes, content
            notes = {}
        elif lines[at].strip():
            notes = {}
        at += 1


def _commands(line: int, content: Sequence[str], *, numbers_vary: bool) -> Iterator[Command]:
    at = 0
    while at < len(content):
        if not content[at].startswith("$ "):
            raise ValueError(f"line {line + 1 + at}: expected a command ($ …), saw {content[at]!r}")
        begin, text = at, [content[at][2:]]
        at += 1
        while at < len(content) and content[at].startswith(">"):
            text.append(content[at][1:].removeprefix(" "))
            at += 1
        shown = []
        while at < len(content) and not content[at].startswith("$ "):
            shown.append(content[at].rstrip())
            at += 1
        status = STATUS.match(shown[-1]) if shown else None
        if status:
            shown.pop()
        while shown and not shown[-1]:
            shown.pop()
        code = int(status[1]) if status else 0
        yield Command(line + 1 + begin, "\n".join(text), tuple(shown), code, numbers_vary)


def matches(shown: Sequence[str], printed: Sequence[str], *, numbers_vary: bool = False) -> bool:
    """Whether the printed lines are what is shown."""
    parts = []
    for line in shown:
        if line.strip() == ANY:
            parts.append(r"(?:[^\n]*\n)*?")
            continue
        pieces = (re.escape(_plain(piece, numbers_vary)) for piece in line.rstrip().split(ANY))
        parts.append(r"[^\n]*?".join(pieces) + r"\n")
    text = "".join(f"{_plain(line.rstrip(), numbers_vary)}\n" for line in printed)
    return re.fullmatch("".join(parts), text) is not None


def _plain(text: str, numbers_vary: bool) -> str:
    """The text with numbers and the lengths that depend on them taken out."""
    if not numbers_vary:
        return text
    text = re.sub(r"\d+(?:[.,\u202f\u00a0 ]?\d+)*", "0", text)
    return re.sub(r"([ ─━═█▉▊▋▌▍▎▏░▒▓╸╺│┃-])[ ─━═█▉▊▋▌▍▎▏░▒▓╸╺│┃-]*", r"\1", text)
