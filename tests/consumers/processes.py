"""Children of a test: the command line as real processes, and what they may be killed or asked in
the middle of."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from domain.facts import Fact
from schemas.jsonform import instant_to_text, to_json
from tests.domain.given import fact
from tests.helpers import PATIENCE, ROOT
from tests.projections.stores import arrived

Child = subprocess.Popen[bytes]


def start(module: str, *arguments: str, stdin: int = subprocess.DEVNULL) -> Child:
    """``python -m MODULE ARGUMENTS`` in the checkout, unbuffered on our side."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    )


def finished(child: Child, seconds: float = PATIENCE) -> tuple[int, str, str]:
    """The exit status of a child that ends by itself or was told to, and what it wrote."""
    out, err = child.communicate(timeout=seconds)
    return child.returncode, out.decode(), err.decode()


def line_of(child: Child) -> str:
    """The next line that a child writes, or nothing where it has ended."""
    assert child.stdout is not None
    return child.stdout.readline().decode().strip()


def some_turns(chance: random.Random, most: int) -> None:
    """As long as so many turns of a loop take, at most."""
    for _ in range(chance.randrange(most)):
        pass


def killed(child: Child) -> str:
    """Killed at once. What it had said."""
    child.send_signal(signal.SIGKILL)
    out, err = child.communicate(timeout=PATIENCE)
    assert err == b"", err.decode()
    return out.decode()


def promise(number: int) -> list[Fact]:
    """A promise is made, and kept."""
    return [
        fact(kind, number, commitment_id=f"C{number:06}", of=f"customer:{number % 50}")
        for kind in ("commitment.made", "commitment.honoured")
    ]


def promises_kept(count: int) -> list[Fact]:
    """So many promises, one after the other: after 2 n facts, n are made and n are kept."""
    return arrived([one for number in range(count) for one in promise(number)])


def event(fact: Fact) -> dict[str, Any]:
    """A fact as a service emits it."""
    return {
        "specversion": "1.0",
        "id": str(fact.id),
        "type": fact.type,
        "source": fact.source,
        "subject": fact.subject,
        "time": instant_to_text(fact.time),
        "data": to_json(fact.type, fact.body.model_dump()),
    }


def fill(home: Path, facts: Sequence[Fact], now: int = 1_800_000_000_000_000) -> None:
    """Appends facts to the ledger of a home, without asking anything; ``now`` is the clock's, in
    microseconds."""
    from ledger.sqlite.ledger import SQLiteLedger
    from tests.projections.stores import sealed

    home.mkdir(exist_ok=True)
    with SQLiteLedger(home / "ledger.sqlite", lambda: now) as ledger:
        ledger.append([sealed(one) for one in facts])
