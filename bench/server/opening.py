"""Everything that the server bench needs before it can measure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import machine
from bench.plan import Bench
from bench.running import Say
from bench.server.pieces import server_home
from bench.server.plan import ServerSizes
from bench.server.rivals import environment
from bench.server.servers import POSTGRES, running

PACKAGES = ("confluent-kafka", "psycopg", "sqlglot", "pyarrow", "pyruhvro", "duckdb")
RIVALS = ("eventsourcing", "quixstreams", "bytewax")


@contextmanager
def opened(
    sizes: ServerSizes, scratch: Path, say: Say, *, rivals: bool, beside: Path | None = None
) -> Iterator[tuple[Bench, str]]:
    """The bench on servers that are there as long as the block, and what it is measured on, in
    words. Raises ``bench.running.Failed`` where the servers do not start."""
    python, why = None, "--no-rivals"
    if rivals:
        if not environment.installed():
            say("installing what the others need into bench/.venv …")
        try:
            python, why = environment.ready(), ""
        except environment.NotInstalled as problem:
            say(f"the rivals are left out: {problem}")
            why = str(problem)
    say("starting a Kafka broker and PostgreSQL …")
    with running(scratch) as servers:
        words = _words(scratch, servers.postgres, others=python is not None)
        yield server_home(sizes, servers, python, why, beside), words


def _words(scratch: Path, postgres: str, *, others: bool) -> str:
    import psycopg

    from tools.broker_jars import VERSION

    with psycopg.connect(postgres) as connection:
        found = connection.execute("SHOW server_version").fetchone()
    settings = ", ".join(f"{name} = {value}" for name, value in POSTGRES.items())
    parts = [
        machine.words(scratch, PACKAGES),
        f"Kafka {VERSION}",
        f"PostgreSQL {found[0] if found else '?'} ({settings})",
    ]
    if others:
        parts.append(", ".join(environment.pinned(name) for name in RIVALS))
    return "; ".join(parts)
