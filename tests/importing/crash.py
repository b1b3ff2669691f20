"""An import of a snapshot that kills itself at one instruction:

python -m tests.importing.crash HOME FOLDER DATA MODULE.OBJECT[.METHOD] before|after TIMES
"""

from __future__ import annotations

import sys
from pathlib import Path

from application.home import unseen
from application.importing import Import, Snapshot, import_snapshot, select_process
from tests.consumers.crash import die_at
from tests.homes import embedded_home


def main(home: str, folder: str, data: str, what: str, when: str, times: str) -> None:
    select_process._BATCH_ROWS = 3  # so that there are several batches
    asked = Snapshot(files=Import(folder=Path(folder), data=Path(data)))
    opened = embedded_home(Path(home))
    with opened.writing() as ledger:
        die_at(what, when, int(times))
        import_snapshot(opened, ledger, asked, unseen)


if __name__ == "__main__":
    main(*sys.argv[1:])
