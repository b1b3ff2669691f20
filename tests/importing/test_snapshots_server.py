"""Snapshots on Kafka and PostgreSQL, where a ledger looks no ids up and nothing is written at
once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from application.server_home import Counted
from domain.retractions import undone
from ledger.port import EventData, Receipt
from tests.helpers import Outcome, ask, ask_lines, run
from tests.homes import caught_up, opened, server_home
from tests.importing.folders import write

MakeTopic = Callable[..., str]

CHASED = """
SELECT id AS key, instant(called, '%Y-%m-%d', 'UTC') AS time, '/care/phone' AS source,
    'customer:' || id AS subject, said AS commitment_id, 'phone' AS channel
FROM rows('calls.csv')
"""
KEYS = ("1", "2", "1#2", "3")
TIMELESS, WRONG = "timeless", "wrong"
CALLED = {TIMELESS: "", WRONG: "2026-02-31"}
FILES = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["a", "b", TIMELESS, WRONG]))

_numbers = count(1)


class Phone:
    """An export of calls, taken in by importers of several names."""

    def __init__(self, home: Path, place: Path) -> None:
        self.home, self._data = home, place / "data"
        self.folder = write(place / "phone", {"customer.chased.sql": CHASED})

    def run(self, name: str, files: Mapping[str, str]) -> Outcome:
        rows = (f"{key},{CALLED.get(said, '2026-03-01')},{said}\n" for key, said in files.items())
        write(self._data, {"calls.csv": "id,called,said\n" + "".join(rows)})
        asked = ["import", str(self.folder), "--data", str(self._data), "--name", name]
        return run(self.home, [*asked, "--snapshot", "--json"])

    def take_in(self, name: str, files: Mapping[str, str]) -> dict[str, Any]:
        outcome = self.run(name, files)
        assert outcome.err == ""
        caught_up(self.home)
        found: dict[str, Any] = json.loads(outcome.out)
        return found

    def says(self, name: str, facts: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
        """What is in force of these facts, of one importer."""
        gone = undone(
            {
                UUID(each["id"]): UUID(each["data"]["fact_id"])
                for each in facts
                if each["type"] == "fact.retracted"
            }
        )
        return sorted(
            (each["subject"].removeprefix("customer:"), each["data"]["commitment_id"])
            for each in facts
            if each.get("importer") == f"{name}/customer.chased" and UUID(each["id"]) not in gone
        )


@pytest.fixture
def phone(broker: str, make_topic: MakeTopic, postgres: str, tmp_path: Path) -> Phone:
    home = server_home(tmp_path / "home", broker, make_topic(2), postgres)
    caught_up(home)
    return Phone(home, tmp_path)


@settings(max_examples=3, suppress_health_check=list(HealthCheck))
@given(snapshots=st.lists(FILES, min_size=2, max_size=4))
def test_the_facts_in_force_are_those_of_the_last_snapshot(
    phone: Phone, snapshots: list[dict[str, str]]
) -> None:
    name, stands = f"phone-{next(_numbers)}", dict[str, str]()
    known = []
    for files in snapshots:
        phone.take_in(name, files)
        for key in KEYS:
            said = files.get(key, TIMELESS)
            if said == TIMELESS:
                stands.pop(key, None)
            elif said != WRONG:
                stands[key] = said
        facts = ask_lines(phone.home, ["facts"])
        assert phone.says(name, facts) == sorted(stands.items())
        known.append((len(facts), sorted(stands.items())))
        assert phone.take_in(name, files)["accepted"] == 0
    # By when they were recorded, whatever partition they lie in.
    facts = sorted(ask_lines(phone.home, ["facts"]), key=lambda each: str(each["recordedtime"]))
    for seen, stood in known:
        assert phone.says(name, facts[:seen]) == stood


def test_a_kill_between_a_retraction_and_what_follows_it(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.take_in("phone", {"1": "a", "2": "a"})
    append = Counted.append

    def killed(
        ledger: Counted, facts: Sequence[EventData], *, all_or_nothing: bool = False
    ) -> list[Receipt]:
        append(ledger, facts[:1], all_or_nothing=all_or_nothing)
        raise KeyboardInterrupt

    monkeypatch.setattr(Counted, "append", killed)
    assert phone.run("phone", {"1": "b", "2": "a"}).code != 0
    monkeypatch.undo()
    caught_up(phone.home)
    found = phone.take_in("phone", {"1": "b", "2": "a"})
    assert (found["accepted"], found["changed"], found["returned"]) == (1, 1, 0)
    assert phone.says("phone", ask_lines(phone.home, ["facts"])) == [("1", "b"), ("2", "a")]


def test_rows_of_a_parked_subject_wait_as_its_facts_do(phone: Phone) -> None:
    """The views lack facts of it, so nobody can tell what is new: nothing is added, night after
    night, and nothing is lost."""
    phone.take_in("phone", {"1": "a", "2": "a", "3": "a"})
    alter(phone, "ADD CONSTRAINT fault CHECK (subject <> 'customer:1') NOT VALID")
    found = phone.take_in("phone", {"1": "b", "2": "b"})
    assert (found["accepted"], found["changed"], found["vanished"]) == (5, 2, 1)
    parked = ask(phone.home, ["parked", "list"])["parked"]
    assert [(each["subject"], each["facts"]) for each in parked] == [("customer:1", 2)]
    nights: list[tuple[dict[str, str], int, int]] = [
        ({"1": "b", "2": "b"}, 1, 0),
        ({"1": "c", "2": "b"}, 1, 0),
        ({"2": "b"}, 0, 1),
        ({"1": "c", "2": "b"}, 1, 0),
    ]
    for files, rejected, kept in nights:
        outcome = phone.run("phone", files)
        night = json.loads(outcome.out)
        assert (night["accepted"], len(night["rejected"]), night["kept"]) == (0, rejected, kept)
        for each in night["rejected"]:
            assert (each["file"], each["line"]) == ("calls.csv", 2)
            assert "saw one that is parked" in each["why"]
            assert "'./pledger unpark' its subject, and import again" in each["why"]
        caught_up(phone.home)
    alter(phone, "DROP CONSTRAINT fault")
    assert ask(phone.home, ["unpark", "customer:1"])["unparked"]
    found = phone.take_in("phone", {"1": "c", "2": "b"})
    assert (found["accepted"], found["changed"], found["rejected"]) == (2, 1, [])
    assert phone.says("phone", ask_lines(phone.home, ["facts"])) == [("1", "c"), ("2", "b")]
    assert phone.take_in("phone", {"1": "c", "2": "b"})["accepted"] == 0


def alter(phone: Phone, change: str) -> None:
    """As a fault in a view would: the tables take no fact that the change forbids."""
    with psycopg.connect(opened(phone.home).dsn, autocommit=True) as connection:
        connection.execute(f"ALTER TABLE pledger_g1.fact {change}".encode())


def test_views_that_nobody_keeps_up(phone: Phone) -> None:
    assert phone.run("phone", {"1": "a"}).code == 0
    outcome = phone.run("phone", {"1": "b"})
    assert outcome.code == 1
    assert "expected views that hold all facts of the topic" in outcome.err
    assert "nothing was written. './pledger worker' takes them in" in outcome.err
