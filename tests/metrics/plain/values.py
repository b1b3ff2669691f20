"""The value of units, kind by kind, from one unit after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from statistics import fmean
from typing import Any

from domain.measures.difference import difference
from domain.measures.incidence import time_to_honour
from domain.measures.load import load, weeks
from domain.measures.share import share
from domain.measures.spread import HALF, NINE_TENTHS, nearest_rank
from domain.measures.survival import time
from domain.measures.tables import AGES, around_due
from projections.metrics.registry import Metric
from tests.metrics.plain.world import Json, Unit


def value_of(metric: Metric, units: Sequence[Unit], as_of: datetime, matures: bool) -> Json:
    """The value of a metric over these units."""
    if metric.kind == "table":
        return {"kind": "table", **_TABLES[metric.name](units, as_of)}
    return {"kind": metric.kind, **_VALUES[metric.kind](metric, units, matures)}


def _share(metric: Metric, units: Sequence[Unit], matures: bool) -> Json:
    counted = [own.rest["counted"] for own in units]
    running = counted.count(None)
    found = share(
        counted.count(True),
        len(counted) - running,
        maturing=running if matures else None,
        waiting=running if metric.shape.get("waiting") else None,
    )
    return {**found}


def _difference(metric: Metric, units: Sequence[Unit], matures: bool) -> Json:
    count, of = metric.shape.get("weight", ("", ""))
    sides = []
    for side in ("a", "b"):
        rests = [own.rest for own in units if own.side == side]
        if of:  # each stands for several answers
            sides.append(share(sum(one[count] for one in rests), sum(one[of] for one in rests)))
        else:
            counted = [one["counted"] for one in rests]
            sides.append(share(counted.count(True), len(counted)))
    return {**difference(*sides, independent=metric.shape.get("independent", True))}


def _spread(metric: Metric, units: Sequence[Unit], matures: bool) -> Json:
    numbers = sorted(own.rest["number"] for own in units)
    return {
        "n": len(numbers),
        "median": nearest_rank(numbers, HALF),
        "p90": nearest_rank(numbers, NINE_TENTHS),
        "max": max(numbers, default=None),
        "mean": fmean(numbers) if numbers else None,
    }


def _time(metric: Metric, units: Sequence[Unit], matures: bool) -> Json:
    ended = [own.rest["seconds"] for own in units if own.rest["end"] is not None]
    waiting = [own.rest["seconds"] for own in units if own.rest["end"] is None]
    return {**time(ended, waiting)}


def _ratio(metric: Metric, units: Sequence[Unit], matures: bool) -> Json:
    part, whole = (sum(own.rest[name] for own in units) for name in ("part", "whole"))
    return {"part": part, "whole": whole, "rate": part / whole if whole else None}


def _score(metric: Metric, units: Sequence[Unit], matures: bool) -> Json:
    if metric.name == "pillar_agreement":
        return _agreement([(own.rest["person"], own.rest["program"]) for own in units])
    low, high = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7), "stars": (1, 5)}[metric.name]
    scores = [
        own.rest["score"]
        for own in units
        if (own.rest["scale_min"], own.rest["scale_max"]) == (low, high)
        and low <= own.rest["score"] <= high
    ]
    n = len(scores)
    found: Json = {"n": n, "excluded": len(units) - n, "value": fmean(scores) if n else None}
    if metric.name == "nps":
        parts = {
            "promoters": sum(score >= 9 for score in scores),
            "passives": sum(7 <= score <= 8 for score in scores),
            "detractors": sum(score <= 6 for score in scores),
        }
        found |= parts
        found["value"] = 100 * (parts["promoters"] - parts["detractors"]) / n if n else None
    if metric.name == "csat":
        of = share(sum(score >= 4 for score in scores), n)
        found |= {"value": of["rate"], **{name: of[name] for name in ("count", "low", "high")}}
    return found


def _agreement(tags: Sequence[tuple[str | None, str | None]]) -> Json:
    """By the formula of the book, in fractions: (observed − chance) / (1 − chance)."""
    both = [pair for pair in tags if None not in pair]
    n, agree = len(both), sum(one == other for one, other in both)
    by_person, by_program = ([pair[at] for pair in both] for at in (0, 1))
    found: Json = {"n": n, "excluded": len(tags) - n, "agree": agree, "value": None}
    if n:
        chance = sum(
            Fraction(by_person.count(pillar) * by_program.count(pillar), n * n)
            for pillar in set(by_person)
        )
        if chance != 1:
            found["value"] = float((Fraction(agree, n) - chance) / (1 - chance))
    return found


def _amount(metric: Metric, units: Sequence[Unit], matures: bool) -> Json:
    whole = [own.rest for own in units if own.rest.get("counted", True) is not None]
    found = {"count": len(whole), "amounts": money(whole)}
    return {**found, "maturing": len(units) - len(whole)} if matures else found


def money(rests: Sequence[Json]) -> list[Json]:
    """The amounts of units, by currency."""
    known = [one for one in rests if one["currency"] and one["amount_minor"] is not None]
    return [
        {
            "currency": name,
            "amount_minor": sum(one["amount_minor"] for one in known if one["currency"] == name),
        }
        for name in sorted({one["currency"] for one in known})
    ]


_VALUES: Mapping[str, Callable[[Metric, Sequence[Unit], bool], Json]] = {
    "score": _score,
    "share": _share,
    "difference": _difference,
    "spread": _spread,
    "time": _time,
    "ratio": _ratio,
    "amount": _amount,
    "count": lambda metric, units, matures: {"count": len(units)},
}


def rows(
    units: Sequence[Unit],
    labels: Sequence[str],
    figures: Callable[[Sequence[Unit]], Json] = lambda own: {"count": len(own)},
) -> Json:
    """A row for each set of labels that some unit has, in their order, null last."""
    found: dict[tuple[Any, ...], list[Unit]] = {}
    for own in units:
        found.setdefault(tuple(own.rest[name] for name in labels), []).append(own)
    ordered = sorted(found, key=lambda key: [(name is None, name) for name in key])
    return {
        "rows": [{**dict(zip(labels, key, strict=True)), **figures(found[key])} for key in ordered]
    }


def _median(own: Sequence[Unit]) -> Json:
    return {
        "count": len(own),
        "median": nearest_rank(sorted(one.rest["seconds"] for one in own), HALF),
    }


def _pillars(units: Sequence[Unit], as_of: datetime) -> Json:
    names = ("facilitation", "transparency", "trust", "humility", "thoughtfulness", "other")
    tags = [(own.rest["pillar"], own.rest["praise"]) for own in units]
    return {
        "rows": [
            {"pillar": name, "praise": tags.count((name, True)), "blame": tags.count((name, False))}
            for name in names
        ]
    }


def _attitudes(units: Sequence[Unit], as_of: datetime) -> Json:
    names = ("personalise", "value", "attend", "detail", "dare", "other")
    seen = [(own.rest["attitude"], own.rest["seen_by"]) for own in units]
    who = ("customer", "colleague", "manager", "other")
    return {
        "rows": [
            {"attitude": name, **{one: seen.count((name, one)) for one in who}} for name in names
        ]
    }


def _cooperation(own: Sequence[Unit]) -> Json:
    kept = sum(one.rest["kept"] for one in own)
    return {"kept": kept, "due": len(own), "rate": kept / len(own)}


def _pulse(own: Sequence[Unit]) -> Json:
    count, of = (sum(one.rest[name] for one in own) for name in ("favourable", "respondents"))
    found = share(count, of)
    bounds = {name: found[name] for name in ("rate", "low", "high")}
    return {"favourable": count, "respondents": of, **bounds}


def _ideas(units: Sequence[Unit], as_of: datetime) -> Json:
    stages = ("proposed", "decided", "accepted", "implemented", "answered")
    return {
        "rows": [
            {"stage": stage, "count": sum(own.rest[stage] for own in units)} for stage in stages
        ]
    }


def _immersion(own: Sequence[Unit]) -> Json:
    days, learnings = (sum(one.rest[name] for one in own) for name in ("days", "learnings"))
    return {"held": len(own), "days": days, "learnings": learnings}


def _overdue_age(units: Sequence[Unit], as_of: datetime) -> Json:
    counts = dict.fromkeys((age for age, _ in AGES), 0)
    for own in units:
        counts[next(age for age, most in AGES if own.rest["days"] <= most)] += 1
    return {"rows": [{"age": age, "count": count} for age, count in counts.items()]}


def _time_to_honour(units: Sequence[Unit], as_of: datetime) -> Json:
    fates = ("honoured", "released", "abandoned", "open")
    return {
        **time_to_honour(
            *([own.rest["seconds"] for own in units if own.rest["fate"] == fate] for fate in fates)
        )
    }


def _load(units: Sequence[Unit], as_of: datetime) -> Json:
    found = weeks(as_of, UTC)
    placed = [(own.rest["what"], own.rest["placed_at"]) for own in units]
    counts = [
        sum(what != "overdue" and week.since <= at < week.until for what, at in placed)
        for week in found
    ]
    return {**load(found, counts[:8], counts[8:], [what for what, _ in placed].count("overdue"))}


def _control(units: Sequence[Unit], as_of: datetime) -> Json:
    names = ("checks", "adverse", "disproved", "sampled", "abuse")
    row = {name: sum(own.rest[name] for own in units) for name in names}
    return {"rows": [{**row, "abuse_amounts": money([own.rest for own in units])}]}


def _review_outcomes(units: Sequence[Unit], as_of: datetime) -> Json:
    said = [own.rest["outcome"] for own in units]
    outcomes = ("sound", "could_improve", "abuse", "other")
    return {"rows": [{"outcome": one, "count": said.count(one)} for one in outcomes]}


def _escalations(units: Sequence[Unit], as_of: datetime) -> Json:
    levels = [level for own in units for level in own.rest["levels"]]
    every = ("manager", "mediator", "regulator", "court", "other")
    return {"rows": [{"level": level, "count": levels.count(level)} for level in every]}


def _complaints_return(units: Sequence[Unit], as_of: datetime) -> Json:
    def figures(own: Sequence[Unit]) -> Json:
        rests = [one.rest for one in own]
        flags = [name for name, value in rests[0].items() if isinstance(value, bool)]
        counts = {name: sum(rest[name] for rest in rests) for name in flags}
        return {**counts, "redress": money(rests)}

    return rows(units, ("topic",), figures)


def _service_recovery(units: Sequence[Unit], as_of: datetime) -> Json:
    found = []
    for state in ("no_issue", "recovered", "unrecovered"):
        own = [one.rest for one in units if one.rest["state"] == state]
        counted = [rest["counted"] for rest in own]
        returned, maturing = counted.count(True), counted.count(None)
        back = share(returned, len(own) - maturing)
        found.append(
            {
                "state": state,
                "feedback": len(own),
                "mean": fmean(rest["score"] for rest in own) if own else None,
                "returned": returned,
                "of": back["of"],
                **{name: value for name, value in back.items() if name in ("rate", "low", "high")},
                "maturing": maturing,
            }
        )
    return {"rows": found}


_TABLES: Mapping[str, Callable[[Sequence[Unit], datetime], Json]] = {
    "overdue_age": _overdue_age,
    "around_due": lambda units, as_of: {
        **around_due((own.rest["day"], own.rest["what"], 1) for own in units)
    },
    "time_to_honour": _time_to_honour,
    "load": _load,
    "control": _control,
    "review_outcomes": _review_outcomes,
    "escalations": _escalations,
    "complaints_return": _complaints_return,
    "service_recovery": _service_recovery,
    "department_graph": lambda units, as_of: rows(units, ("from", "to"), _median),
    "breaks": lambda units, as_of: rows(units, ("from", "owner", "about")),
    "pillars": _pillars,
    "attitudes": _attitudes,
    "help_given": lambda units, as_of: rows(units, ("from", "to")),
    "broken_links": lambda units, as_of: rows(
        units, ("owner", "supporting_owner", "supporting_about")
    ),
    "cooperation": lambda units, as_of: rows(units, ("from", "to"), _cooperation),
    "pulse": lambda units, as_of: rows(units, ("question",), _pulse),
    "ideas": _ideas,
    "immersion": lambda units, as_of: rows(units, ("role",), _immersion),
}
