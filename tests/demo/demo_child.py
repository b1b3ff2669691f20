"""``./pledger demo`` in a process of its own, in small batches, so that there is time to end it:

python -m tests.demo.demo_child DEMO-OPTION...
"""

from __future__ import annotations

import sys

from entrypoints.__main__ import run
from entrypoints.cli.demo import build

if __name__ == "__main__":
    build.BATCH = 200
    sys.argv[1:1] = ["demo"]
    sys.exit(run())
