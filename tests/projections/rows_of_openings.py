"""What the folds of domain/ say the rows are about issues, payments, decisions and entitlements. As
``tests/projections/rows.py``, which takes these in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from domain.decisions import decisions
from domain.entitlements import clearing, entitlements
from domain.events import (
    DiscretionReviewed,
    EntitlementChecked,
    IssueAnswered,
    IssueEscalated,
    TouchpointOccurred,
)
from domain.facts import Fact
from domain.issues import issues, walk
from domain.openings import Opened, Step
from domain.payments import payments, settling
from domain.policies import Deadlines, issue_deadlines
from projections.public_holidays import public_holidays

Row = dict[str, Any]


def rows_of_openings(standing: Sequence[Fact], names: Mapping[str, str]) -> dict[str, list[Row]]:
    """The rows of these views, for the facts in force and the canonical names of parties."""
    deadlines = issue_deadlines(standing, public_holidays)
    own_issues = issues(standing).values()
    own_payments = payments(standing).values()
    own_decisions = decisions(standing).values()
    own_entitlements = entitlements(standing).values()
    return {
        "issue_step": [row for one in own_issues for row in _issue_steps(one)],
        "issue": [_issue(one, names, deadlines) for one in own_issues],
        "payment_step": [
            {**row, "settles": step is settling(one)}
            for one in own_payments
            for step, row in _steps("payment", one)
        ],
        "payment": [
            _opened("payment", one, "amount_minor", "currency", "method") for one in own_payments
        ],
        "decision_step": [row for one in own_decisions for row in _decision_steps(one)],
        "decision": [
            _opened(
                "decision",
                one,
                *("rule_id", "gesture", "amount_minor", "currency"),
                *("on_customer_word", "beyond_rule"),
            )
            for one in own_decisions
        ],
        "entitlement_step": [
            {
                **row,
                "outcome": _said(step, EntitlementChecked, "outcome"),
                "clears": step is clearing(one),
            }
            for one in own_entitlements
            for step, row in _steps("entitlement", one)
        ],
        "entitlement": [
            _opened("entitlement", one, "rule_id", "outcome") for one in own_entitlements
        ],
    }


def _steps(kind: str, one: Opened) -> Iterator[tuple[Step, Row]]:
    for number, step in enumerate(one.steps, 1):
        yield (
            step,
            {
                f"{kind}_id": one.id,
                "n": number,
                "fact_id": step.fact.id,
                "position": step.fact.position,
                "type": step.fact.type,
                "time": step.fact.time,
                "step_at": step.at,
                "department": step.fact.department,
            },
        )


def _opened(kind: str, one: Opened, *fields: str) -> Row:
    return {
        f"{kind}_id": one.id,
        "subject": one.opening.subject,
        "department": one.opening.department,
        "opened_id": one.opening.id,
        "opened_position": one.opening.position,
        "opened_at": one.opened_at,
        **{field: getattr(one.opening.body, field) for field in fields},
    }


def _issue(one: Opened, names: Mapping[str, str], deadlines: Mapping[UUID, Deadlines]) -> Row:
    row = _opened(
        "issue",
        one,
        *("topic", "complaint", "regime", "channel", "about_commitment_id", "sent_at"),
        "labels",
    )
    subject = one.opening.subject
    return {
        **row,
        "labels": list(row["labels"]),
        "customer": names.get(subject, subject),
        **deadlines.get(one.opening.id, Deadlines(None, None))._asdict(),
    }


def _issue_steps(one: Opened) -> Iterator[Row]:
    ends = [step.at for step in one.steps[1:]]
    seen: Counter[tuple[str, bool | None]] = Counter()
    walked = zip(_steps("issue", one), walk(one), [*ends, None], strict=True)
    for (step, row), (_, resolved), until in walked:
        final = _said(step, IssueAnswered, "final")
        seen[step.fact.type, final] += 1
        yield {
            **row,
            "initiated_by": _said(step, TouchpointOccurred, "initiated_by"),
            "final": final,
            "outcome": _said(step, IssueAnswered, "outcome"),
            "level": _said(step, IssueEscalated, "level"),
            "first_of_type": seen[step.fact.type, final] == 1,
            "resolved": resolved,
            "until": until,
        }


def _decision_steps(one: Opened) -> Iterator[Row]:
    seen: Counter[str] = Counter()
    for step, row in _steps("decision", one):
        seen[step.fact.type] += 1
        yield {
            **row,
            "outcome": _said(step, DiscretionReviewed, "outcome"),
            "first_of_type": seen[step.fact.type] == 1,
        }


def _said(step: Step, model: type, field: str) -> Any:
    return getattr(step.fact.body, field) if isinstance(step.fact.body, model) else None
