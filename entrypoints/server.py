"""A server home: a folder with a ``pledger.toml`` that says where Kafka and PostgreSQL are.

Kafka is the ledger there and PostgreSQL holds the views, which workers keep up. Passwords are never
in the file: it names an environment variable or a file that holds them.
"""

from __future__ import annotations

import os
import random
import re
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entrypoints.calls import CallError
from entrypoints.homes import AS_USUAL, Rebuilding, Rebuilt

if TYPE_CHECKING:
    import pyarrow as pa

    from domain.positions import Reach
    from domain.topics import Topic
    from entrypoints.homes import OnProgress
    from ledger.kafka.bulk import BulkKafkaLedger
    from ledger.kafka.settings import KafkaSettings
    from ledger.port import Receipt, Sealed
    from projections.postgres.home import PostgresHome
    from projections.postgres.session import PostgresSession

FILE = "pledger.toml"

#: How long workers may make no headway before they are taken for gone: longer than their session.
PATIENCE_S = 15.0
#: How many seconds the database may take to answer somebody who can do without.
ASKING_S = 3
PAUSE_S = 0.1
TABLES: Mapping[str, frozenset[str]] = {
    "kafka": frozenset({"bootstrap_servers", "topic", "client_id", "security"}),
    "postgres": frozenset({"dsn", "schema", "password_env", "password_file"}),
}
#: Names that need no quotes in SQL, with room for ``_g`` and a generation's number in the 63 bytes
#: that PostgreSQL keeps of a name. It has those with ``pg_`` for itself.
SCHEMA = re.compile(r"(?!pg_)[a-z_][a-z0-9_]{0,49}")
REQUIRED = (("kafka", "bootstrap_servers"), ("postgres", "dsn"))


class ServerHome:
    """The home that a ``pledger.toml`` names. Servers are reached when they are needed."""

    def __init__(self, folder: Path, on_wait: Callable[[str], None]) -> None:
        self.folder = folder
        self._on_wait = on_wait
        self._settings = read_settings(folder / FILE)
        self._views: PostgresHome | None = None

    @property
    def kafka(self) -> KafkaSettings:
        """Where the ledger is. Raises CallError where a setting is wrong."""
        from ledger.kafka.settings import KafkaSettings

        table = self._settings["kafka"]
        try:
            return KafkaSettings(
                table["bootstrap_servers"],
                topic=table.get("topic", "pledger.facts"),
                client_id=table.get("client_id", "pledger"),
                security=_revealed(table.get("security", {}), self.folder),
            )
        except ValueError as error:
            raise CallError(f"{self.folder / FILE}, [kafka]: {error}") from error

    @property
    def dsn(self) -> str:
        """Where the views are, as libpq takes it, with its password if the file names one."""
        from projections.errors import NoDsn
        from projections.postgres.dsn import whole

        table = self._settings["postgres"]
        try:
            return whole(table["dsn"], _secret(table, "password", self.folder))
        except NoDsn as error:
            raise CallError(f"{self.folder / FILE}, [postgres] dsn: {error}") from error

    def remembered(self) -> Topic | None:
        """The topic that the live views are of, as it was when they were begun; None where there
        are none. Raises CallError where the database does not say."""
        from projections.errors import Away, Forbidden, TryAgain
        from projections.postgres.topics import topic_of_live

        try:
            return topic_of_live(self.dsn, self.schema, patience_s=ASKING_S)
        except (Away, Forbidden, TryAgain) as error:
            raise CallError(str(error)) from error

    @property
    def schema(self) -> str:
        """The name of the control schema."""
        return str(self._settings["postgres"].get("schema", "pledger"))

    def views(self) -> PostgresHome:
        """The views. Made once: their fingerprint is of everything that folds."""
        if self._views is None:
            from consumers.projector import catalogue_of_types
            from projections.postgres.home import PostgresHome

            self._views = PostgresHome(
                self.dsn, catalogue_of_types(), schema=self.schema, on_wait=self._on_wait
            )
        return self._views

    @contextmanager
    def ledger(self, patience_s: float = 30.0) -> Iterator[BulkKafkaLedger]:
        """The ledger as it is, in places of its partitions. ``patience_s`` is how long it may take
        to answer."""
        from ledger.kafka.bulk import BulkKafkaLedger

        with BulkKafkaLedger(self.kafka, patience=patience_s) as ledger:
            yield ledger

    @contextmanager
    def writing(self) -> Iterator[Counted]:
        """The ledger to append to, once it is known that its topic can lose no fact. The database
        knows how many partitions it had. Facts can be kept without it, so where it does not say,
        that alone is not checked: workers, which can't do without it, will."""
        from ledger.kafka.topic import check

        try:
            remembered = self.remembered()
        except CallError:
            remembered = None
        faults = check(self.kafka, partitions=remembered and remembered.partitions)
        if faults:
            raise CallError("\n".join(["this topic can lose or reorder facts:", *map(str, faults)]))
        with self.ledger() as ledger:
            yield Counted(ledger)

    @contextmanager
    def asking(self, on_progress: OnProgress) -> Iterator[tuple[PostgresSession, Reach]]:
        """A session on the views as the workers have kept them, and how far they stand."""
        del on_progress  # workers take facts in, not who asks
        with self.views().reading() as session:
            yield session, self._reach(session.horizon)

    def catch_up(self, on_progress: OnProgress) -> None:
        """Have the views take in all that the ledger has now. Workers do so; where none is at work
        for a while, this process does it itself."""
        with self.ledger() as ledger:
            head = ends_of(ledger)
        self.views().prepare()
        if not self._await(head, on_progress):
            self.fold_here(head, on_progress)

    def fold_here(self, head: Mapping[int, int], on_progress: OnProgress) -> None:
        """Have the views take in the ledger up to a place, in this process. Workers that hold the
        partitions lose them for as long."""
        from consumers.running import run_until
        from consumers.surroundings import Surroundings

        def pause(seconds: float) -> bool:
            time.sleep(seconds)
            return False

        around = Surroundings(lambda: datetime.now(UTC), time.monotonic, random.random, pause)
        run_until(self.kafka, self.views(), head, around, on_progress=on_progress)

    def _await(self, head: Mapping[int, int], on_progress: OnProgress) -> bool:
        """Whether workers have taken in all up to here. Waits as long as they make headway."""
        total, before, since = sum(head.values()), -1, time.monotonic()
        while True:
            horizon, owned = self._kept_up()
            missing = sum(max(0, end - horizon.get(p, 0)) for p, end in head.items())
            on_progress(total - missing, total)
            if not missing:
                return True
            if missing != before:
                before, since = missing, time.monotonic()
            if not owned or time.monotonic() - since > PATIENCE_S:
                return False
            time.sleep(PAUSE_S)

    def _kept_up(self) -> tuple[dict[int, int], bool]:
        """How far the views stand, and whether a worker says that it keeps them up."""
        from projections.postgres.ownership import progress

        with self.views().reading() as session:
            standing = progress(session.connection)
        horizon = {partition: one.next_offset for partition, one in standing.items()}
        return horizon, any(one.owner is not None for one in standing.values())

    def select(self, sql: str, on_progress: OnProgress) -> pa.Table:
        """The rows of one query of the data teams' own, in PostgreSQL's SQL."""
        del on_progress
        from projections.postgres.freely import query

        with self.views().reading() as session:
            return query(session, sql)

    def rebuild(self, on_progress: OnProgress, how: Rebuilding = AS_USUAL) -> Rebuilt:
        """Build every view anew, beside the live ones, and swap. Raises ``Lost`` where
        the topic lacks facts that it had, unless they are to be forgotten."""
        from consumers.rebuilding import rebuild
        from projections.duckdb_home import MEMORY_LIMIT

        done = rebuild(
            self.kafka,
            self.views(),
            on_progress,
            within=how.within,
            memory=how.memory or MEMORY_LIMIT,
            forget_lost=how.forget_lost,
            on_note=self._on_wait,
        )
        return Rebuilt(done.facts, self._reach(done.horizon))

    def _reach(self, horizon: Mapping[int, int]) -> Reach:
        return _counted(horizon, len(horizon))


class Counted:
    """A ledger on Kafka that says how far it goes as people count."""

    def __init__(self, ledger: BulkKafkaLedger) -> None:
        self._ledger = ledger

    def append(self, facts: Sequence[Sealed], *, all_or_nothing: bool = False) -> list[Receipt]:
        """See ``ledger.port.Ledger``."""
        return self._ledger.append(facts, all_or_nothing=all_or_nothing)

    def head(self) -> Reach:
        """See ``ledger.port.Ledger``."""
        return _counted(self._ledger.head(), self._ledger.partitions())


def ends_of(ledger: BulkKafkaLedger) -> dict[int, int]:
    """Partition -> next offset, of all that there are: those without a record too."""
    return dict.fromkeys(range(ledger.partitions()), 0) | dict(ledger.head())


def _counted(ends: Mapping[int, int], partitions: int) -> Reach:
    """Partition -> next offset as people count: a plain number where there is one partition."""
    from domain.positions import Vector

    return ends.get(0, 0) if partitions <= 1 and ends.keys() <= {0} else Vector(ends)


def read_settings(path: Path) -> dict[str, dict[str, Any]]:
    """The tables of a ``pledger.toml``. Raises CallError, naming what is wrong."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CallError(f"expected TOML in {path}, saw: {error}") from error
    for name, table in found.items():
        if name not in TABLES or not isinstance(table, dict):
            raise CallError(
                f"{path}: expected the tables {_listed(TABLES)}, saw {name!r}; take it out"
            )
        for key in table:
            if key not in TABLES[name]:
                raise CallError(
                    f"{path}, [{name}]: expected the keys {_listed(TABLES[name])}, saw {key!r};"
                    " correct it, or take it out"
                )
            kind = dict if key == "security" else str
            if not isinstance(table[key], kind):
                expected = "a table" if kind is dict else "text in quotes"
                raise CallError(
                    f"{path}, [{name}]: expected {key} to be {expected}, saw another kind of value;"
                    " correct it"
                )
    for name, key in REQUIRED:
        if not isinstance(found.get(name, {}).get(key), str):
            raise CallError(f'{path}, [{name}]: expected {key} = "…", saw none; add it')
    schema = found["postgres"].get("schema", "pledger")
    if not SCHEMA.fullmatch(schema):
        raise CallError(
            f"{path}, [postgres]: expected schema to be at most 50 small letters, digits and _, not"
            f" with a digit or pg_ in front, saw {schema!r}; name another"
        )
    return found


def _listed(names: Any) -> str:
    return ", ".join(sorted(names))


def _revealed(security: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """Settings of a connection with their secrets read: ``NAME_env`` names the environment variable
    and ``NAME_file`` the file that holds the value of ``NAME``."""
    plain = {
        name: str(value) for name, value in security.items() if not name.endswith(("_env", "_file"))
    }
    for name in security:
        bare = name.removesuffix("_env").removesuffix("_file")
        if bare != name:
            plain[bare] = _secret(security, bare, folder) or ""
    return plain


def _secret(table: Mapping[str, Any], name: str, folder: Path) -> str | None:
    """A secret by the name of its environment variable or of its file."""
    if variable := table.get(f"{name}_env"):
        value: str | None = os.environ.get(variable)
        if value is None:
            raise CallError(
                f"expected the environment variable {variable}, which holds {name}, saw none;"
                f" set it, or name another in {folder / FILE}"
            )
        return value
    if file := table.get(f"{name}_file"):
        try:
            text = (folder / str(file)).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CallError(
                f"expected {name} in the file {file}, saw: {error.__class__.__name__};"
                f" make it readable, or name another in {folder / FILE}"
            ) from error
        return text.rstrip("\r\n")
    return None
