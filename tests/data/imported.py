"""A home with a data set imported into it, and what many tests read back from it."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.compare import differences
from tests.helpers import ROOT, ask, ask_lines, ask_pages, run, shared

Json = dict[str, Any]


def instant(text: str) -> datetime:
    """An aware datetime from RFC 3339."""
    return datetime.fromisoformat(text)


@dataclass(frozen=True)
class Imported:
    """``data`` names the folder beside the expected answers, ``mapping`` the importer; ``settings``
    are its ``--set`` options."""

    home: Path
    data: str
    mapping: str
    settings: tuple[str, ...] = ()

    def run_import(self) -> Json:
        """Imports the data set (again)."""
        folders = [str(ROOT / "mappings" / self.mapping), "--data", str(shared("data", self.data))]
        return ask(self.home, ["import", *folders, *self.settings])

    @cached_property
    def answer(self) -> Json:
        """The answer of the first import."""
        return self.run_import()

    @cached_property
    def expected(self) -> Json:
        """The whole file of expected answers."""
        text = shared("data", f"expected_{self.data}.json").read_text(encoding="utf-8")
        expected: Json = json.loads(text)
        return expected

    @property
    def as_of(self) -> str:
        """The instant that all numbers are about."""
        return str(self.expected["as_of"])

    def wrong_answers(self, asks: Sequence[Json]) -> list[str]:
        """One line a difference between what was expected and what is answered."""
        lines = []
        for question in asks:
            command = " ".join(question["argv"])
            outcome = run(self.home, [*question["argv"], "--json"])
            if outcome.code:
                lines.append(f"{command}: exit status {outcome.code}: {outcome.err.strip()}")
                continue
            wrong = differences(question["expect"], json.loads(outcome.out))
            lines += [f"{command}: {line}" for line in wrong]
        return lines

    def counts(self, about: str) -> Json:
        """The promises about something, by status."""
        answer = ask(self.home, ["promises", "--as-of", self.as_of, "--where", f"about={about}"])
        counts: Json = answer["counts"]
        return counts

    def suspended(self, reason: str) -> list[Json]:
        """The items of the suspense list that wait for one reason."""
        items = ask(self.home, ["suspense", "--as-of", self.as_of])["items"]
        return [item for item in items if item["reason"] == reason]

    @cached_property
    def facts(self) -> dict[str, list[Json]]:
        """All facts by type, each as its event."""
        by_type: dict[str, list[Json]] = defaultdict(list)
        for fact in ask_lines(self.home, ["facts", "--limit", "10000000"]):
            by_type[fact["type"]].append(fact)
        return by_type

    @cached_property
    def commitments(self) -> dict[str, Json]:
        """All commitments at ``as_of``, by id."""
        found = ask_pages(self.home, ["commitments", "--as-of", self.as_of], "commitments")
        return {commitment["commitment_id"]: commitment for commitment in found}

    @cached_property
    def journeys(self) -> list[Json]:
        """All journeys at ``as_of``."""
        return ask_pages(self.home, ["journeys", "--as-of", self.as_of], "journeys")

    def rows(self, file: str) -> Iterator[dict[str, str]]:
        """The rows of one CSV file, for what the ledger does not hold."""
        with shared("data", self.data, file).open(encoding="utf-8", newline="") as stream:
            yield from csv.DictReader(stream)

    def kept_whole(self) -> dict[str, int]:
        """Journeys by ``kept_whole``, in JSON's words."""
        return dict(Counter(json.dumps(journey["kept_whole"]) for journey in self.journeys))
