"""A PostgreSQL server of one's own, on the loopback interface and on a socket in its folder."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import psycopg
from psycopg.conninfo import make_conninfo

from tests.servers.process import ServerProcess, free_ports

#: Where Debian has a folder for each version.
INSTALLED = Path("/usr/lib/postgresql")
#: Small, and quick rather than safe from a power cut: what a killed process wrote, the system has.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "80",
    "log_line_prefix": "%m [%p] ",
}
#: The role of the tests: it may create databases, and is not the server's superuser.
ROLE = "pledger"
#: It sorts text in the way of a language and not by bytes, as most installed servers do: a view
#: that relied on the order of its home would differ between homes.
LOCALE = ("--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US")


class NoPostgres(Exception):
    """There is nothing to start; the text says what is missing."""


def binaries() -> Path:
    """The folder of ``initdb`` and ``postgres``: of the PATH, or the newest that is installed."""
    named = shutil.which("initdb")
    if named is not None and shutil.which("postgres") is not None:
        return Path(named).resolve().parent
    places = INSTALLED.glob("*/bin/postgres")
    found = sorted(
        (place for place in places if place.parts[-3].isdigit()),
        key=lambda place: int(place.parts[-3]),
    )
    if not found:
        raise NoPostgres(
            f"there is no initdb and postgres on the PATH, nor in {INSTALLED}"
            " (on Debian: apt-get install postgresql)"
        )
    return found[-1].parent


def account() -> str | None:
    """Whom the server runs as: ourselves, or ``postgres`` where we are root, which it refuses."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError as none:
        raise NoPostgres("we are root, and there is no user postgres to run it as") from none


class Postgres:
    """Stops and comes back on the same port with the same data. `start` it in a thread that stays
    as long as it is wanted. ``folder`` belongs to `account`."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        """Raises `NoPostgres` where it is not installed."""
        self._binaries = binaries()
        (self._port,) = free_ports(1)
        self._folder = folder
        self._data = folder / "data"
        self._settings = SETTINGS | dict(settings or {})
        self._secret = secrets.token_hex(12)
        self.process = ServerProcess("PostgreSQL", folder / "log", account())

    @property
    def dsn(self) -> str:
        """Of the database ``postgres``, as a role that may create others, and roles."""
        return make_conninfo(
            host="127.0.0.1",
            port=self._port,
            user=ROLE,
            password=self._secret,
            dbname="postgres",
        )

    @property
    def _superuser(self) -> str:
        return make_conninfo(
            host=str(self._folder), port=self._port, user="postgres", dbname="postgres"
        )

    def start(self) -> Self:
        """Up, and taking connections."""
        fresh = not self._data.exists()
        if fresh:
            self._format()
        named = self._settings | {
            "port": str(self._port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self._folder),
        }
        options = [word for key, value in named.items() for word in ("-c", f"{key}={value}")]
        self.process.launch([self._binaries / "postgres", "-D", self._data, *options])
        self.process.wait_until(lambda: takes_connections(self._superuser))
        if fresh:
            with psycopg.connect(self._superuser, autocommit=True) as connection:
                rights = "LOGIN CREATEDB CREATEROLE"
                connection.execute(
                    f"CREATE ROLE {ROLE} {rights} PASSWORD '{self._secret}'".encode()
                )
        return self

    def _format(self) -> None:
        """Makes the data folder, as the user whom the server runs as."""
        user = self.process.user
        group = None if user is None else pwd.getpwnam(user).pw_gid
        trust = ("--auth-local=trust", "--auth-host=scram-sha-256", "--username=postgres")
        done = subprocess.run(
            [self._binaries / "initdb", "-D", self._data, "--no-sync", *trust, *LOCALE],
            capture_output=True,
            text=True,
            check=False,
            cwd=self._folder,
            user=user,
            group=group,
            extra_groups=None if user is None else (),
        )
        assert done.returncode == 0, f"initdb:\n{done.stdout}\n{done.stderr}"

    def stop(self, *, immediately: bool = False) -> None:
        """Transactions are rolled back and connections closed; ``immediately`` drops everything
        where it is, and what was committed comes back from its log at the next start."""
        self.process.stop(signal.SIGQUIT if immediately else signal.SIGINT)

    def kill(self) -> None:
        """As if the power had gone."""
        self.process.kill()

    def pause(self) -> None:
        """It hangs, its connections open."""
        self.process.pause()

    def resume(self) -> None:
        """It goes on where it hung."""
        self.process.resume()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop(immediately=True)


def takes_connections(dsn: str) -> bool:
    """Whether a server is there that is done with starting."""
    try:
        psycopg.connect(dsn, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True
