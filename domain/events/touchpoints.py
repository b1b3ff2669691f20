"""Where the customer and the company meet."""

from __future__ import annotations

from typing import Literal

from domain.events.body import Body, Channel


class TouchpointOccurred(Body):
    """The customer and the company met, from the first advert to the service call."""

    kind: str
    channel: Channel
    initiated_by: Literal["customer", "company", "unknown"]
    commitment_id: str | None = None
    issue_id: str | None = None
    emotional: bool = False
    note: str | None = None


class InformationReasked(Body):
    """The customer was asked again for something already given."""

    what: str
    issue_id: str | None = None


class ChannelForced(Body):
    """The customer was made to change channel."""

    from_channel: Channel
    to_channel: Channel
    reason: str | None = None
    issue_id: str | None = None


class CustomerChased(Body):
    """The customer had to remind the company."""

    commitment_id: str | None = None
    issue_id: str | None = None
    channel: Channel


class ProgressShared(Body):
    """An effort was made known, to the customer or only inside the company."""

    commitment_id: str | None = None
    issue_id: str | None = None
    shown_to_customer: bool
    note: str | None = None
