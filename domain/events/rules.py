"""Rules, and the judgement used beside them."""

from __future__ import annotations

from typing import Literal

from domain.events.body import Body, Texts


class RulePublished(Body):
    """A version of a rule came into force, with the room it leaves to judgement."""

    rule_id: str
    version: int
    wording: str | None = None
    judgement_space: str | None = None
    limit_minor: int | None = None
    currency: str | None = None
    prompted_by: Texts = ()


class RuleInvoked(Body):
    """A customer was answered with a rule."""

    rule_id: str
    issue_id: str | None = None
    next_step_offered: bool


class RuleUnmatched(Body):
    """A situation came up for which no rule was written."""

    situation: str
    issue_id: str | None = None


class DiscretionUsed(Body):
    """Somebody used the room that the rules leave, for a customer."""

    decision_id: str
    rule_id: str | None = None
    gesture: str
    amount_minor: int | None = None
    currency: str | None = None
    reason: str | None = None
    on_customer_word: bool = False
    beyond_rule: bool = False
    issue_id: str | None = None
    commitment_id: str | None = None


class DiscretionSampled(Body):
    """A decision was drawn at random for review."""

    decision_id: str


class DiscretionReviewed(Body):
    """A decision was reviewed afterwards."""

    decision_id: str
    outcome: Literal["sound", "could_improve", "abuse", "other"]


class CoachingHeld(Body):
    """A manager talked a decision over with a department."""

    about_department: str
    decision_id: str | None = None
    rule_id: str | None = None
    encouraged: bool
