"""What PostgreSQL's errors mean to a worker: wait, try again, look at the facts, or give up.

By SQLSTATE, as in https://www.postgresql.org/docs/current/errcodes-appendix.html: the classes of
exceptions group them otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from domain.errors import place_of
from projections.errors import AtFault, Away, Forbidden, TryAgain, Unfoldable

#: The server is away, goes away, has no room, or only reads at the moment.
_AWAY = ("08", "53", "57P", "58", "25006", "25P03", "25P04")
#: Another transaction was in the way: the same transaction may go through the next time.
_AGAIN = ("40", "55P03", "55006", "57014")
#: Internal errors of the server: two transactions that changed a thing at once, or some value.
_AT_FAULT = ("XX000",)
#: The server refuses the role: passwords, databases, rights.
_REFUSED = ("28", "3D", "42501")
#: A server's messages for these on connecting: libpq then hands on the text, and no SQLSTATE. With
#: a text in another language, or in other words than these, the server is waited for.
_NO_ENTRY = re.compile(
    r"FATAL: +(?:"
    r"(?:\S+ )?(?:password )?authentication failed|"
    r"role \".*\" (?:does not exist|is not permitted to log in)|"
    r"database \".*\" does not exist|permission denied for database|"
    r"no pg_hba\.conf entry|pg_hba\.conf rejects|"
    r"connection requires a valid client certificate|"
    r"no such (?:user|database)"  # PgBouncer's
    r")"
)
#: libpq's messages for wrong settings of the DSN, for which waiting is in vain: its own, and those
#: of encryption.
_NO_SUCH_WAY = re.compile(
    r"invalid \"?\w+\"? value:|invalid port number|"
    r"server does not support SSL, but SSL was required|weak sslmode \".*\" may not be used|"
    r"certificate verify failed|server certificate for .* does not match host name|"
    r"certificate file \".*\" does not exist|could not (?:read|load) .*(?:certificate|private key)|"
    r"private key file \".*\"|channel binding (?:is )?required|GSSAPI encryption required"
)
#: The rows do not fit: values, arithmetic, constraints, limits of the program.
_DATA = ("21", "22", "23", "54")
#: Errors of the folds' own Python, which a fact may bring about.
_FOLDING = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
)


@contextmanager
def explained() -> Iterator[None]:
    """Errors of the database as those of ``projections.errors``. Others pass: they are faults of
    the program, for which waiting is in vain."""
    try:
        yield
    except psycopg.Error as error:
        explanation = _explanation(error)
        if explanation is None:
            raise
        raise explanation from error


@contextmanager
def folding(*, suspecting: bool = False) -> Iterator[None]:
    """As ``explained``, around the folds alone: their own errors come of some fact too; and those
    that are the database's own, where a fact may be their cause."""
    try:
        with explained():
            yield
    except _FOLDING as error:
        raise Unfoldable(type(error).__name__, place_of(error)) from error
    except AtFault as error:
        if not suspecting:
            raise
        # What is parked keeps this text, and answers have it: sentences, as they always were.
        advice = error.remedy[0].upper() + error.remedy[1:]
        text = f"expected {error.expected}; seen: {error.seen}. {advice}"
        raise Unfoldable("InternalError", text) from error


def _explanation(error: psycopg.Error) -> Exception | None:
    state = error.sqlstate
    if state is None:
        return _without_state(error)
    if state.startswith(_DATA):
        kind = f"{type(error).__name__} ({state})"
        return Unfoldable(kind, " in ".join([kind, *_named(error)]))
    if state.startswith(_AGAIN):
        return TryAgain(f"{type(error).__name__} ({state})")
    if state.startswith(_AT_FAULT):
        # Its message is left to its log: it may quote a value.
        return AtFault(
            "PostgreSQL to do as it was told",
            f"an internal error of it ({state})",
            "its own log says more: repair the database, or look at the fact",
        )
    if state.startswith(_AWAY):
        return _away(error)
    if state.startswith(_REFUSED):
        return Forbidden(
            "the database to let us make and fill our schemas",
            _line(error),
            "give the role of the DSN the right to it, or name another in pledger.toml",
        )
    return None


def _without_state(error: psycopg.Error) -> Exception | None:
    """The connection broke, or could not be made: libpq gives a text only. A value that the driver
    itself can't write has no state either."""
    if isinstance(error, psycopg.DataError):
        return Unfoldable(type(error).__name__, place_of(error))
    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return None
    # Of several addresses each has a line; a refusal at one of them is a refusal.
    lines = str(error).splitlines()
    refused = [one for one in lines if _NO_ENTRY.search(one) or _NO_SUCH_WAY.search(one)]
    if refused or (error.pgconn is not None and error.pgconn.needs_password):
        return Forbidden(
            "PostgreSQL to let us in",
            refused[0].strip() if refused else _line(error),
            "correct the dsn and the password that pledger.toml names, or the role and the database"
            " on the server",
        )
    return _away(error)


def _away(error: psycopg.Error) -> Away:
    return Away(
        "PostgreSQL to answer", _line(error), "start it, or correct the dsn in pledger.toml"
    )


def _named(error: psycopg.Error) -> list[str]:
    """The constraint or column that an error names: ours, while its words may quote a value."""
    names = (error.diag.constraint_name, error.diag.column_name)
    return [name for name in names if name][:1]


def _line(error: psycopg.Error) -> str:
    """The first line of the message: those that follow quote rows."""
    return (error.diag.message_primary or str(error)).strip().partition("\n")[0]
