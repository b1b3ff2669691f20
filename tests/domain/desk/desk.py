"""Given what is known, when somebody commands, then a decision or a refusal.

``given(made(), honoured(3)).when("reopen", 5).then_decided()`` reads as the contract does. Facts
and days are those of ``tests.domain.given``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.commitments import NO_DATES
from domain.desk import issues, promises
from domain.desk.decider import Command, Known, Refused, evolve
from domain.desk.verbs import ISSUE_VERBS, PROMISE_VERBS
from domain.facts import Fact
from domain.retractions import in_force
from tests.domain.given import day, fact


@dataclass(frozen=True)
class Outcome:
    """What came of a command."""

    known: Known
    verdict: Fact | Refused

    def then_decided(self) -> Fact:
        assert isinstance(self.verdict, Fact), self.verdict
        return self.verdict

    def then_refused(self, why: str, state: str | None, since: float | None) -> str:
        """The reason, the state, and the day since when; answers with the remedy."""
        assert isinstance(self.verdict, Refused), self.verdict
        assert self.verdict.why == why
        assert self.verdict.state == state
        assert self.verdict.since == (None if since is None else day(since))
        return self.verdict.remedy


@dataclass(frozen=True)
class Given:
    """What is known of a promise or an issue."""

    known: Known
    about: str

    def when(
        self,
        verb: str,
        on: float,
        *,
        by: str = "care",
        customer: str | None = "customer:1",
        **said: Any,
    ) -> Outcome:
        """Somebody commands on a day."""
        verbs, decider = {
            "promise": (PROMISE_VERBS, promises.decide),
            "issue": (ISSUE_VERBS, issues.decide),
        }[self.about]
        meant = fact(verbs[verb], on, by=by, **said)
        command = Command(
            type=meant.type,
            body=meant.body,
            source=meant.source,
            time=meant.time,
            customer=customer,
        )
        return Outcome(self.known, decider(self.known, command))

    def and_decided(self, verb: str, on: float, **said: Any) -> Given:
        """The same, after a decision that was made."""
        return replace(self, known=evolve(self.known, self.when(verb, on, **said).then_decided()))


def given(*facts: Fact, policy_dates: Mapping[UUID, datetime] = NO_DATES) -> Given:
    """A promise of which these facts are known; what is retracted is not."""
    return Given(Known(_about("commitment_id", facts), policy_dates), "promise")


def given_issue(*facts: Fact) -> Given:
    """An issue of which these facts are known."""
    return Given(Known(_about("issue_id", facts)), "issue")


def _about(field: str, facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    return tuple(each for each in in_force(facts) if field in vars(each.body))
