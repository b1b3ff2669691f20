"""What use cases need of a home: a ledger and the views over it, whatever the kind of both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from consumers.runtime import Runtime

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    import pyarrow as pa

    from application.access.store import AccessStore
    from application.desk import Desk
    from domain.positions import Reach
    from ledger.port import EventData, Receipt
    from projections.session import Session

__all__ = [
    "ACCESS_FILE",
    "ACCESS_SETTINGS",
    "AS_USUAL",
    "BEFORE_FACTS",
    "DESK_FILE",
    "IMPORT_PATIENCE_S",
    "LEDGER_FILE",
    "SERVER_FILE",
    "Appending",
    "Asking",
    "Home",
    "OnProgress",
    "OnWait",
    "Progress",
    "Rebuilding",
    "Rebuilt",
    "Runtime",
    "held_alone",
    "silent",
    "unseen",
]

#: The facts of an embedded home, what its desk decided, who may do what, and the settings that make
#: a folder a server home.
LEDGER_FILE = "ledger.sqlite"
DESK_FILE = "desk.sqlite"
ACCESS_FILE = "access.sqlite"
#: Whose tokens a home trusts beside its own keys.
ACCESS_SETTINGS = "access.toml"
#: What may lie in the folder of a home before its first fact: who may do what at its door.
BEFORE_FACTS = frozenset({ACCESS_FILE, f"{ACCESS_FILE}-wal", f"{ACCESS_FILE}-shm", ACCESS_SETTINGS})
SERVER_FILE = "pledger.toml"

#: Called with the facts folded so far, and those to fold in all.
OnProgress = Callable[[int, int], None]
#: Called once, with a sentence, when something is awaited.
OnWait = Callable[[str], None]


class Progress(Protocol):
    """Work that lasts, given a name to show; what it gives is called as it comes on."""

    def __call__(self, description: str, /) -> AbstractContextManager[OnProgress]:
        """The work begins, and ends with the block."""


def silent(done: int, total: int) -> None:
    """For callers that show no progress."""


class Rebuilding(NamedTuple):
    """How a home is to build its views: ``forget_lost``, although the ledger lacks facts that it
    had. A server home: with its scratch file in a folder of its own ``within`` another; ``memory``
    (as DuckDB takes it: ``4GB``) bounds what the fold holds of it. An embedded home: from now on
    ``without`` the facts at these positions, and again with those at others (``taken_back``)."""

    forget_lost: bool = False
    within: Path | None = None
    memory: str | None = None
    without: tuple[int, ...] = ()
    taken_back: tuple[int, ...] = ()


AS_USUAL = Rebuilding()

#: How many seconds an import of a snapshot waits for another one to end.
IMPORT_PATIENCE_S = 600


class Rebuilt(NamedTuple):
    """What a rebuild did: the facts it folded, and how far the views stand."""

    facts: int
    reach: Reach


class Appending(Protocol):
    """What use cases need of a ledger to write to (see ``ledger.port.Ledger``)."""

    def append(self, facts: Sequence[EventData], *, all_or_nothing: bool = False) -> list[Receipt]:
        """Keep a batch; one receipt a fact."""

    def head(self) -> Reach:
        """How far the ledger goes."""


class Asking(Protocol):
    """What questions need of a home."""

    def asking(self, on_progress: OnProgress) -> AbstractContextManager[tuple[Session, Reach]]:
        """A session on the views, and how far they stand for the ledger."""


class Home(Asking, Protocol):
    """What use cases need of a home."""

    folder: Path

    @property
    def building(self) -> tuple[int, int] | None:
        """How many facts this process has taken into the views, and of how many, while it does so,
        (0, 0) at its beginning; None while it does not."""

    def definition(self) -> str:
        """A fingerprint of everything that decides what the rows of the views are."""

    def interrupt(self, thread: int) -> None:
        """Have the question that a thread of this process is asking fail, if it asks one."""

    def writing(
        self, *, trust_clock: bool = False, new_topic: bool = False
    ) -> AbstractContextManager[Appending]:
        """The ledger, to append to. ``trust_clock``: although this machine's clock is far from when
        the last fact was recorded; ``new_topic``: although the views are of another topic."""

    def take_in(self, on_progress: OnProgress) -> None:
        """Have the views take in all that the ledger has now. Raises ``Unavailable`` where nobody
        does so."""

    def importing(self) -> AbstractContextManager[object]:
        """To be the only one who imports a snapshot. Raises ``Unavailable`` where another does, and
        takes long."""

    def select(self, sql: str, on_progress: OnProgress, timeout_s: float) -> pa.Table:
        """The rows of one query of the data teams' own. Raises ``QueryRefused`` and ``TooSlow``."""

    def left_out(self) -> tuple[int, ...]:
        """The positions of the facts that are left out of the views by word, in their order."""

    def rebuild(self, on_progress: OnProgress, how: Rebuilding = AS_USUAL) -> Rebuilt:
        """Build every view anew, beside the live ones, and swap."""

    def desk(self, on_progress: OnProgress, *, begin: bool) -> AbstractContextManager[Desk]:
        """The desk, to decide at and to relay what was decided. ``begin``: in a home that may be
        made for it. Raises ``NoHome``."""

    def access(self, *, begin: bool) -> AbstractContextManager[AccessStore]:
        """Keys, sessions and access records. ``begin``: in a home that may be made for it. Raises
        ``NoHome``."""


def unseen(description: str, /) -> AbstractContextManager[OnProgress]:
    """For callers that show no progress."""
    from contextlib import nullcontext

    del description
    return nullcontext(silent)


def held_alone(
    path: Path, purpose: str, patience_s: float, on_wait: OnWait
) -> AbstractContextManager[object]:
    """A lock on something between processes, which ends with the process that has it. Raises
    ``Unavailable`` where another holds it for so long."""
    from projections.file_locks import locked

    return locked(path, exclusive=True, purpose=purpose, patience_s=patience_s, on_wait=on_wait)
