"""``python -m bench.child``: one piece, or the making of what pieces work on.

A line of JSON comes in: the function as ``module:name``, the folder to work in and the arguments
by their names. A line of JSON goes out: what the function returned.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from bench.measured import Measured


def main(line: str) -> str:
    """The answer to one call."""
    call = json.loads(line)
    module, name = call["function"].split(":")
    answer = getattr(import_module(module), name)(Path(call["folder"]), **call["arguments"])
    return json.dumps(asdict(answer) if isinstance(answer, Measured) else answer)


if __name__ == "__main__":
    sys.stdout.write(main(sys.stdin.readline()) + "\n")
