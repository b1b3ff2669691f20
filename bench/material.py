"""What the pieces work on: ledgers from the simulator, and files to import. Made once a bench."""

from __future__ import annotations

import csv
import io
import json
import random
import sys
import time
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from application.embedded_home import EmbeddedHome
from application.emit import Fact
from application.emit import sealed as fact_sealed
from application.home import LEDGER_FILE, Runtime
from bench.business import BUSINESS, Sized
from bench.measured import now
from entrypoints.cli.main import main
from ledger.envelope import BY_LEDGER
from ledger.port import EventData, RecordedEvent
from ledger.sqlite.ledger import SQLiteLedger
from simulator.journal import Event

SEED = 7
BATCH = 10_000

#: Facts that come after those of a home, for pieces that take them in.
LATER = "later"
#: The home of the business account alone.
ALONE = "alone"
#: Facts as JSON, one a line, for processes to emit: of the company, and of the promise that has
#: many.
LINES = "company.jsonl"
CHASED = "chased.jsonl"
LONG = "LONG"


def home_of(folder: Path) -> EmbeddedHome:
    """The home in a folder, with its views as they are."""
    runtime = Runtime(lambda: datetime.now(UTC), time.monotonic, random.random, _pause)
    return EmbeddedHome(folder, runtime, lambda sentence: None)


def _pause(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def sealed(folder: Path, limit: int | None = None) -> list[EventData]:
    """The facts of a folder's ledger, as they were appended."""
    with SQLiteLedger.open_readonly(folder / LEDGER_FILE) as ledger:
        return [as_sealed(one) for batch in ledger.read(upto=limit) for one in batch]


def as_sealed(one: RecordedEvent) -> EventData:
    """A kept fact as it was before."""
    return EventData(*one[2:])


def company(folder: Path, facts: int, later: int = 0, views: bool = False) -> None:
    """A home with so many facts of the simulated company, each once, and ``later`` ones that come
    after them."""
    events = islice(Sized(SEED, facts + later), facts + later)
    keep(folder, islice(events, facts))
    if later:
        keep(folder / LATER, events)
    if views:
        home_of(folder).catch_up(lambda done, total: None)


def business(folder: Path, facts: int, of_business: int, batch: int) -> None:
    """A home of the company with one customer who alone has so many facts more. The last
    ``batch`` facts up to the last one of that customer come later. Beside it the home of that
    customer alone, those later facts included."""
    kept = list(Sized(SEED, facts, of_business))
    last = max(at for at, event in enumerate(kept) if event.subject == BUSINESS) + 1
    keep(folder, kept[: last - batch])
    keep(folder / LATER, kept[last - batch : last])
    keep(folder / ALONE, (event for event in kept[:last] if event.subject == BUSINESS))
    for home in (folder, folder / ALONE):
        home_of(home).catch_up(lambda done, total: None)


def lines(folder: Path, facts: int) -> None:
    """The facts of a company as JSON."""
    out = io.StringIO()
    with TemporaryDirectory(dir=folder) as place:
        company(Path(place), facts)
        status = main(["facts", "--home", place], io.BytesIO(), out, sys.stderr)
    if status != 0:
        raise RuntimeError("expected the facts of the company, saw none")
    with (folder / LINES).open("w", encoding="utf-8") as file:
        for line in out.getvalue().splitlines():
            fact = json.loads(line)
            file.write(json.dumps({k: v for k, v in fact.items() if k not in BY_LEDGER}) + "\n")


def chased(folder: Path, facts: int) -> None:
    """A promise that has so many facts, nearly all of which say that its customer has chased."""
    made = {"about": "ticket", "due_at": "2026-06-01T00:00:00Z"}
    with (folder / CHASED).open("w", encoding="utf-8") as file:
        file.write(json.dumps(_about_long("commitment.made", 0, **made)) + "\n")
        for number in range(1, facts):
            file.write(json.dumps(chase(number)) + "\n")


def chase(number: int) -> dict[str, object]:
    """One more fact of that promise; the higher the number, the later."""
    return _about_long("customer.chased", number, channel="email")


def _about_long(type: str, number: int, **data: str) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": str(UUID(int=number)),
        "type": type,
        "source": "/care/desk",
        "subject": "customer:1",
        "time": (datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=number // 10)).isoformat(),
        "data": {"commitment_id": LONG, **data},
    }


def keep(folder: Path, events: Iterable[Event]) -> None:
    """Append events to the ledger of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    facts = (fact_sealed(Fact(*event)) for event in events)
    with SQLiteLedger(folder / LEDGER_FILE, now) as ledger:
        while batch := list(islice(facts, BATCH)):
            ledger.append(batch)


def orders(folder: Path, rows: int) -> None:
    """A table of a shop's orders, as a shop's export has it: text throughout, local times without
    a zone, some cells empty. ``bench/mapping`` reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    opened = datetime(2024, 1, 1, 8, tzinfo=UTC)
    cities = deque(["Angers", "Nantes", "Le Mans", "Saumur", "Cholet"])
    with (folder / "orders.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["order", "customer", "city", "placed", "promised", "delivered"])
        for number in range(rows):
            placed = opened + timedelta(minutes=7 * number)
            late = timedelta(days=number % 9)
            writer.writerow(
                [
                    f"{number:08d}",
                    (number * 7919) % (rows // 3 + 1),
                    cities[number % len(cities)],
                    f"{placed:%Y-%m-%d %H:%M:%S}",
                    f"{placed + timedelta(days=5):%Y-%m-%d}",
                    "" if number % 50 == 0 else f"{placed + late:%Y-%m-%d %H:%M:%S}",
                ]
            )
