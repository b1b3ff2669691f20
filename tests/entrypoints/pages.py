"""Made-up answers in the shapes that the command line gives, for the tests of the pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.entrypoints import chains, findings

at = datetime.fromisoformat

COUNTS = ("made", "pending", "overdue", "undated", "kept", "late", "broken", "released", "disputed")
ID = "359bba8e-4633-528a-8298-cf2b8e642926"
ROSE = "customer:rose-551"


def counts(*values: int) -> dict[str, int]:
    return dict(zip(COUNTS, values, strict=True))


NONE = counts(*[0] * 9)


def rate(
    kept: int, due: int, low: float | None = None, high: float | None = None
) -> dict[str, Any]:
    return {
        "kept": kept,
        "due": due,
        "rate": kept / due if due else None,
        "low": low,
        "high": high,
    }


def group(key: dict[str, str | None], due: bool = True) -> dict[str, Any]:
    rates = [rate(600, 1_000, 0.5693, 0.6299), rate(700, 1_000, 0.6709, 0.7276)]
    rates.append(rate(800, 1_000, 0.7741, 0.8236))
    bases = ("first", "agreed", "latest")
    kept = dict(zip(bases, rates if due else [rate(0, 0)] * 3, strict=True))
    return {
        "key": key,
        "counts": counts(1_234, 100, 34, 3, 700, 300, 40, 50, 7),
        "kept_rate": kept,
        "slip_gap": 0.2 if due else None,
        "unprompted": {"kept": 700, "unprompted": 630, "rate": 0.9, "low": 0.8756, "high": 0.92},
    }


ALL = {name: value for name, value in group({}).items() if name != "key"}
PROMISES: dict[str, Any] = {
    "as_of": at("2026-03-01T00:00:00Z"),
    "known_at": 304_812,
    **ALL,
    "evidence": {"customer.chased": 210, "commitment.rescheduled": 404},
    "in_suspense": 0,
}
BY_DEPARTMENT: dict[str, Any] = {
    **PROMISES,
    "groups": [
        group({"department": "advertising"}),
        group({"department": "payments"}, due=False),
        group({"department": None}),
    ],
}
BY_MUCH: dict[str, Any] = {
    **PROMISES,
    "groups": [
        group({"department": "customer-contact", "about": "replacement", "channel": "email"}),
        group({"department": "logistics", "about": "delivery", "channel": None}),
    ],
}
NOTHING_DUE: dict[str, Any] = {
    **PROMISES,
    "counts": counts(3, 2, 0, 1, 0, 0, 0, 0, 0),
    "kept_rate": {name: rate(0, 0) for name in ("first", "agreed", "latest")},
    "slip_gap": None,
    "unprompted": {"kept": 0, "unprompted": 0, "rate": None, "low": None, "high": None},
}
NO_PROMISE = {**NOTHING_DUE, "counts": NONE}
UNREPORTED = {
    **PROMISES,
    "slip_gap": 0.0,
    "evidence": {"customer.chased": 0, "commitment.rescheduled": 0},
    "in_suspense": 37,
}

MOVES = {
    "opening": 1_234,
    "made": 103_456,
    "reopened": 120,
    "honoured": 99_000,
    "released": 500,
    "abandoned": 345,
    "closing": 4_965,
}
BALANCE: dict[str, Any] = {
    "from": at("2025-01-01T00:00:00Z"),
    "to": at("2026-01-01T00:00:00Z"),
    **MOVES,
    "groups": [],
}
BALANCE_BY: dict[str, Any] = {
    **BALANCE,
    "groups": [
        {"key": {"department": "advertising"}, **MOVES},
        {"key": {"department": None}, **MOVES},
    ],
}


def said(
    time: datetime, type: str, source: str, applied: bool = True, **data: object
) -> dict[str, Any]:
    return {
        "id": ID,
        "type": type,
        "time": time,
        "recorded_at": time,
        "position": 1,
        "source": source,
        "applied": applied,
        "data": data,
    }


COMMITMENT: dict[str, Any] = {
    "commitment_id": "ROSE-NEW",
    "customer": ROSE,
    "about": "replacement",
    "kind": "explicit",
    "made_to": ROSE,
    "owner": "care",
    "status": "kept",
    "state": "honoured",
    "made_at": at("2025-04-12T07:50:00Z"),
    "earliest_at": None,
    "first_due_at": at("2025-11-30T17:00:00Z"),
    "agreed_due_at": at("2025-11-20T17:00:00Z"),
    "latest_due_at": at("2025-11-20T17:00:00Z"),
    "honoured_at": at("2025-11-18T13:30:00Z"),
    "in_time": None,
    "released_at": None,
    "abandoned_at": None,
    "reschedulings": 1,
    "chases": 0,
    "paused": False,
    "supports": None,
    "clocks": {
        "customer": 19_028_400,
        "company": 19_028_400,
        "paused": {"customer": 0, "third_party": 0, "company": 0, "other": 0},
    },
    "history": [
        said(
            at("2025-04-12T07:50:00Z"),
            "commitment.made",
            "/care/mail",
            commitment_id="ROSE-NEW",
            about="replacement",
            wording="A new rose in November.",
            kind="explicit",
            due_at=at("2025-11-30T17:00:00Z"),
            due_chosen_by="customer",
            supports=None,
            refs=("order:R-551",),
        ),
        said(at("2025-11-03T09:00:00Z"), "progress.shared", "/nursery/orders", applied=False),
        said(
            at("2025-11-04T07:00:00Z"),
            "commitment.rescheduled",
            "/nursery/orders",
            commitment_id="ROSE-NEW",
            due_at=at("2025-11-20T17:00:00Z"),
            initiated_by="company",
            customer_agreed=True,
        ),
        said(at("2025-11-18T13:30:00Z"), "commitment.honoured", "/logistics/parcels"),
    ],
}
WAITING: dict[str, Any] = {
    **COMMITMENT,
    "status": "overdue",
    "kind": "policy",
    "made_to": "department:logistics",
    "owner": None,
    "first_due_at": at("2025-11-20T17:00:00Z"),
    "latest_due_at": at("2025-12-20T17:00:00Z"),
    "honoured_at": None,
    "chases": 3,
    "paused": True,
    "supports": "DELIVERY-9",
    "clocks": {
        "customer": 28_000_000,
        "company": 27_740_800,
        "paused": {"customer": 172_800, "third_party": 86_400, "company": 3_600, "other": 0},
    },
    "history": [],
}
UNDATED: dict[str, Any] = {
    **WAITING,
    **dict.fromkeys(("first_due_at", "agreed_due_at", "latest_due_at")),
    "status": "undated",
}


VERDICT: dict[str, Any] = {
    **COMMITMENT,
    "honoured_at": at("2025-12-31T00:00:00Z"),
    "in_time": True,
}


def listed(id: str, status: str, **changes: object) -> dict[str, Any]:
    return {**COMMITMENT, "commitment_id": id, "status": status, **changes}


COMMITMENTS: dict[str, Any] = {
    "commitments": [
        listed("delivery-47770eb9100c2d0c44946d9cf07ec65d", "overdue"),
        listed("C-4", "undated", agreed_due_at=None, owner=None),
    ],
    "next": "eyJhIjoxfQ",
}
DUE: dict[str, Any] = {
    "due": [
        listed("delivery-47770eb9100c2d0c44946d9cf07ec65d", "overdue", silence=784_000),
        listed("C-4", "pending", silence=None),
    ]
}


def step(time: datetime, type: str, department: str, *refs: str, **data: object) -> dict[str, Any]:
    return {
        "id": ID,
        "type": type,
        "time": time,
        "department": department,
        "refs": list(refs),
        "data": data,
    }


JOURNEY: dict[str, Any] = {
    "journey_id": ID,
    "customer": ROSE,
    "first_at": at("2025-04-08T09:00:00Z"),
    "last_at": at("2025-11-19T19:00:00Z"),
    "facts": 4,
    "departments": ["logistics", "care", "nursery"],
    "handovers": 2,
    "touchpoints": {"field": 1},
    "chases": 0,
    "reasked": 0,
    "channels_forced": 0,
    "promises": counts(1, 0, 0, 0, 1, 0, 0, 0, 0),
    "kept_whole": True,
    "longest_silence": 17_716_200,
    "feedback": [
        {
            "question": "stars",
            "score": 5,
            "scale_min": 1,
            "scale_max": 5,
            "time": at("2025-11-19T19:00:00Z"),
        }
    ],
    "steps": [
        step(
            at("2025-04-08T09:00:00Z"),
            "touchpoint.occurred",
            "logistics",
            "order:R-551",
            kind="call",
            channel="field",
            emotional=False,
            issue_id="I-1",
        ),
        step(
            at("2025-04-12T07:50:00Z"),
            "commitment.made",
            "care",
            "order:R-551",
            commitment_id="ROSE-NEW",
            about="replacement",
            due_at=at("2025-11-30T17:00:00Z"),
            refs=["order:R-551"],
        ),
        step(at("2025-11-18T13:30:00Z"), "commitment.honoured", "nursery", "commitment:ROSE-NEW"),
        step(at("2025-11-18T13:30:00Z"), "feedback.given", "nursery"),
    ],
}
TROUBLED: dict[str, Any] = {
    **JOURNEY,
    "departments": ["logistics", "care", "nursery", "accounting", "web shop", "payments"],
    "chases": 3,
    "reasked": 1,
    "channels_forced": 2,
    "promises": counts(4, 1, 1, 0, 1, 1, 0, 0, 0),
    "kept_whole": False,
}
PLAIN: dict[str, Any] = {
    **JOURNEY,
    "promises": NONE,
    "kept_whole": None,
    "longest_silence": None,
    "feedback": [],
}
JOURNEYS: dict[str, Any] = {"journeys": [JOURNEY, TROUBLED, PLAIN], "next": None}
CUSTOMER: dict[str, Any] = {
    "customer": ROSE,
    "canonical": ROSE,
    "aliases": ["customer:rose-552", "email:9911"],
    "journeys": [JOURNEY, TROUBLED],
    "loose": [{"id": ID, "type": "touchpoint.occurred", "time": at("2025-04-08T09:00:00Z")}],
    "promises": counts(5, 1, 1, 0, 2, 1, 0, 0, 0),
}
STRANGER: dict[str, Any] = {
    **CUSTOMER,
    "aliases": [],
    "journeys": [],
    "loose": [],
    "promises": NONE,
}

REJECTED: list[dict[str, Any]] = [
    {"line": 3, "id": None, "why": "expected a whole JSON object on the line, saw one cut short"},
    {"line": 12_034, "id": ID, "why": "type: expected a type of the catalogue, saw another"},
]
EMITTED: dict[str, Any] = {"accepted": 7, "duplicates": 3, "rejected": REJECTED, "head": 4_567}
IMPORTED: dict[str, Any] = {
    **EMITTED,
    "by_type": {"commitment.made": 3_000},
    "skipped": {"commitment.honoured": 100},
}
REBUILT = {"facts": 304_812, "seconds": 2.13, "facts_per_second": 143_104.2, "position": 304_812}
SUSPENSE: dict[str, Any] = {
    "items": [
        {
            "reason": "unknown_commitment",
            "about": "C-9",
            "since": at("2025-04-08T09:00:00Z"),
            "facts": [ID],
        },
        {
            "reason": "unlinked_payment",
            "about": "P-77",
            "since": at("2025-04-09T09:00:00.250Z"),
            "facts": [ID, ID],
        },
    ]
}

MANY_IN_SUSPENSE: dict[str, Any] = {
    "items": [SUSPENSE["items"][0], {**SUSPENSE["items"][1], "facts": [ID] * 40}],
    "by_reason": {"unlinked_payment": 1, "unknown_commitment": 37},
    "next": "eyJhIjoxfQ",
}

#: (command, answer) for every page and every turn that it can take.
PAGES: list[tuple[str, dict[str, Any]]] = [
    ("promises", PROMISES),
    ("promises", BY_DEPARTMENT),
    ("promises", BY_MUCH),
    ("promises", NOTHING_DUE),
    ("promises", NO_PROMISE),
    ("promises", UNREPORTED),
    ("promises", {**NO_PROMISE, "in_suspense": 1}),
    ("balance", BALANCE),
    ("balance", BALANCE_BY),
    ("commitment", COMMITMENT),
    ("commitment", WAITING),
    ("commitment", UNDATED),
    ("commitment", VERDICT),
    ("chain", chains.CHAIN),
    ("chain", chains.ALONE),
    ("chain", chains.DEEP),
    ("commitments", COMMITMENTS),
    ("commitments", {"commitments": [], "next": None}),
    ("due", DUE),
    ("due", {"due": []}),
    ("journey", JOURNEY),
    ("journey", TROUBLED),
    ("journey", PLAIN),
    ("journeys", JOURNEYS),
    ("journeys", {"journeys": [], "next": None}),
    ("customer", CUSTOMER),
    ("customer", STRANGER),
    ("emit", EMITTED),
    ("emit", {**EMITTED, "rejected": []}),
    ("import", IMPORTED),
    ("import", {**IMPORTED, "rejected": [{**REJECTED[0], "file": "commitment.made.sql"}]}),
    ("rebuild", REBUILT),
    ("rebuild", {**REBUILT, "facts": 0, "seconds": 0.0, "facts_per_second": None}),
    ("suspense", SUSPENSE),
    ("suspense", MANY_IN_SUSPENSE),
    ("suspense", {"items": []}),
    ("health", findings.HEALTH),
    ("health", {"findings": []}),
]
