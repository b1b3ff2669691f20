"""A process that emits promises, a few at a time, through the command line's function, until its
standard input ends:

    python -m tests.consumers.emitter HOME AT_ONCE

Each acknowledged head is a line on standard output.
"""

from __future__ import annotations

import select
import sys
from itertools import count
from pathlib import Path

from tests.consumers.processes import event, promise
from tests.helpers import emit


def main(home: str, at_once: str) -> None:
    for turn in count():
        first = turn * int(at_once)
        facts = [one for number in range(first, first + int(at_once)) for one in promise(number)]
        answer = emit(Path(home), [event(fact) for fact in facts])
        sys.stdout.write(f"{answer['head']}\n")
        sys.stdout.flush()
        if select.select([sys.stdin], [], [], 0)[0]:
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
