"""Promises, from the first word to the last."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from domain.events.body import Body, Channel, Texts


class CommitmentMade(Body):
    """A promise was given to somebody."""

    commitment_id: str
    about: str
    wording: str | None = None
    kind: Literal["explicit", "policy", "law", "other"] = "explicit"
    made_to: str | None = None
    owner: str | None = None
    entry_point: Channel | None = None
    earliest_at: AwareDatetime | None = None
    due_at: AwareDatetime | None = None
    requested_at: AwareDatetime | None = None
    due_chosen_by: Literal["company", "customer", "unknown"] = "unknown"
    feasibility_checked: bool | None = None
    # A reader puts unknown for a symbol that it does not know; nobody may write it.
    consigned: Literal["at_source", "discovered_later", "unknown"] = "at_source"
    supports: str | None = None
    labels: Texts = ()


class CommitmentDeclined(Body):
    """The company said honestly that it will not promise this."""

    about: str
    wording: str | None = None
    reason: str | None = None


class CommitmentRescheduled(Body):
    """The date of a promise was moved."""

    commitment_id: str
    due_at: AwareDatetime
    initiated_by: Literal["customer", "company", "unknown"]
    customer_agreed: bool = False
    reason: str | None = None


class CommitmentPaused(Body):
    """A promise waits for somebody who is named."""

    commitment_id: str
    waiting_for: Literal["customer", "third_party", "company", "other"]
    reason: str | None = None


class CommitmentResumed(Body):
    """A promise that waited goes on."""

    commitment_id: str
    waiting_for: Literal["customer", "third_party", "company", "other"]
    reason: str | None = None


class CommitmentHandedOver(Body):
    """The owner of a promise proposes another department."""

    commitment_id: str
    to_department: str


class CommitmentAccepted(Body):
    """The department that speaks takes the ownership of a promise."""

    commitment_id: str


class CommitmentPartHonoured(Body):
    """Part of what was promised was done; the promise stays as it is."""

    commitment_id: str
    remaining: str | None = None


class CommitmentHonoured(Body):
    """A promise was kept."""

    commitment_id: str
    evidence: str | None = None
    in_time: bool | None = None


class CommitmentConfirmed(Body):
    """The customer says that what was promised was done well."""

    commitment_id: str


class CommitmentReleased(Body):
    """The customer let the company off a promise."""

    commitment_id: str
    reason: str | None = None


class CommitmentAbandoned(Body):
    """The company says that it will not keep a promise."""

    commitment_id: str
    reason: str | None = None


class CommitmentDisputed(Body):
    """The customer says that a promise was not kept."""

    commitment_id: str
    reason: str | None = None


class CommitmentDisputeSettled(Body):
    """A dispute about a promise ended; upheld means that the customer was right."""

    commitment_id: str
    # A reader puts unknown for a symbol that it does not know; nobody may write it.
    outcome: Literal["upheld", "rejected", "unknown"]


class CommitmentReopened(Body):
    """A promise that was settled is open again."""

    commitment_id: str
    reason: str | None = None
