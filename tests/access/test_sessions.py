"""Tickets and sessions: good once, good for hours, and ended at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from application.access.sessions import (
    SESSION_LIFE,
    TICKET_LIFE,
    Sessions,
    form_token,
    is_form_token,
)
from ledger.sqlite.access import SQLiteAccess
from tests.access.given import NOW, Chance, Clock, somebody, sqlite_store, stored_key


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteAccess]:
    with sqlite_store(tmp_path) as store:
        yield store


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(store: SQLiteAccess, clock: Clock) -> Sessions:
    return Sessions(store, clock, Chance())


def test_a_ticket_becomes_one_session(sessions: Sessions) -> None:
    who = somebody("ask", "desk", departments="care shop")
    ticket = sessions.ticket(who)
    assert sessions.whose(ticket) is None, "a ticket is no session"
    session = sessions.redeem(ticket)
    assert session is not None
    assert sessions.whose(session) == who
    assert sessions.redeem(ticket) is None
    assert sessions.redeem(session) is None, "nor a session a ticket"
    assert sessions.whose(session) == who


def test_of_many_who_redeem_a_ticket_one_gets_the_session(sessions: Sessions) -> None:
    ticket = sessions.ticket(somebody())
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(sessions.redeem, [ticket] * 8))
    assert sum(session is not None for session in found) == 1


def test_tickets_and_sessions_end_by_themselves(sessions: Sessions, clock: Clock) -> None:
    ticket, session = sessions.ticket(somebody()), sessions.begin(somebody())
    clock.at = NOW + TICKET_LIFE
    assert sessions.redeem(ticket) is None
    clock.at = NOW + SESSION_LIFE - timedelta(seconds=1)
    assert sessions.whose(session) is not None
    clock.at = NOW + SESSION_LIFE
    assert sessions.whose(session) is None


def test_a_session_lasts_no_longer_than_what_it_comes_of(sessions: Sessions, clock: Clock) -> None:
    session = sessions.begin(somebody(), NOW + timedelta(hours=1))
    clock.move(hours=1)
    assert sessions.whose(session) is None


def test_a_session_that_was_ended_is_nobodys(sessions: Sessions) -> None:
    one, other = sessions.begin(somebody()), sessions.begin(somebody())
    sessions.end(one)
    sessions.end("of nobody")
    assert sessions.whose(one) is None
    assert sessions.whose(other) is not None


def test_a_session_of_a_key_ends_with_the_key(store: SQLiteAccess, sessions: Sessions) -> None:
    store.add_key(stored_key("a", b"\1" * 32))
    session = sessions.begin(somebody("ask", name="a"))
    store.revoke("a", NOW)
    assert sessions.whose(session) is None
    assert sessions.whose(sessions.begin(somebody("ask", name="a"))) is None


def test_a_form_token_is_of_its_session_alone(sessions: Sessions) -> None:
    one, other = sessions.begin(somebody()), sessions.begin(somebody())
    assert is_form_token(form_token(one), one)
    assert not is_form_token(form_token(other), one)
    assert not is_form_token(one, one)
    assert not is_form_token("", one)
