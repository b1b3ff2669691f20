"""``python -m pledger_sdk``: the outbox in PostgreSQL, from a shell.

    python -m pledger_sdk outbox-ddl
    python -m pledger_sdk relay --bootstrap-servers HOST:PORT --topic NAME

Secrets come from the environment (``PLEDGER_OUTBOX_DSN``) or from files, never as arguments, which
every process of the machine can read.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Any

from pledger_sdk.errors import NotDelivered, PledgerError, Refused
from pledger_sdk.postgres import DDL, OutboxRelay
from pledger_sdk.sender import Sender

DSN = "PLEDGER_OUTBOX_DSN"


class _Wrong(Exception):
    """The call is wrong; the text says how."""


def main(arguments: Sequence[str]) -> int:
    """0 when done, 2 for a wrong call, 1 for anything else that went wrong."""
    call = _parser().parse_args(arguments)
    if call.command == "outbox-ddl":
        sys.stdout.write(DDL)
        return 0
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("kafka").setLevel(logging.WARNING)
    try:
        _relay(call)
    except (_Wrong, Refused) as problem:
        sys.stderr.write(f"pledger_sdk: {problem}\n")
        return 2
    except PledgerError as problem:
        sys.stderr.write(f"pledger_sdk: {problem}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pledger_sdk", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("outbox-ddl", help="print the table that emit_in writes to")
    relay = commands.add_parser("relay", help="send what has committed in that table")
    relay.add_argument("--bootstrap-servers", required=True, metavar="HOST:PORT[,…]")
    relay.add_argument("--topic", default="pledger.facts")
    relay.add_argument(
        "--dsn-file", type=Path, help=f"a file with the database's DSN, instead of {DSN}"
    )
    relay.add_argument(
        "--security",
        type=Path,
        metavar="FILE",
        help="Kafka's settings of the connection, NAME=VALUE a line (sasl.password=…)",
    )
    relay.add_argument(
        "--until-empty", action="store_true", help="end when nothing is left to send"
    )
    return parser


def _relay(call: argparse.Namespace) -> None:
    connect = _connector(_dsn(call.dsn_file))
    security = {} if call.security is None else _properties(call.security)
    stop = Event()

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 -- as signals call
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    sender = Sender(bootstrap_servers=call.bootstrap_servers, topic=call.topic, security=security)
    try:
        OutboxRelay(connect, sender).run(stop, until_empty=call.until_empty)
    finally:
        # What is not acknowledged by now is still in the table.
        with suppress(NotDelivered):
            sender.close(timeout=0.0)


def _connector(dsn: str) -> Callable[[], Any]:
    try:
        psycopg = import_module("psycopg")
    except ImportError:
        raise _Wrong(
            "expected psycopg, which the relay talks to PostgreSQL with, saw none: install it"
            " beside pledger-sdk (pip install 'psycopg[binary]>=3.2')"
        ) from None
    try:
        parts = import_module("psycopg.conninfo").conninfo_to_dict(dsn)
    except psycopg.Error:
        parts = {}
    # Neither psycopg's message nor, of a password with an @ or a / in a URL, that of a connection
    # to what is left of it: both may quote the password.
    names = f"{parts.get('host', '')}{parts.get('dbname', '')}"
    port = str(parts.get("port") or "0").replace(",", "")
    if not parts or "@" in names or not port.isdecimal():
        raise _Wrong("expected a DSN as PostgreSQL takes it, saw something else")
    return lambda: psycopg.connect(dsn)


def _dsn(file: Path | None) -> str:
    if file is not None:
        return _text(file).strip()
    dsn = os.environ.get(DSN)  # noqa: TID251 -- a command line reads its environment
    if not dsn:
        raise _Wrong(
            f"expected the database's DSN in {DSN} or in the file of --dsn-file, saw neither"
        )
    return dsn


def _properties(file: Path) -> dict[str, str]:
    """Lines of NAME=VALUE; empty lines and those that begin with # are passed over."""
    found = {}
    for number, line in enumerate(_text(file).splitlines(), 1):
        name, sign, value = line.partition("=")
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not sign:
            raise _Wrong(f"{file}, line {number}: expected NAME=VALUE, saw no equals sign")
        found[name.strip()] = value.strip()
    return found


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise _Wrong(f"expected a file of text at {file}, saw: {problem}") from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
