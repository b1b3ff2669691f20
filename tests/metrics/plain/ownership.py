"""Whether somebody is always in charge: the units of the family ``ownership``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any

from domain.facts import Fact
from tests.metrics.plain.dates import OUTSTANDING
from tests.metrics.plain.promises import facts_of
from tests.metrics.plain.world import Json, Reading, Unit, World, body_of, made_of, seconds


def unowned_time(world: World, within: timedelta) -> list[Unit]:
    """From each entry to the next, and from the last to the instant asked about."""
    found = []
    for folded in world.folded.values():
        part = whole = timedelta()
        ends = [*(entry.at for entry in folded.entries[1:]), world.as_of]
        for entry, until in zip(folded.entries, ends, strict=True):
            start, end = max(entry.at, world.start), min(until, world.end)
            if entry.state in OUTSTANDING and start < end:
                whole += end - start
                part += timedelta() if entry.owner else end - start
        one = folded.commitment
        rest = {"part": seconds(part), "whole": seconds(whole)}
        found.append(Unit(one.commitment_id, None, {"about": one.about}, facts_of(folded), rest))
    return found


def handover_accepted(world: World, within: timedelta) -> list[Unit]:
    found = []
    for folded in world.folded.values():
        types = ("commitment.handed_over", "commitment.accepted")
        turns = [
            entry.fact for entry in folded.entries if entry.applied and entry.fact.type in types
        ]
        owner = _first_owner(made_of(folded))
        for fact, after in pairwise([*turns, None]):
            if fact is None:
                break
            if fact.type == "commitment.accepted":
                owner = fact.department
                continue
            to = body_of(fact).to_department
            taken = (
                after is not None and after.type == "commitment.accepted" and after.department == to
            )
            facts = {str(fact.id), str(after.id)} if taken and after else {str(fact.id)}
            in_time = taken and after is not None and after.time <= fact.time + within
            key = {"from": owner, "to": to, "about": folded.commitment.about}
            rest = {"counted": in_time}
            found.append(Unit(str(fact.id), fact.time, key, frozenset(facts), rest, fact.time))
    return found


def _first_owner(made: Fact) -> str:
    return body_of(made).owner or made.department


def alert_response(world: World, within: timedelta) -> list[Unit]:
    found = []
    for n, alert in enumerate(world.happened):
        if alert.type != "alert.raised" or not any(_named(alert)):
            continue
        responses = (
            fact
            for fact in world.happened[n + 1 :]
            if fact.department == body_of(alert).to_department
            and any(
                mine is not None and mine == theirs
                for mine, theirs in zip(_named(alert), _named(fact), strict=True)
            )
        )
        first = next(responses, None)
        end = None if first is None else first.time
        rest = {
            "start": alert.time,
            "end": end,
            "seconds": seconds((end or world.as_of) - alert.time),
        }
        facts = frozenset(str(fact.id) for fact in (alert, first) if fact is not None)
        key = {"to": body_of(alert).to_department, "reason": body_of(alert).reason}
        found.append(Unit(str(alert.id), alert.time, key, facts, rest))
    return found


def _named(fact: Fact) -> tuple[str | None, str | None]:
    """The issue and the commitment that a fact names."""
    body = body_of(fact)
    return getattr(body, "issue_id", None), getattr(body, "commitment_id", None)


def open_issues_without_promise(world: World, within: timedelta) -> list[Unit]:
    first: dict[str, Fact] = {}
    last: dict[str, str] = {}
    for fact in world.happened:
        if fact.type == "issue.opened":
            first.setdefault(body_of(fact).issue_id, fact)
        elif fact.type in ("issue.resolved", "issue.reopened"):
            last[body_of(fact).issue_id] = fact.type
    outstanding = [
        folded for folded in world.folded.values() if folded.commitment.state in OUTSTANDING
    ]
    return [
        Unit(
            issue_id,
            opened.time,
            _issue_key(opened, body_of(opened)),
            frozenset({str(opened.id)}),
            {
                "counted": not any(
                    f"issue:{issue_id}" in body_of(made_of(folded)).refs
                    or folded.commitment.commitment_id == body_of(opened).about_commitment_id
                    for folded in outstanding
                )
            },
        )
        for issue_id, opened in first.items()
        if last.get(issue_id) != "issue.resolved"
    ]


def _issue_key(opened: Fact, body: Any) -> Json:
    names: Iterable[str] = ("topic", "channel", "complaint", "regime")
    return {"department": opened.department, **{name: getattr(body, name) for name in names}}


def help_given(world: World, within: timedelta) -> list[Unit]:
    return [
        Unit(
            str(fact.id),
            fact.time,
            {},
            frozenset({str(fact.id)}),
            {"from": fact.department, "to": body_of(fact).to_department},
        )
        for fact in world.of_type("help.given")
    ]


READINGS: Mapping[str, Reading] = {
    "unowned_time": unowned_time,
    "handover_accepted": handover_accepted,
    "alert_response": alert_response,
    "open_issues_without_promise": open_issues_without_promise,
    "help_given": help_given,
}
