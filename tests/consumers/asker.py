"""A process that asks again and again, through the command line's own function:

    python -m tests.consumers.asker HOME TIMES

Each answer to ``promises`` is a line on standard output: known_at, made, kept.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.helpers import ask


def main(home: str, times: str) -> None:
    for _ in range(int(times)):
        answer = ask(Path(home), ["promises", "--as-of", "9000-01-01T00:00:00Z"])
        counts = answer["counts"]
        sys.stdout.write(f"{answer['known_at']} {counts['made']} {counts['kept']}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
