"""Child processes that append, and what they say."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from ledger.port import RecordedEvent
from tests.helpers import ROOT
from tests.ledger.making import batch_of, sealed


def start_appender(address: str, writer: str, batches: int, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.ledger.appender", address, writer, str(batches), *more]
    # Unbuffered: what was read of the acknowledgements is counted in bytes.
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    )


def acknowledged(output: bytes) -> dict[int, list[int]]:
    """The positions of each acknowledged batch. A last line that was cut off counts for nothing."""
    whole = output[: output.rfind(b"\n") + 1]
    lines = [[int(word) for word in line.split()] for line in whole.splitlines()]
    return {number: positions for number, *positions in lines}


def expect_kept(kept: Sequence[RecordedEvent], writer: str, batches: dict[int, list[int]]) -> None:
    """Every acknowledged batch lies at the positions it was told, as it was given."""
    for number, positions in batches.items():
        there = [sealed(kept[position - 1]) for position in positions]
        assert there == batch_of(writer, number), (writer, number)
