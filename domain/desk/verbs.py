"""What one can say at the desk."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: The type of the fact that each verb about a promise is about.
PROMISE_VERBS: Mapping[str, str] = MappingProxyType(
    {
        "make": "commitment.made",
        "reschedule": "commitment.rescheduled",
        "hand-over": "commitment.handed_over",
        "accept": "commitment.accepted",
        "pause": "commitment.paused",
        "resume": "commitment.resumed",
        "honour": "commitment.honoured",
        "part-honour": "commitment.part_honoured",
        "confirm": "commitment.confirmed",
        "release": "commitment.released",
        "abandon": "commitment.abandoned",
        "dispute": "commitment.disputed",
        "settle": "commitment.dispute_settled",
        "reopen": "commitment.reopened",
        "decline": "commitment.declined",
    }
)
#: The same for issues.
ISSUE_VERBS: Mapping[str, str] = MappingProxyType(
    {
        "open": "issue.opened",
        "acknowledge": "issue.acknowledged",
        "answer": "issue.answered",
        "resolve": "issue.resolved",
        "confirm": "issue.confirmed",
        "reopen": "issue.reopened",
        "escalate": "issue.escalated",
    }
)

#: About no promise: saying no honestly. Each is one decision by itself.
DECLINED = "commitment.declined"
#: What begins something, and names its customer.
BEGINNING = frozenset({"commitment.made", "issue.opened", DECLINED})
