"""The numbers of the permit data, each computed from what the command line answers; from the CSV
file only the column that is not imported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from tests.data.imported import Imported, instant


def refs_at(home: Imported, type: str) -> dict[str, str]:
    """The time of the one fact of a type that each case has, by the case's ref."""
    return {fact["data"]["refs"][0]: fact["time"] for fact in home.facts[type]}


def late_against_planned(home: Imported) -> int:
    """Cases that ended after the house's own plan, which is not imported."""
    ends = {
        row["case:concept:name"]: (row["case:enddate"], row["case:enddate_planned"])
        for row in home.rows("receipt.csv")
    }
    return sum(instant(end) > instant(planned) for end, planned in ends.values() if end and planned)


def first_step_before_start(home: Imported) -> int:
    """Cases whose first step is before their commitment."""
    made = refs_at(home, "commitment.made")
    early = {
        fact["data"]["refs"][0]
        for fact in home.facts["touchpoint.occurred"]
        if instant(fact["time"]) < instant(made[fact["data"]["refs"][0]])
    }
    return len(early)


def steps_after_end(home: Imported) -> int:
    """Steps after the end of their case."""
    ended = refs_at(home, "commitment.honoured")
    return sum(
        instant(fact["time"]) > instant(ended[ref])
        for fact in home.facts["touchpoint.occurred"]
        if (ref := fact["data"]["refs"][0]) in ended
    )


def touchpoints_by_channel(home: Imported) -> dict[str, int]:
    """All journeys' touchpoints together."""
    total: Counter[str] = Counter()
    for journey in home.journeys:
        total.update(journey["touchpoints"])
    return dict(total)


def handovers_between_steps(home: Imported, without: str | None = None) -> int:
    """Neighbouring touchpoints of different departments, those of one department left out."""
    count = 0
    for journey in home.journeys:
        departments = [
            step["department"]
            for step in journey["steps"]
            if step["type"] == "touchpoint.occurred" and step["department"] != without
        ]
        count += sum(one != other for one, other in pairwise(departments))
    return count


NUMBERS: dict[str, Callable[[Imported], Any]] = {
    "cases": lambda home: home.counts("permit")["made"],
    "steps": lambda home: home.answer["by_type"]["touchpoint.occurred"],
    "ended": lambda home: home.answer["by_type"]["commitment.honoured"],
    "late_of_ended": lambda home: home.counts("permit")["late"],
    "late_of_ended_against_planned": late_against_planned,
    "honoured_before_made": lambda home: sum(
        instant(c["honoured_at"]) < instant(c["made_at"])
        for c in home.commitments.values()
        if c["honoured_at"]
    ),
    "first_step_before_start": first_step_before_start,
    "steps_after_end": steps_after_end,
    "customers": lambda home: len({journey["customer"] for journey in home.journeys}),
    "journeys": lambda home: len(home.journeys),
    "touchpoints_by_channel": touchpoints_by_channel,
    "handovers_between_steps": handovers_between_steps,
    "handovers_in_journeys": lambda home: sum(j["handovers"] for j in home.journeys),
    "handovers_between_steps_without_empty": lambda home: handovers_between_steps(home, "empty"),
    "journeys_by_number_of_departments": lambda home: dict(
        Counter(str(len(journey["departments"])) for journey in home.journeys)
    ),
    "kept_whole": Imported.kept_whole,
}
