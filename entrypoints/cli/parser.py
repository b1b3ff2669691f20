"""How the words of a call are read, and what is said where they make no sense: one line."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Collection, Sequence
from typing import Any, NoReturn

#: Options that stand for a whole call.
_ALONE = ("-h", "--help", "--version")
_OPTION = re.compile("--?[a-z-]{1,30}")
_REQUIRED = "the following arguments are required: "


class Parser(argparse.ArgumentParser):
    """Reads the words of a command. An error is one line, with where to read on; what is nearly
    right is named. One whose default ``quotes`` is False is given what people said, and tells no
    value."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=_Help, allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and leave with exit status 2."""
        from entrypoints.terminal.errors import explain

        said = message.removeprefix("argument ")
        if said.startswith(_REQUIRED):
            said = f"expected also {said.removeprefix(_REQUIRED)}, saw a call without"
        explain(f"{said}; see '{self.prog} --help'", (), sys.stderr)
        sys.exit(2)

    def refuse(self, words: Sequence[str]) -> NoReturn:
        """Leave for words that this command does not know."""
        told = words if self._quotes() else [_without_value(word) for word in words]
        self.error(f"unrecognized arguments: {' '.join(told)}{self._meant(words)}")

    def _quotes(self) -> bool:
        return self.get_default("quotes") is not False

    def _meant(self, words: Sequence[str]) -> str:
        options = [name for action in self._actions for name in action.option_strings]
        named = (word.partition("=")[0] for word in words if word.startswith("-"))
        return "".join(did_you_mean(word, options) for word in list(named)[:1])

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """As argparse does it, in the one form of errors."""
        if action.choices is None or value in action.choices:
            return
        choices = [str(choice) for choice in action.choices]
        expected = "a command" if action.metavar == "COMMAND" else f"one of {', '.join(choices)}"
        saw = repr(str(value)) if self._quotes() else length_of(str(value))
        seen = f"expected {expected}, saw {saw}{did_you_mean(str(value), choices)}"
        raise argparse.ArgumentError(None if action.metavar == "COMMAND" else action, seen)


class _Help(argparse.RawDescriptionHelpFormatter):
    """Names of commands and options stand on one line with what they are for."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32)
        # Argparse forgets that the list of commands is indented once more than options are.
        self._action_max_length = len("    access-records")


def expect_command(parser: Parser, argv: Sequence[str]) -> None:
    """Leave where a call does not begin with a command, and say how it would."""
    if not argv:
        parser.error(
            "expected a command, saw none; begin with './pledger demo', which shows what this is"
            " for"
        )
    first = argv[0].partition("=")[0]
    if first.startswith("-") and first not in _ALONE:
        parser.error(
            f"expected a command first, saw the option {first!r}; options come after it, as in"
            f" './pledger promises {first} …'"
        )


def length_of(text: str) -> str:
    """What is told of a text that may be a person's."""
    return f"text of {len(text):,} characters"


def _without_value(word: str) -> str:
    """The name of an option; of any other word how long it is."""
    name, sign, _ = word.partition("=")
    if _OPTION.fullmatch(name):
        return f"{name}=…" if sign else name
    return length_of(word)


def did_you_mean(word: str, known: Collection[str]) -> str:
    """``; did you mean promises?``, or nothing where no known word is near."""
    from difflib import get_close_matches

    found = get_close_matches(word, known, n=1)
    return f"; did you mean {found[0]}?" if found else ""
