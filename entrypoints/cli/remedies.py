"""The command line's words for what a problem's remedy names (see ``domain.errors``)."""

from __future__ import annotations

from collections.abc import Mapping

from domain.errors import Problem, place_of, worded

#: What is no command of its own: options, and calls with an argument.
WORDS: Mapping[str, str] = {
    "name a home": "name it with --home or PLEDGER_HOME",
    "name another home": "name another with --home or PLEDGER_HOME",
    "name the data": "name it with --data",
    "name the importer": "give one with --name",
    "setting": "--set",
    "name both files": "name both with --tls-cert and --tls-key",
    "serve with tls": "give --tls-cert and --tls-key, or say --behind-proxy where one has TLS",
    "serve elsewhere": "name another with --host or --port",
    "name another port": "name another with --metrics",
    "copy to another home": "name another with --to",
    "export to another folder": "name another with --to",
    "compare nothing": "--no-check",
    "name the departments": "name them with --department, or --department '*' for every one",
    "give a reason": "say why with --reason TEXT",
    "give another key": "give another with --key",
    "give other rules": "name a file that has one",
    "leave facts out": "say which with --dismiss PARTITION:OFFSET, and why with --reason TEXT",
    "customer": "'./pledger customer ID'",
    "after": "--after",
    "units": "add --units",
    "forget lost": "use --forget-lost",
    "fresh": "--fresh",
    "give a query longer": "give it longer with --timeout SECONDS",
    "new topic": "say --new-topic",
    "leave positions out": "use './pledger rebuild --without POSITION'",
    "trust the clock": "use --trust-clock",
    "snapshot": "--snapshot",
    "accept vanished": "say --accept-vanished",
}


#: The kinds of errors about a value, by the interface of databases (PEP 249), and one of DuckDB's.
_ABOUT_DATA = frozenset({"DataError", "IntegrityError", "InvalidInputException"})
_FOREIGN = frozenset({"_duckdb", "builtins", "duckdb", "psycopg", "pyarrow"})


def words_of(action: str) -> str:
    """How one does here what a remedy names: a command, unless ``WORDS`` says otherwise."""
    return WORDS.get(action) or f"'./pledger {action}'"


def message_of(error: BaseException) -> str:
    """An error in the words of the command line. Of one whose words may quote a value, its kind and
    its place."""
    if isinstance(error, Problem):
        return error.worded(words_of)
    if _may_quote(error) or not str(error):
        return f"expected all to go well, saw {place_of(error)}; it is a fault of this program"
    return str(error)


def _may_quote(error: BaseException) -> bool:
    """Whether an error is about a value, and not in words of ours."""
    about_values = (ArithmeticError, AssertionError, LookupError, TypeError, ValueError)
    if any(kind.__name__ in _ABOUT_DATA for kind in type(error).__mro__):
        return True
    ours = type(error).__module__.partition(".")[0] not in _FOREIGN
    return isinstance(error, about_values) and not ours


def notes_of(error: BaseException) -> list[str]:
    """What was added to an error, in the words of the command line."""
    return [worded(note, words_of) for note in getattr(error, "__notes__", ())]
