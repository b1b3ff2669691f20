"""A command of entrypoints/working.py as a process:

python -m tests.consumers.server.working COMMAND ARGUMENTS...
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime

from entrypoints.cli.command import CallError, Context
from entrypoints.cli.worker import COMMANDS


def main(name: str, *arguments: str) -> int:
    (command,) = [one for one in COMMANDS if one.name == name]
    parser = argparse.ArgumentParser()
    command.options(parser)
    context = Context(
        sys.stdin.buffer,
        sys.stdout,
        sys.stderr,
        datetime.now(UTC),
        lambda: time.time_ns() // 1_000,
    )
    try:
        return command.run(parser.parse_args(arguments), context)
    except CallError as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
