"""``serve`` as a process, and what comes from it as a stream."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.entrypoints.children import start


@contextmanager
def served(home: Path, *options: str) -> Iterator[tuple[dict[str, Any], subprocess.Popen[bytes]]]:
    """What a process says that serves a home, and the process."""
    with tempfile.TemporaryFile() as errors:
        argv = ["serve", "--home", str(home), "--port", "0", "--json", *options]
        child = start(argv, stderr=errors)
        try:
            assert child.stdout is not None
            line = child.stdout.readline()
            errors.seek(0)
            assert line, errors.read().decode()
            yield json.loads(line), child
        finally:
            child.kill()
            child.wait()
            child.stdout.close()  # type: ignore[union-attr]


def events(stream: httpx2.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    """The id and the row of each event of the worklist."""
    fields: dict[str, str] = {}
    for line in stream.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            assert fields["event"] == "due"
            yield fields["id"], json.loads(fields["data"])
            fields = {}
