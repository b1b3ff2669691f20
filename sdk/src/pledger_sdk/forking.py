"""What must not happen to an outbox when its process forks.

A child inherits the connection to the database, and with it SQLite's belief to hold the lock on the
file. If the child ever closed it, at its exit for one, SQLite would take the log for its own, write
it into the file and delete it, while the parent goes on writing to the deleted log. So a child
never closes it: the connection is given one reference that nobody takes back. And no transaction
is under way while a process forks.
"""

from __future__ import annotations

import ctypes
import os
import sqlite3
from typing import Protocol
from weakref import WeakSet


class Guarded(Protocol):
    """What is told of forks."""

    def hold(self) -> None:
        """Before the fork."""

    def release(self) -> None:
        """After it, in the parent."""

    def abandon(self) -> None:
        """After it, in the child."""


_GUARDED: WeakSet[Guarded] = WeakSet()
_HELD: list[Guarded] = []


def guard(one: Guarded) -> None:
    """Tells ``one`` of every fork as long as it lives."""
    _GUARDED.add(one)


def immortal(database: sqlite3.Connection) -> None:
    """Keeps a connection from ever being closed by Python."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(database))


def _before() -> None:
    _HELD.extend(_GUARDED)
    for one in _HELD:
        one.hold()


def _in_parent() -> None:
    while _HELD:
        _HELD.pop().release()


def _in_child() -> None:
    while _HELD:
        _HELD.pop().abandon()


os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)
