"""Workers as processes of their own, and how far they are."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, cast

import psycopg

from bench.running import ROOT
from bench.server.place import fresh_name

#: The control schema, with the views that data teams ask.
SCHEMA = "pledger"
#: Seconds without a step forward after which nothing more is expected, and between two looks.
PATIENCE = 120.0
LOOK = 0.01


@contextmanager
def working(
    count: int, broker: str, dsn: str, topic: str, *, alone: bool = False
) -> Iterator[list[subprocess.Popen[str]]]:
    """So many workers, all about to begin; they are told to stop at the end of the block. With
    ``alone`` they keep up no view but ``commitment``."""
    arguments = {"broker": broker, "dsn": dsn, "topic": topic, "group": fresh_name()}
    line = json.dumps({**arguments, "alone": alone}) + "\n"
    with ExitStack() as stack:
        found = [stack.enter_context(_worker(line)) for _ in range(count)]
        for one in found:
            _expect_ready(one)
        for one in found:
            _say(one, "begin")
        yield found


@contextmanager
def _worker(line: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "bench.server.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    try:
        _say(process, line)
        yield process
        process.terminate()
        process.wait(PATIENCE)
    finally:
        process.kill()
        process.wait()


def _say(process: subprocess.Popen[str], line: str) -> None:
    stdin = cast("IO[str]", process.stdin)
    stdin.write(line if line.endswith("\n") else f"{line}\n")
    stdin.flush()


def _expect_ready(process: subprocess.Popen[str]) -> None:
    """Waits until a worker has imported all that it needs."""
    if cast("IO[str]", process.stdout).readline() != "ready\n":
        raise RuntimeError(f"expected a worker to begin, saw exit status {process.wait()}")


def until(
    dsn: str, facts: int, workers: list[subprocess.Popen[str]], clock: Callable[[], float]
) -> None:
    """Returns when the views stand for so many messages."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        seen, since = 0, clock()
        while seen < facts:
            told = connection.execute(
                f"SELECT coalesce(sum(next_offset), 0)::bigint FROM {SCHEMA}.progress".encode()
            ).fetchone()
            before, seen = seen, 0 if told is None else told[0]
            if seen > before:
                since = clock()
            elif clock() - since > PATIENCE:
                raise RuntimeError(f"expected {facts} facts in the views, saw {seen} for a while")
            if any(one.poll() is not None for one in workers):
                raise RuntimeError("expected workers that go on, saw one that ended")
            time.sleep(LOOK)


def largest_kib() -> int:
    """The peak of memory of the largest worker that has ended."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
