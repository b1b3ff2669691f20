"""``python -m entrypoints``: what ./pledger runs."""

from __future__ import annotations

import os
import sys

from entrypoints.cli.main import main
from entrypoints.collector import collecting_rarely


def run() -> int:
    """Run the command line on the process's own streams."""
    # Whatever this process writes, in a home, a copy, a demo or a scratch folder, is for its user
    # alone: facts are personal, and temporary folders are open to everybody.
    os.umask(0o077)
    # Time zones come from the pinned package, so that a replay elsewhere finds the same days.
    # Said before zoneinfo is imported; processes that this one starts hear it too.
    os.environ["PYTHONTZPATH"] = ""
    try:
        with collecting_rarely():
            status = main(sys.argv[1:], sys.stdin.buffer, sys.stdout, sys.stderr)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`): that is their right, and no error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    return status


if __name__ == "__main__":
    sys.exit(run())
