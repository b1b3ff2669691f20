"""Questions that name what is nowhere, and what must be answered over every home: a mistyped value
does not pass for "none"."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from domain.facts import Fact
from entrypoints.cli import main
from tests.domain.given import day, fact, made
from tests.helpers import run

AS_OF = ["--as-of", "2026-01-20T00:00:00Z"]
ONE, OTHER = "customer:1", "email:2"


def story() -> list[Fact]:
    """Promises of three departments, one of which owns nothing any more."""
    said = [
        made(0, of=ONE, commitment_id="A", about="delivery", owner="logistics", entry_point="web"),
        made(
            1,
            of=ONE,
            commitment_id="B",
            about="refund",
            owner="care",
            refs=("order:9",),
            due_at=day(8),
            labels=("priority:P1", "priority:P2", "product:loan"),
        ),
        made(2, of=OTHER, commitment_id="C", about="refund", owner="care", supports="A"),
        made(
            2,
            of=OTHER,
            commitment_id="D",
            about="repair",
            owner="field",
            made_to="customer:7",
            supports="Z",
        ),
        fact("commitment.handed_over", 3, commitment_id="D", to_department="care", by="field"),
        fact("commitment.accepted", 4, commitment_id="D", by="care"),
        fact("identity.linked", 5, of="customer:4", party_a="customer:4", party_b="customer:5"),
    ]
    return [replace(one, position=at, recorded_at=day(9)) for at, one in enumerate(said, 1)]


def value(value: str, meant: str | None = None, *there: str) -> dict[str, Any]:
    return {"value": value, "did_you_mean": meant, "there_are": list(there)}


#: What no promise, or no unit, does.
SAID = ("fits", "has the label")
OWNERS = ("care", "field", "logistics")
ABOUT = ("refund", "delivery", "repair")
STATUSES = ("pending", "overdue", "undated", "kept", "late", "broken", "released", "disputed")

#: A question, and the values of it that are nowhere, by key.
UNKNOWN: list[tuple[str, dict[str, list[dict[str, Any]]]]] = [
    ("promises --where department=care", {}),
    ("promises --where department=field", {}),
    ("promises --where department=", {}),
    ("promises --where status=kept", {}),
    ("promises --where month_due=2031-12", {}),
    ("promises --where department=care --where about=delivery", {}),
    (
        "promises --where department=logistcs",
        {"department": [value("logistcs", "logistics", *OWNERS)]},
    ),
    (
        "promises --where department=logistcs --where department=care --where about=nil",
        {
            "department": [value("logistcs", "logistics", *OWNERS)],
            "about": [value("nil", None, *ABOUT)],
        },
    ),
    ("promises --where channel=wbe", {"channel": [value("wbe", "web", "web")]}),
    ("promises --where kind=Explicit", {"kind": [value("Explicit", "explicit", "explicit")]}),
    ("promises --where status=keptt", {"status": [value("keptt", "kept", *STATUSES)]}),
    ("promises --where month_due=2026-1", {"month_due": [value("2026-1", "2026-01")]}),
    ("promises --where month_made=January", {"month_made": [value("January")]}),
    ("promises --where made_to=7", {"made_to": [value("7", "customer:7")]}),
    ("promises --where made_to=customer:8", {"made_to": [value("customer:8")]}),
    ("promises --where supports=a", {"supports": [value("a", "A")]}),
    ("promises --where supports=commitment:A", {"supports": [value("commitment:A", "A")]}),
    ("promises --where supports=B", {"supports": [value("B")]}),
    ("promises --where label:priority=P1", {}),
    ("promises --where label:priority=P2", {}),
    ("promises --where label:priority=", {}),
    ("promises --by label:product", {}),
    (
        "promises --where label:priority=p1",
        {"label:priority": [value("p1", "P1", "P1", "P2")]},
    ),
    (
        "promises --by label:prodct",
        {"label": [value("prodct", "product", "priority", "product")]},
    ),
    (
        "promises --by label:prio --where label:prio=P1 --where label:prio=",
        {"label": [value("prio", "priority", "priority", "product")]},
    ),
    ("metric chased --where department=care", {}),
    ("metric chased --where department=care --where about=delivery", {}),
    ("metric chased --where department= --units", {}),
    ("metric chased --where internal=true --where about=delivery", {}),
    ("metric chased --where month=2031-12", {}),
    ("metric chased --where label:priority=P1 --from 2026-01-19T00:00:00Z", {}),
    ("metric nps --where department=caer", {}),
    (
        "metric chased --where department=caer --where about=nil",
        {
            "department": [value("caer", "care", "care", "logistics")],
            "about": [value("nil", None, "delivery", "refund", "repair")],
        },
    ),
    (
        "metric chased --units --where department=caer",
        {"department": [value("caer", "care", "care", "logistics")]},
    ),
    (
        "metric time_to_honour --where department=caer",
        {"department": [value("caer", "care", "care", "logistics")]},
    ),
    ("metric time_to_honour --where department=care", {}),
    (
        "metric slip_gap --where department=logistics",
        {"department": [value("logistics", None, "care")]},
    ),
    ("metric chased --where month=2026-1", {"month": [value("2026-1", "2026-01")]}),
    (
        "metric chased --where internal=yes",
        {"internal": [value("yes", None, "false", "true")]},
    ),
    ("metric chased --where made_to=7", {"made_to": [value("7", "customer:7")]}),
    (
        "metric chased --where label:priority=p1",
        {"label:priority": [value("p1", "P1", "P1")]},
    ),
    ("metric chased --by label:priority", {}),
    ("metric chased --by label:product --units", {}),
    *(
        (f"metric chased {asked}", {"label": [value("prio", "priority", "priority", "product")]})
        for asked in (
            "--by label:prio",
            "--by label:prio --units",
            "--where label:prio=P1",
            "--where label:prio=P1 --units",
            "--where label:prio= --by department --by label:prio",
            "--known-at @2 --where label:prio=P1",
        )
    ),
    (
        "metric chased --where label:prio=P1 --where department=caer",
        {
            "label": [value("prio", "priority", "priority", "product")],
            "department": [value("caer", "care", "care", "logistics")],
        },
    ),
    ("metric reopened --by label:priority", {"label": [value("priority")]}),
    ("commitments --department field", {}),
    (
        "commitments --department care --department caer",
        {"department": [value("caer", "care", *OWNERS)]},
    ),
    ("commitments --department caer", {"department": [value("caer", "care", *OWNERS)]}),
    ("commitments --department care --status kept", {}),
]

#: A question that is refused, and what it may have meant.
REFUSED: list[tuple[str, str]] = [
    ("customer 1", "did you mean customer:1?"),
    ("customer 2", "did you mean email:2?"),
    ("customer customer:2", "did you mean email:2?"),
    ("customer customer:9", "an id has its kind in front"),
    ("journeys --customer 1", "did you mean customer:1?"),
    ("commitments --customer 7", "did you mean customer:7?"),
    ("commitment a", "did you mean A?"),
    ("chain a", "did you mean A?"),
    ("chain Z", "expected the id of a promise"),
    ("journey 9", "expected the id of a journey"),
    ("facts --subject 1", "did you mean customer:1?"),
    ("facts --subject customer:9", "an id has its kind in front"),
    ("facts --subject customer:9 --type payment.captured", "an id has its kind in front"),
    ("facts --ref 9", "did you mean order:9?"),
    ("facts --ref order:1", "expected a business object that some fact touches"),
    ("facts --subject customer:1 --ref order:1", "saw 'order:1'"),
    ("facts --from-position 99", "expected to begin at a position up to the next one, after "),
    ("facts --from-position 70:2", "saw 70:2"),
]

#: A question about facts of what is there, of which none fits.
EMPTY: list[str] = [
    "facts --subject customer:1 --type payment.captured",
    "facts --subject customer:5",
    "facts --subject customer:7",
    "facts --ref order:9 --type payment.captured",
]

#: Parties that some fact names, and of whom there may be nothing to tell.
NAMED = ("customer:1", "email:2", "customer:4", "customer:5", "customer:7")


def hold_old() -> None:
    """Where nothing has happened for long, a page about now says so."""
    for asked, said in ((day(35), False), (day(36), True)):
        with patch.object(main, "_now", lambda asked=asked: asked):
            shown = " ".join(run(Path("memory"), ["promises"]).out.split())
        assert "1 overdue" in shown
        assert ("ask with --as-of 2026-01-06T00:00:00Z" in shown) == said


def hold_unknown() -> None:
    """What is nowhere is said, in every form of the answer, and nothing where all is known."""
    home = Path("memory")
    for line, expected in UNKNOWN:
        outcome = run(home, [*line.split(), *AS_OF, "--json"])
        assert (outcome.code, outcome.err) == (0, ""), line
        answer = json.loads(outcome.out)
        assert answer.get("unknown", {}) == expected, line
        assert ("unknown" in answer) == bool(expected), line
        if line.startswith("commitments"):
            lines = run(home, [*line.split(), *AS_OF, "--lines"])
            assert ("no promise fits department=caer" in lines.err) == bool(expected), line
        page = run(home, [*line.split(), *AS_OF])
        assert (page.code, page.err) == (0, "")
        shown = " ".join(page.out.split())
        said = any(f"no {of} {what}" in shown for of in ("promise", "unit") for what in SAID)
        assert said == bool(expected), line
    for line, meant in REFUSED:
        outcome = run(home, [*line.split(), *AS_OF])
        assert (outcome.code, outcome.out) == (2, ""), line
        assert meant in outcome.err, line
    for line in EMPTY:
        assert run(home, line.split()) == (0, "", ""), line
    for party in NAMED:
        assert run(home, ["customer", party, *AS_OF]).code == 0, party
