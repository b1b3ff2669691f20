"""The servers of the bench: started for it, stopped with it, in folders of its own.

PostgreSQL keeps the durability that it has by default: ``fsync``, ``full_page_writes`` and
``synchronous_commit`` are on. The broker runs with the flags of Kafka's own start script.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.running import Failed
from bench.server.plan import Servers

JAVA = (
    *("-Xms1g", "-Xmx1g", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20"),
    *("-XX:InitiatingHeapOccupancyPercent=35", "-XX:+ExplicitGCInvokesConcurrent"),
)
POSTGRES = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "shared_buffers": "1GB",
    "max_wal_size": "4GB",
}


@contextmanager
def running(scratch: Path) -> Iterator[Servers]:
    """Servers that are there as long as the block, their data in ``scratch``. Each ends with this
    process, however that ends. Raises ``Failed``, saying what is missing or went wrong."""
    from tests.servers.broker import Broker, NoBroker
    from tests.servers.postgres import NoPostgres, Postgres, account

    # The user whom PostgreSQL runs as goes through it to the folder of its own.
    scratch.chmod(0o711)
    with ExitStack() as stack:
        try:
            broker = stack.enter_context(Broker(_folder(scratch / "kafka"), java=JAVA))
            place = _folder(scratch / "postgres", account())
            postgres = stack.enter_context(Postgres(place, POSTGRES))
        except (NoBroker, NoPostgres, AssertionError) as why:
            raise Failed(
                f"expected a Kafka broker and PostgreSQL to start on this machine, saw: {why}"
            ) from why
        yield Servers(broker.address, postgres.dsn)


def _folder(path: Path, user: str | None = None) -> Path:
    path.mkdir()
    if user is not None:
        account = pwd.getpwnam(user)
        os.chown(path, account.pw_uid, account.pw_gid)
    return path
