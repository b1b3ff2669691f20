"""The command line in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.helpers import ROOT


def start(argv: Sequence[str | Path], **streams: Any) -> subprocess.Popen[bytes]:
    """Starts a command as ``./pledger`` does; its streams are pipes unless given."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "entrypoints", *map(str, argv)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        **{**pipes, **streams},
    )


def finish(child: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    """The exit status of a command that ends by itself, and what it wrote."""
    out, err = child.communicate(timeout=60)
    return child.returncode, (out or b"").decode(), (err or b"").decode()
