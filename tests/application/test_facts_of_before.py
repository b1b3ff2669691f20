"""Facts that were recorded before the door looked at them: no fold refuses them."""

from __future__ import annotations

from pathlib import Path

from ledger.port import EventData
from tests.helpers import ask
from tests.homes import embedded_home
from tests.ledger.bodies import CALENDAR, CAPTURED, MADE, POLICY, kept

LATER = ("--as-of", "2026-06-01T00:00:00Z")


def recorded(folder: Path, facts: list[EventData]) -> Path:
    with embedded_home(folder).writing() as ledger:
        ledger.append(facts)
    return folder


def test_they_count_and_suspense_tells_of_what_gives_no_date(tmp_path: Path) -> None:
    facts = [
        kept("calendar.published", {**CALENDAR, "weekly": ["mon-fri 09:00-17:00"]}, 1),
        kept("policy.published", {**POLICY, "due": "2 working days", "calendar_id": "C"}, 2),
        kept("commitment.made", {**MADE, "made_to": "nobody", "labels": ["urgent"]}, 3),
        kept("payment.captured", {**CAPTURED, "currency": "eur"}, 4),
        kept("payment.refunded", {**CAPTURED, "currency": "eur"}, 5),
    ]
    home = recorded(tmp_path / "home", facts)
    assert ask(home, ["suspense", *LATER])["items"] == [
        {
            "reason": "unreadable_calendar",
            "about": "C",
            "since": "2026-03-02T09:00:00Z",
            "facts": [facts[0].id],
        }
    ]
    assert ask(home, ["promises", *LATER])["counts"]["undated"] == 1
    assert ask(home, ["commitment", "C", *LATER])["made_to"] == "nobody"


def test_a_policy_waits_until_its_calendar_comes(tmp_path: Path) -> None:
    waiting = [
        kept("policy.published", {**POLICY, "due": "soon", "calendar_id": "C"}, 1),
        kept("commitment.made", MADE, 2),
    ]
    home = recorded(tmp_path / "home", waiting)
    reasons = [item["reason"] for item in ask(home, ["suspense", *LATER])["items"]]
    assert reasons == ["unknown_calendar", "unreadable_policy"]
    recorded(home, [kept("calendar.published", CALENDAR, 3)])
    assert [item["reason"] for item in ask(home, ["suspense", *LATER])["items"]] == [
        "unreadable_policy"
    ]
    before = ask(home, ["suspense", "--known-at", "@2", *LATER])["items"]
    assert [item["reason"] for item in before] == reasons
