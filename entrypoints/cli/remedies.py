"""The command line's words for what a problem's remedy names (see ``domain.errors``)."""

from __future__ import annotations

from collections.abc import Mapping

from domain.errors import Problem, worded

#: What is no command of its own: options, and calls with an argument.
WORDS: Mapping[str, str] = {
    "name a home": "name it with --home or PLEDGER_HOME",
    "name another home": "name another with --home or PLEDGER_HOME",
    "name the data": "name it with --data",
    "name the importer": "give one with --name",
    "setting": "--set",
    "name another port": "name another with --metrics",
    "copy to another home": "name another with --to",
    "give a reason": "say why with --reason TEXT",
    "leave facts out": "say which with --dismiss PARTITION:OFFSET, and why with --reason TEXT",
    "customer": "'./pledger customer ID'",
    "after": "--after",
    "forget lost": "use --forget-lost",
    "fresh": "--fresh",
    "leave positions out": "use './pledger rebuild --without POSITION'",
    "trust the clock": "use --trust-clock",
}


def words_of(action: str) -> str:
    """How one does here what a remedy names: a command, unless ``WORDS`` says otherwise."""
    return WORDS.get(action) or f"'./pledger {action}'"


def message_of(error: BaseException) -> str:
    """An error in the words of the command line; with its name, where it has none of its own or
    they are a mere key."""
    if isinstance(error, Problem):
        return error.worded(words_of)
    if isinstance(error, KeyError) or not str(error):
        return f"{type(error).__name__} {error}".strip()
    return str(error)


def notes_of(error: BaseException) -> list[str]:
    """What was added to an error, in the words of the command line."""
    return [worded(note, words_of) for note in getattr(error, "__notes__", ())]
