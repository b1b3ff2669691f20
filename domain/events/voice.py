"""The voice of the customer."""

from __future__ import annotations

from typing import Literal

from domain.events.body import Body


class FeedbackGiven(Body):
    """A customer gave a score, and perhaps words."""

    question: Literal["nps", "csat", "ces", "stars", "other"]
    formula: str | None = None
    score: int
    scale_min: int
    scale_max: int
    about_ref: str | None = None
    comment: str | None = None


class PillarTagged(Body):
    """A piece of feedback or a fact was read as praise or blame of one of the five pillars."""

    feedback_id: str | None = None
    fact_id: str | None = None
    pillar: Literal["facilitation", "transparency", "trust", "humility", "thoughtfulness", "other"]
    praise: bool
    coder: Literal["person", "program", "other"]


class AttitudeShown(Body):
    """Somebody saw one of the five attitudes."""

    attitude: Literal["personalise", "value", "attend", "detail", "dare", "other"]
    seen_by: Literal["customer", "colleague", "manager", "other"]
