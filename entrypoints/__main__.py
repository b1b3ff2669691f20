"""``python -m entrypoints``: what ./pledger runs."""

from __future__ import annotations

import os
import sys
import zoneinfo

from entrypoints.cli.main import main


def run() -> int:
    """Run the command line on the process's own streams."""
    # What is written here is for its owner alone: facts are about people.
    os.umask(0o077)
    # Time zones come from the pinned package, so that a replay elsewhere finds the same days.
    zoneinfo.reset_tzpath(to=())
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
