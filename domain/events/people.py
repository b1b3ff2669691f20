"""People at work: departments and teams only, never one person."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from domain.events.body import Body


class BravoGiven(Body):
    """A department was thanked for what it did well."""

    to_department: str
    behaviour: str
    from_department: str | None = None
    answered_at: AwareDatetime | None = None


class YellowCardRaised(Body):
    """A department was told what it did badly."""

    to_department: str
    behaviour: str
    from_department: str | None = None
    answered_at: AwareDatetime | None = None


class YellowCardAnswered(Body):
    """A department answered a yellow card; ``card`` is the id of the fact that raised it."""

    card: str


class HelpGiven(Body):
    """One department helped another."""

    to_department: str
    issue_id: str | None = None
    commitment_id: str | None = None


class AlertRaised(Body):
    """A department was told at once of something that it must know."""

    to_department: str
    issue_id: str | None = None
    commitment_id: str | None = None
    reason: str


class DysfunctionReported(Body):
    """Something that does not work was reported."""

    report_id: str
    topic: str
    process: str | None = None


class IdeaProposed(Body):
    """A department proposed an idea."""

    idea_id: str
    topic: str


class IdeaDecided(Body):
    """An idea was accepted or not."""

    idea_id: str
    accepted: bool


class IdeaImplemented(Body):
    """An idea was put into practice."""

    idea_id: str


class IdeaAnswered(Body):
    """Those who proposed an idea were told what became of it."""

    idea_id: str


class PulseTaken(Body):
    """A department was asked how it can work; counts only, never names."""

    department: str
    question: Literal[
        "time_to_do_well",
        "means_to_satisfy",
        "cooperation",
        "customer_first",
        "meaning",
        "leeway",
        "other",
    ]
    respondents: int
    favourable: int


class ImmersionHeld(Body):
    """People of a department spent days among customers."""

    department: str
    role: Literal["executive", "manager", "newcomer", "other"]
    days: float
    learnings: int
