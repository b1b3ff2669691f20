"""Issues: from the day on which they were opened."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from simulator.house import ACKNOWLEDGED_HOURS, ANSWERED_HOURS, GIFT_ACKNOWLEDGED_HOURS, REGIME
from simulator.journal import Event
from simulator.local_time import DAY, HOUR, micros
from tests.simulator.practices.counting import (
    Shares,
    Waits,
    Worth,
    end_of,
    gathered,
    of_type,
    ripe,
    shares,
    speaks,
    wait,
    worth,
    worths,
)
from tests.simulator.truth import Truth


@dataclass(slots=True)
class Issue:
    """An issue: the fact that opened it, and all that name it, in their order."""

    opened: Event
    facts: list[Event] = field(default_factory=list)

    def all(self, type_: str, **said: object) -> list[Event]:
        """The facts of a type that say this."""
        return [
            fact
            for fact in self.facts
            if fact.type == type_ and said.items() <= dict(fact.body).items()
        ]

    def first(self, type_: str, **said: object) -> int | None:
        """When the first of them was."""
        found = self.all(type_, **said)
        return found[0].time if found else None

    def resolved(self, at: int) -> bool:
        """Whether it was resolved at an instant, for the time being."""
        told = ("issue.resolved", "issue.reopened")
        steps = [fact.type for fact in self.facts if fact.type in told and fact.time <= at]
        return steps[-1:] == ["issue.resolved"]

    @property
    def topic(self) -> str:
        """What it is about."""
        return str(self.opened.body["topic"])


def issues(truth: Truth) -> dict[str, Issue]:
    """All issues that were opened."""
    found: dict[str, Issue] = {}
    for event in of_type(truth, "issue.opened"):
        found.setdefault(str(event.body["issue_id"]), Issue(event))
    for event in truth.told:
        issue = found.get(str(event.body.get("issue_id")))
        if issue is not None:
            issue.facts.append(event)
    return found


def _within(at: int | None, start: int, days: int) -> bool:
    return at is not None and start <= at <= start + days * DAY


def first_contact_resolution(truth: Truth) -> Shares[str]:
    """By the department that opened the issue."""
    units = []
    for issue in issues(truth).values():
        opened, resolved = issue.opened.time, issue.first("issue.resolved")
        if ripe(truth, opened, 14) and (resolved is None or ripe(truth, resolved, 14)):
            again = [
                *issue.all("issue.reopened"),
                *issue.all("customer.chased"),
                *issue.all("touchpoint.occurred", initiated_by="customer"),
            ]
            until = opened if resolved is None else resolved + 14 * DAY
            back = any(opened < fact.time <= until for fact in again)
            units.append((speaks(issue.opened), resolved is not None and not back))
    return shares(units)


def _after_resolution(truth: Truth, type_: str) -> Shares[str]:
    units = []
    for issue in issues(truth).values():
        resolved = issue.first("issue.resolved")
        if resolved is not None and ripe(truth, resolved, 14):
            told = (fact.time for fact in issue.all(type_))
            units.append((issue.topic, any(_within(at, resolved, 14) for at in told)))
    return shares(units)


def confirmed(truth: Truth) -> Shares[str]:
    """By topic, within a fortnight."""
    return _after_resolution(truth, "issue.confirmed")


def reopened(truth: Truth) -> Shares[str]:
    """By topic, within a fortnight."""
    return _after_resolution(truth, "issue.reopened")


def _sent(issue: Issue) -> int:
    sent: Any = issue.opened.body.get("sent_at")
    return issue.opened.time if sent is None else micros(sent)


def channel(issue: Issue) -> str:
    """The channel through which it came."""
    return str(issue.opened.body["channel"])


def acknowledged_in_time(truth: Truth) -> Shares[str]:
    """By channel, of the complaints that the code's deadlines are for."""
    units = []
    for issue in issues(truth).values():
        labels: Any = issue.opened.body.get("labels", ())
        gift = "occasion:gift" in labels
        hours = GIFT_ACKNOWLEDGED_HOURS if gift else ACKNOWLEDGED_HOURS
        deadline = _sent(issue) + hours * HOUR
        if issue.opened.body.get("regime") == REGIME and deadline < end_of(truth):
            answers = issue.first("issue.acknowledged"), issue.first("issue.answered", final=True)
            units.append((channel(issue), any(at is not None and at <= deadline for at in answers)))
    return shares(units)


def answered_in_time(truth: Truth) -> Shares[str]:
    """By channel, of the complaints that the code's deadlines are for."""
    units = []
    for issue in issues(truth).values():
        deadline = _sent(issue) + ANSWERED_HOURS * HOUR
        if issue.opened.body.get("regime") == REGIME and deadline < end_of(truth):
            answered = issue.first("issue.answered", final=True)
            units.append((channel(issue), answered is not None and answered <= deadline))
    return shares(units)


def escalated(truth: Truth) -> Shares[str]:
    """By topic."""
    return shares(
        (issue.topic, bool(issue.all("issue.escalated"))) for issue in issues(truth).values()
    )


def escalations(truth: Truth) -> Counter[str]:
    """How many issues came to each level."""
    return Counter(
        level
        for issue in issues(truth).values()
        for level in {str(fact.body["level"]) for fact in issue.all("issue.escalated")}
    )


class Returned(NamedTuple):
    """What a regulator asks of the complaints of one sort, from the first day on. ``figures`` are
    those of the return by their names; ``redress`` is what was given to make them good, in cents by
    currency."""

    figures: Counter[str]
    redress: Counter[str]


def complaints_return(truth: Truth) -> dict[tuple[str | None, str], Returned]:
    """By regime and topic."""
    found: dict[tuple[str | None, str], Returned] = {}
    for issue in issues(truth).values():
        if issue.opened.body.get("complaint") is True:
            regime: Any = issue.opened.body.get("regime")
            figures, redress = found.setdefault(
                (regime, issue.topic), Returned(Counter(), Counter())
            )
            figures.update(["opened", *_closed(issue)])
            for remedy in issue.all("remedy.given"):
                redress.update(worth(remedy.body).cents)
    return found


def _closed(issue: Issue) -> list[str]:
    """When the final answer came, and whether it took the customer's part, at least in part."""
    answers = issue.all("issue.answered", final=True)
    if not answers:
        return ["open_at_end"]
    days = (answers[0].time - issue.opened.time) / DAY
    weeks = "4_weeks" if days <= 28 else "8_weeks" if days <= 56 else "later"
    upheld = answers[0].body.get("outcome") in ("upheld", "partly_upheld")
    return [f"closed_{weeks}", *(("upheld",) if upheld else ())]


def error_acknowledged(truth: Truth) -> dict[str, list[int]]:
    """Microseconds from the opening of an issue until an error was first admitted in it, by who
    had found it."""
    return gathered(
        (str(admitted[0].body["detected_by"]), max(0, admitted[0].time - issue.opened.time))
        for issue in issues(truth).values()
        if (admitted := issue.all("error.acknowledged"))
    )


def self_detected(truth: Truth) -> Shares[str]:
    """By department."""
    return shares(
        (speaks(event), event.body["detected_by"] == "company")
        for event in of_type(truth, "error.acknowledged")
        if event.body["detected_by"] in ("company", "customer")
    )


def remedies(truth: Truth) -> dict[str, Worth]:
    """By remedy."""
    given = of_type(truth, "remedy.given")
    return worths((str(event.body["remedy"]), event.body) for event in given)


def recurrence(truth: Truth) -> Shares[str]:
    """By cause: corrections after which an issue was opened, within 90 days, that had it."""
    known = issues(truth)
    opened: dict[str, list[int]] = {}
    for event in of_type(truth, "cause.identified"):
        issue = known.get(str(event.body["issue_id"]))
        if issue is not None:
            opened.setdefault(str(event.body["cause"]), []).append(issue.opened.time)
    return shares(
        (cause, any(event.time < at <= event.time + 90 * DAY for at in opened.get(cause, [])))
        for event in of_type(truth, "cause.corrected")
        if ripe(truth, event.time, 90)
        for cause in [str(event.body["cause"])]
    )


def open_issues_without_promise(truth: Truth) -> Shares[str]:
    """By topic, of issues that are not resolved: those that no outstanding promise is for."""
    outstanding: set[str] = set()
    for promise in truth.promises.values():
        if truth.commitment(promise.commitment_id)["state"] in ("open", "disputed"):
            outstanding |= {promise.commitment_id, *promise.refs}
    return shares(
        (
            issue.topic,
            f"issue:{name}" not in outstanding
            and issue.opened.body.get("about_commitment_id") not in outstanding,
        )
        for name, issue in issues(truth).items()
        if not issue.resolved(end_of(truth))
    )


def alert_response(truth: Truth) -> Waits[tuple[str, str]]:
    """By reason and the department alerted: until it told anything about the same issue or
    promise."""
    waits: Waits[tuple[str, str]] = {}
    told: dict[object, list[Event]] = {}
    for event in truth.told:
        for name in ("issue_id", "commitment_id"):
            if name in event.body:
                told.setdefault(event.body[name], []).append(event)
    for alert in of_type(truth, "alert.raised"):
        to = str(alert.body["to_department"])
        named = alert.body.get("issue_id") or alert.body.get("commitment_id")
        after = told[named][told[named].index(alert) + 1 :]
        answer = next((fact.time for fact in after if speaks(fact) == to), None)
        found = wait(truth, alert.time, answer)
        waits.setdefault((str(alert.body["reason"]), to), []).append(found)
    return waits
