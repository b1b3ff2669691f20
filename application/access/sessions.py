"""Sessions of people, who look at pages: a cookie in the place of a key, short-lived and revocable.

A session comes of a ticket, which is good for once and for minutes, and travels in an address; of a
key; or of a login at an issuer. Tickets and sessions are kept as digests, like keys.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from application.access.keys import principal
from application.access.principals import Principal
from application.access.tokens import Chance, derived, digest_of, new_token, of_digest, same
from domain.access import PassKind, StoredPass

if TYPE_CHECKING:
    from application.access.store import AccessStore

#: A working day: who comes the next morning logs in again.
SESSION_LIFE = timedelta(hours=8)
TICKET_LIFE = timedelta(minutes=15)

_PREFIXES: dict[PassKind, str] = {"ticket": "pt_", "session": "ps_"}


class Sessions:
    """Who has which session, looked up anew each time, so that one that was ended elsewhere is at
    once nobody's here."""

    def __init__(self, store: AccessStore, clock: Callable[[], datetime], chance: Chance) -> None:
        self._store = store
        self._clock = clock
        self._chance = chance

    def ticket(self, who: Principal) -> str:
        """A ticket for somebody, to be redeemed within ``TICKET_LIFE``."""
        return self._issue("ticket", who, self._clock() + TICKET_LIFE)

    def redeem(self, ticket: str) -> str | None:
        """The session that a ticket becomes; None where it is none, or none any more. Of two that
        redeem it at once one gets the session."""
        found = self._found(ticket, "ticket")
        # A crash here leaves a ticket that is used up, and no session: another one is asked for.
        if found is None or not self._store.end_pass(found.digest):
            return None
        return self.begin(principal(found.name, found.scopes, found.departments))

    def begin(self, who: Principal, until: datetime | None = None) -> str:
        """A session of somebody, for ``SESSION_LIFE``, and no longer than ``until``."""
        end = self._clock() + SESSION_LIFE
        return self._issue("session", who, end if until is None else min(end, until))

    def whose(self, session: str) -> Principal | None:
        """Whose session it is; None where nobody's, or not any more."""
        found = self._found(session, "session")
        return found and principal(found.name, found.scopes, found.departments)

    def end(self, session: str) -> None:
        """End a session, if it is one."""
        self._store.end_pass(digest_of(session))

    def _issue(self, kind: PassKind, who: Principal, until: datetime) -> str:
        token = new_token(_PREFIXES[kind], self._chance)
        departments = None if who.departments is None else tuple(sorted(who.departments))
        scopes = tuple(sorted(who.scopes))
        one = StoredPass(digest_of(token), kind, who.name, scopes, departments, until)
        self._store.add_pass(one, self._clock())
        return token

    def _found(self, token: str, kind: PassKind) -> StoredPass | None:
        digest = digest_of(token)
        found = of_digest(digest, self._store.passes_like(digest))
        if found is None or found.kind != kind or found.expires_at <= self._clock():
            return None
        return found


def form_token(session: str) -> str:
    """What a form of this session's pages carries, and no page of another site can tell."""
    return derived(session, "form")


def is_form_token(given: str, session: str) -> bool:
    """Whether a form came from a page of this session."""
    return same(given, form_token(session))
