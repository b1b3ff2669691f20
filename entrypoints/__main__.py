"""``python -m entrypoints``: what ./pledger runs."""

from __future__ import annotations

import os
import sys

from entrypoints.cli import main


def run() -> int:
    """Run the command line on the process's own streams."""
    try:
        status = main(sys.argv[1:], sys.stdin.buffer, sys.stdout, sys.stderr)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`): that is their right, and no error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    return status


if __name__ == "__main__":
    sys.exit(run())
