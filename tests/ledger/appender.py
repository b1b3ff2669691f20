"""A process that appends to a ledger until it is done or killed:

    python -m tests.ledger.appender ADDRESS WRITER BATCHES [CHECKPOINT_PAGES CACHE_KIB STEP]

Each acknowledged batch is a line on standard output: its number and the positions it got.
"""

from __future__ import annotations

import sys

import ledger.sqlite.file
import ledger.sqlite.known_ids
from tests.ledger.homes import open_ledger
from tests.ledger.making import batch_of


def main(address: str, writer: str, batches: str, *more: str) -> None:
    if more:
        pages, cache, step = map(int, more)
        # So few that even a short life is spent in checkpoints, and with pages of a transaction
        # written before its end.
        ledger.sqlite.file.CHECKPOINT_PAGES = ((1, pages),)
        ledger.sqlite.file.CACHE_KIB = cache
        # And ids come into their table with every other batch.
        ledger.sqlite.known_ids.STEP = step
    home = open_ledger(address)
    for number in range(int(batches)):
        receipts = home.append(batch_of(writer, number))
        assert {receipt.outcome for receipt in receipts} == {"accepted"}, (writer, number)
        sys.stdout.write(f"{number} {' '.join(str(receipt.position) for receipt in receipts)}\n")
        sys.stdout.flush()
    home.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
