"""Who is known at the door of a home: by its own keys, by sessions of its pages, and by tokens of
the issuer that its ``access.toml`` names, if it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from application.access.keys import EVERY_DEPARTMENT, PREFIX, KeyHolders, Made, NewKey, create
from application.access.principals import SCOPES, Principal
from application.access.sessions import Sessions
from application.access.settings import read_trusted
from application.access.tokens import Chance
from domain.errors import Wrong

if TYPE_CHECKING:
    from application.access.store import AccessStore
    from application.home import Home
    from entrypoints.http.oidc import Tokens

#: Who sits at the machine that serves a home. No key can have the name.
OWNER = Principal("local:owner", frozenset(SCOPES))
#: The key that is made at the first start.
FIRST_KEY = "first"


@dataclass(frozen=True)
class Access:
    """What a door asks about who comes; it is ``Callers``. ``tokens`` are those of an issuer; None
    where none is trusted."""

    store: AccessStore
    keys: KeyHolders
    sessions: Sessions
    tokens: Tokens | None
    clock: Callable[[], datetime]
    chance: Chance

    def bearer(self, token: str) -> Principal | None:
        """See ``Callers``. Raises ``Unavailable`` where the issuer's keys can't be had."""
        if token.startswith(PREFIX):
            return self.keys.whose(token)
        if self.tokens is not None and token.count(".") == 2:
            return self.tokens.whose(token)
        return None


@dataclass(frozen=True)
class Welcome:
    """What is shown when a home begins to be served: the key that was made, at its first start
    alone; and the address by which a person looks at it, good for once and for a quarter of an
    hour."""

    key: Made | None
    address: str


@contextmanager
def access_to(
    home: Home,
    *,
    clock: Callable[[], datetime],
    monotonic: Callable[[], float],
    chance: Chance,
    environment: Mapping[str, str],
) -> Iterator[Access]:
    """Who may do what at the door of a home, as long as the block lasts. ``chance`` gives bytes
    that nobody can guess, as ``secrets.token_bytes`` does; ``environment`` has the secrets that
    ``access.toml`` names. Raises ``WrongSettings``."""
    tokens = None
    if (trusted := read_trusted(home.folder, environment)) is not None:
        from entrypoints.http.issuer import Issuer
        from entrypoints.http.oidc import Tokens

        tokens = Tokens(Issuer(trusted, monotonic), clock)
    with home.access(begin=True) as store, closing(KeyHolders(store, clock)) as keys:
        yield Access(store, keys, Sessions(store, clock, chance), tokens, clock, chance)


def welcome(access: Access, origin: str, onward: str = "/") -> Welcome:
    """What to show at a start, at the ``origin`` of the door (``http://127.0.0.1:8321``). A key
    with all scopes is made where the home has had none. ``onward`` is the page that a browser comes
    to. What is shown is a secret: on a terminal, in no log."""
    made = None
    if not access.store.all_keys():
        asked = NewKey(name=FIRST_KEY, scopes=SCOPES, departments=[EVERY_DEPARTMENT])
        with suppress(Wrong):  # another process that begins just now has made it
            made = create(access.store, asked, access.clock(), access.chance)
    address = f"{origin}/login?ticket={access.sessions.ticket(OWNER)}"
    return Welcome(made, address if onward == "/" else f"{address}&next={quote(onward, safe='')}")
