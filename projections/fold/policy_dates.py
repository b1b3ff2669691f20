"""What Python reads in policies and calendars: the dates that they give to commitments without one,
``policy_date``, and to issues, ``issue_deadline``; and which of them can't be read,
``unreadable``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from projections.session import Session
from projections.sql_files import statements_of

if TYPE_CHECKING:
    from domain.policies import Policies

_SQL = statements_of(__file__)

UNDATED = (
    "SELECT m.commitment_id, m.id, epoch_us(m.time), m.about, m.labels FROM named AS n"
    " JOIN commitment_made AS m ON m.position = n.position"
    " JOIN touched_commitment AS t ON t.commitment_id = n.commitment_id"
    " WHERE n.type = 'commitment.made' AND m.due_at IS NULL"
    " AND m.about IN (SELECT p.about FROM policy_published AS p)"
)

#: Policies and calendars that are in force.
PUBLISHED = (
    "f.type IN ('policy.published', 'calendar.published')"
    " AND f.id NOT IN (SELECT r.fact_id FROM retracted AS r)"
)

TOUCHED = "f.id IN (SELECT t.fact_id FROM touched_rule AS t)"


def update_policy_dates(session: Session) -> None:
    """Give each touched commitment without a date the one of the policy of its day. The facts that
    name it are in ``named``."""
    session.execute(
        "DELETE FROM policy_date"
        " WHERE commitment_id IN (SELECT t.commitment_id FROM touched_commitment AS t)"
    )
    undated = session.rows(UNDATED)
    if not undated:
        return
    from projections.stored_facts import instant

    policies = _policies(session)
    dates = [
        (name, fact_id, policies.due_at(about, instant(made_at), labels))
        for name, fact_id, made_at, about, labels in undated
    ]
    session.insert(
        "policy_date",
        ("commitment_id", "fact_id", "due_at"),
        [row for row in dates if row[2] is not None],
    )


def update_issue_deadlines(session: Session) -> None:
    """Give each touched issue the deadlines of the policies of its day. As above."""
    session.execute(
        "DELETE FROM issue_deadline WHERE issue_id IN (SELECT t.issue_id FROM touched_issue AS t)"
    )
    found = session.rows(_SQL["issues_under_policy"])
    if not found:
        return
    from projections.stored_facts import instant, optional_instant

    policies = _policies(session)
    rows = []
    for name, fact_id, opened_at, sent_at, regime, labels in found:
        sent = optional_instant(sent_at)
        deadlines = policies.deadlines(instant(opened_at), sent, regime, labels)
        if any(deadlines):
            rows.append((name, fact_id, *deadlines))
    columns = ("issue_id", "fact_id", "acknowledgement_due_at", "answer_due_at")
    session.insert("issue_deadline", columns, rows)


def _policies(session: Session) -> Policies:
    # Imported here: a ledger without policies need not pay for the fact types.
    from domain.policies import Policies
    from projections.public_holidays import public_holidays
    from projections.stored_facts import read_facts

    return Policies(read_facts(session, PUBLISHED), public_holidays)


def update_unreadable(session: Session) -> None:
    """Note which of the touched policies and calendars can't be read."""
    if not session.rows("SELECT 1 FROM touched_rule LIMIT 1"):
        return
    session.execute(
        "DELETE FROM unreadable WHERE fact_id IN (SELECT t.fact_id FROM touched_rule AS t)"
    )
    from domain.events import CalendarPublished, PolicyPublished
    from domain.published_rules import is_readable
    from projections.public_holidays import public_holidays
    from projections.stored_facts import read_facts

    touched = read_facts(session, f"{PUBLISHED} AND {TOUCHED}")
    session.insert(
        "unreadable",
        ("fact_id",),
        [
            (fact.id,)
            for fact in touched
            if isinstance(fact.body, CalendarPublished | PolicyPublished)
            and not is_readable(fact.body, public_holidays)
        ],
    )
