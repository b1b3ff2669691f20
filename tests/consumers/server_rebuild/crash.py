"""A process that builds the views of a server home anew and kills itself at one instruction:

    python -m tests.consumers.server_rebuild.crash BROKER TOPIC DSN FOLDER MODULE:OBJECT.METHOD
        before|after TIMES

It dies at the call of that number. Its transactions are small, so that there are several.
"""

from __future__ import annotations

import sys
from pathlib import Path

from consumers.rebuild import run as rebuild_run
from tests.consumers.crash import die_at
from tests.consumers.server_rebuild.homes import Home


def main(broker: str, topic: str, dsn: str, folder: str, what: str, when: str, times: str) -> None:
    home = Home(broker, topic, dsn)
    rebuild_run.AT_ONCE = 1
    die_at(what, when, int(times))
    rebuild_run.rebuild(home.kafka, home.views, folder=Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
