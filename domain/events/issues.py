"""Issues and complaints."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from domain.events.body import Body, Channel, Texts


class IssueOpened(Body):
    """The customer brought up a problem."""

    issue_id: str
    topic: str
    complaint: bool = False
    regime: str | None = None
    channel: Channel
    about_commitment_id: str | None = None
    sent_at: AwareDatetime | None = None
    labels: Texts = ()


class IssueAcknowledged(Body):
    """The company said that it received an issue."""

    issue_id: str


class IssueAnswered(Body):
    """The company answered an issue, for the last time or not."""

    issue_id: str
    final: bool
    outcome: Literal["upheld", "partly_upheld", "rejected", "other"] | None = None


class IssueResolved(Body):
    """The company says that an issue is solved."""

    issue_id: str


class IssueConfirmed(Body):
    """The customer agrees that an issue is solved."""

    issue_id: str


class IssueReopened(Body):
    """An issue that was thought solved is open again."""

    issue_id: str
    reason: str | None = None


class IssueEscalated(Body):
    """An issue went to a higher level."""

    issue_id: str
    level: Literal["manager", "mediator", "regulator", "court", "other"]


class ErrorAcknowledged(Body):
    """The company admitted its mistake."""

    issue_id: str | None = None
    commitment_id: str | None = None
    detected_by: Literal["company", "customer", "other"]


class RemedyGiven(Body):
    """The company made up for something."""

    issue_id: str | None = None
    commitment_id: str | None = None
    remedy: str
    amount_minor: int | None = None
    currency: str | None = None


class CauseIdentified(Body):
    """The cause of an issue was found."""

    issue_id: str
    cause: str


class CauseCorrected(Body):
    """A cause of issues was removed."""

    cause: str
    action: str | None = None
