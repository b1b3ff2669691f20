"""The worker as a command: its process, with its signals and its exit status."""

from __future__ import annotations

import argparse
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from entrypoints.cli.command import Command, Context, folder_of
from entrypoints.cli.options import count
from entrypoints.cli.remedies import words_of

STOPPED, FAILED, REFUSED = 0, 1, 2
#: What a process that a signal ends is said to have ended with.
BY_SIGNAL = 128

LEVELS = ("debug", "info", "warning", "error", "critical")
LOOPBACK = "127.0.0.1"


def _worker_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--group",
        default="pledger",
        metavar="NAME",
        help="the group that shares the partitions (default: pledger)",
    )
    parser.add_argument(
        "--metrics",
        type=_listening,
        metavar="[ADDRESS:]PORT",
        help="serve numbers for Prometheus there (ADDRESS: the loopback interface)",
    )
    parser.add_argument(
        "--session-timeout",
        type=_seconds,
        default=10.0,
        metavar="SECONDS",
        help="silence after which the others take over (default: 10; the broker has bounds)",
    )
    parser.add_argument(
        "--batch",
        type=count,
        default=20_000,
        metavar="N",
        help="facts of a transaction at the most (default: 20000)",
    )
    parser.add_argument("--log-level", choices=LEVELS, default="info", help="default: info")
    parser.add_argument(
        "--home",
        type=Path,
        metavar="DIR",
        help="the folder with pledger.toml (default: $PLEDGER_HOME, or pledger-home)",
    )


def _worker(args: argparse.Namespace, context: Context) -> int:
    import socket

    from application.home_factory import open_server_home
    from application.worker import Ended, Work, make_log, work

    log = make_log(context.stderr, context.runtime.clock, args.log_level, words_of)
    asked = Work(
        owner=f"{socket.gethostname()}:{os.getpid()}",
        group=args.group,
        session_timeout_s=args.session_timeout,
        batch=args.batch,
        metrics=args.metrics,
    )
    with stopped_by_signals() as stop:
        home = open_server_home(
            folder_of(args, context),
            context.runtime._replace(pause=stop.wait),
            context.environment,
            lambda sentence: log.info("waiting", reason=sentence),
        )
        ended = work(home, asked, log)
    return {Ended.STOPPED: STOPPED, Ended.FAILED: FAILED, Ended.REFUSED: REFUSED}[ended]


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set; the second one ends the process at once, which loses
    nothing: what was not committed is read again."""
    stop = threading.Event()

    def heard(number: int, frame: object) -> None:
        del frame
        if stop.is_set():
            os._exit(BY_SIGNAL + number)
        stop.set()

    before = {number: signal.signal(number, heard) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _listening(text: str) -> tuple[str, int]:
    address, _, port = text.rpartition(":")
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
        raise argparse.ArgumentTypeError(
            f"expected a port such as 9200, or an address and a port, saw {text!r}"
        )
    return address.strip("[]") or LOOPBACK, int(port)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.5 <= seconds <= 3_600:
        raise argparse.ArgumentTypeError(f"expected seconds from 0.5 to 3600, saw {text!r}")
    return seconds


COMMANDS = (
    Command(
        "worker",
        "carry facts from Kafka into the views, until told to stop",
        "./pledger worker --home server --metrics 9200",
        _worker_options,
        _worker,
    ),
)
