"""How each metric is asked about the simulated company, and what its script says to that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from fractions import Fraction
from itertools import pairwise
from statistics import fmean
from typing import Any, Final

from simulator.local_time import DAY, SECOND, date_of, on
from tests.metrics import held
from tests.metrics.held import Held, Json
from tests.simulator.practices import dates, journeys, people, resolution, trust, voice, word
from tests.simulator.practices.counting import Share, Shares, about, label, of_type, owner, whole
from tests.simulator.truth import Truth

#: Some weeks before the season, when what was ordered in early autumn is still to come.
OCTOBER: Final = on(2025, 10, 20, 12)

_PROMISES: Final = {"department": owner, "about": about, "label:product": label("product")}
_JOURNEYS: Final = {"department": journeys.begins, "conducted": journeys.has_conductor}
#: The labels of tables whose rows are always there, in the order of the contract.
_OUTCOMES: Final = ("sound", "could_improve", "abuse", "other")
_LEVELS: Final = ("manager", "mediator", "regulator", "court", "other")
_PILLARS: Final = ("facilitation", "transparency", "trust", "humility", "thoughtfulness", "other")
_ATTITUDES: Final = ("personalise", "value", "attend", "detail", "dare", "other")
_SEERS: Final = ("customer", "colleague", "manager", "other")
_STAGES: Final = ("proposed", "decided", "accepted", "implemented", "answered")
_AGES: Final = {"0-1": 1, "2-7": 7, "8-30": 30, "31-90": 90, "over 90": 10**6}


def _of_promises(key: str, read: Callable[..., Any]) -> Callable[[Truth], Any]:
    return lambda truth: read(truth, _PROMISES[key])


def _of_journeys(key: str, read: Callable[..., Any]) -> Callable[[Truth], Any]:
    return lambda truth: read(truth, _JOURNEYS[key])


def _share(key: str, read: Callable[..., Shares[Any]]) -> Held:
    """A share of promises."""
    return held.shares(key, read=_of_promises(key, read))


def _together(parts: Collection[Counter[Any]]) -> Counter[Any]:
    return sum(parts, Counter())


def _overdue_age(ages: list[int]) -> Json:
    days = [-(-age // DAY) for age in ages]
    bounds = [0, *_AGES.values()]
    counts = [sum(low < day <= high for day in days) for low, high in pairwise(bounds)]
    return held.table({"age": age, "count": n} for age, n in zip(_AGES, counts, strict=True))


def _around_due(steps: Counter[tuple[int, str]]) -> Json:
    whats = ("honoured", "released", "abandoned", "moved")
    return held.table(
        {"day": day, **{what: steps[day, what] for what in whats}} for day in range(-6, 8)
    )


def _load(truth: Truth) -> Json:
    found = dates.load(truth, OCTOBER)
    usual = held.nearest_rank(found.honoured, Fraction(1, 2)) or 0
    rows = [
        {"week": date_of(week // DAY).isoformat(), "due": due, "over": due > usual}
        for week, due in found.due.items()
    ]
    return {"usual": usual, "overdue": found.overdue, **held.table(rows)}


def _abuse(truth: Truth) -> Json:
    """Beside the share, how many were drawn that nobody has reviewed since."""
    found, waiting = trust.abuse(truth), trust.abuse_waiting(truth)
    departments = sorted(found.keys() | waiting.keys())

    def value(part: Share, waiting: int) -> Json:
        return {**held.share(part), "waiting": waiting}

    return {
        "value": value(whole(found), waiting.total()),
        "groups": [
            {"key": {"department": name}, "value": value(found.get(name, Share()), waiting[name])}
            for name in departments
        ],
    }


def _control(truth: Truth) -> Json:
    *figures, cents = trust.control(truth)
    names = ("checks", "adverse", "disproved", "sampled", "abuse")
    row = dict(zip(names, figures, strict=True))
    return held.table([{**row, "abuse_amounts": held.money(cents)}])


def _counted(name: str, labels: Iterable[str]) -> Callable[[Mapping[str, int]], Json]:
    """A row for each of a list of labels, whether there is one or not."""
    return lambda found: held.table({name: label, "count": found.get(label, 0)} for label in labels)


def _complaints_return(truth: Truth) -> Json:
    found = resolution.complaints_return(truth)
    names = ("opened", "closed_4_weeks", "closed_8_weeks", "closed_later", "upheld", "open_at_end")
    regimes = sorted({regime for regime, _ in found}, key=lambda name: (name is None, name))

    def value(*among: str | None) -> Json:
        topics: dict[str, resolution.Returned] = {}
        for (regime, topic), returned in found.items():
            if regime in among:
                before = topics.get(topic, resolution.Returned(Counter(), Counter()))
                topics[topic] = resolution.Returned(
                    before.figures + returned.figures, before.redress + returned.redress
                )
        return held.labelled(
            ["topic"],
            topics,
            lambda one: {
                "open_at_start": 0,
                **{name: one.figures[name] for name in names},
                "redress": held.money(one.redress),
            },
        )

    return {
        "value": value(*regimes),
        "groups": [{"key": {"regime": name}, "value": value(name)} for name in regimes],
    }


def _service_recovery(truth: Truth) -> Json:
    return held.table(
        {
            "state": state,
            "feedback": len(found.said),
            "mean": fmean(found.said) if found.said else None,
            "returned": sum(found.returned),
            "of": len(found.returned),
            "rate": fmean(found.returned) if found.returned else None,
            "maturing": len(found.said) - len(found.returned),
        }
        for state, found in voice.service_recovery(truth).items()
    )


def _pillars(truth: Truth) -> Json:
    found = voice.pillars(truth)
    return held.table(
        {"pillar": name, "praise": found[name][True], "blame": found[name][False]}
        for name in _PILLARS
    )


def _attitudes(truth: Truth) -> Json:
    found = voice.attitudes(truth)
    return held.table(
        {"attitude": name, **{seer: found[name, seer] for seer in _SEERS}} for name in _ATTITUDES
    )


def _graph(gaps: list[int]) -> Json:
    median = held.nearest_rank(gaps, Fraction(1, 2)) or 0
    return {"count": len(gaps), "median": median / SECOND}


def _kept(part: Share) -> Json:
    return {"kept": part.count, "due": part.of, "rate": part.rate}


def _pulse(truth: Truth) -> dict[str, dict[str, Share]]:
    """By department, and then by question."""
    asked = {str(event.body["question"]) for event in of_type(truth, "pulse.taken")}
    found: dict[str, dict[str, Share]] = {}
    for question in asked:
        for department, part in people.pulse(truth, question).items():
            found.setdefault(department, {})[question] = part
    return found


def _answered(found: Mapping[str, Share]) -> Json:
    return held.labelled(
        ["question"],
        found,
        lambda part: {"favourable": part.count, "respondents": part.of, "rate": part.rate},
    )


def _every_question(parts: Collection[Mapping[str, Share]]) -> Mapping[str, Share]:
    questions = {question for part in parts for question in part}
    return {name: sum((part[name] for part in parts), Share()) for name in questions}


def _score(question: str, value: Callable[[list[int]], Json]) -> Held:
    return held.scores("kept_whole", lambda truth: voice.scores(truth, question), value)


TRUTHS: Final[Mapping[str, Held]] = {
    # keeping one's word
    "kept_first": _share("about", word.kept_first),
    "kept_agreed": _share("about", word.kept_agreed),
    "kept_latest": _share("about", word.kept_latest),
    "slip_gap": held.differences("department", read=_of_promises("department", word.slip_gap)),
    "kept_customer_moved": _share("about", word.kept_customer_moved),
    "kept_company_clock": _share("about", word.kept_company_clock),
    "unprompted": _share("about", word.unprompted),
    "chased": _share("about", word.chased),
    "undated": _share("about", word.undated),
    "early": _share("about", word.early),
    "partly_kept": _share("about", word.partly_kept),
    "closed_loop": _share("about", word.closed_loop),
    "promised_again": _share("about", word.promised_again),
    "customers_kept_whole": held.alone(lambda truth: held.share(word.customers_kept_whole(truth))),
    "wish_offered": _share("label:product", word.wish_offered),
    "wish_met": _share("label:product", word.wish_met),
    "date_chosen_by_customer": _share("about", word.date_chosen_by_customer),
    "lead_time": held.spreads("about", read=_of_promises("about", dates.lead_time)),
    "moved_without_consent": held.shares("department", read=word.moved_without_consent),
    "overdue_age": held.tables(
        "about", _of_promises("about", dates.overdue_age), _overdue_age, held.joined
    ),
    "around_due": held.tables(
        "department", _of_promises("department", dates.around_due), _around_due, _together
    ),
    "time_to_honour": held.tables(
        "about", _of_promises("about", dates.time_to_honour), held.incidence, held.joined
    ),
    "load": held.alone(_load, OCTOBER),
    "consigned_at_source": _share("about", word.consigned_at_source),
    "declined": held.shares("department", read=word.declined),
    "feasibility_checked": _share("about", word.feasibility_checked),
    "longest_silence": held.spreads("about", read=_of_promises("about", dates.longest_silence)),
    "efforts_shown": held.shares("department", read=word.efforts_shown),
    # owning a problem
    "unowned_time": held.ratios("about", word.unowned_time),
    "handover_accepted": held.shares("about", read=word.handover_accepted),
    "alert_response": held.times("reason", "to", read=resolution.alert_response),
    "open_issues_without_promise": held.shares(
        "topic", read=resolution.open_issues_without_promise
    ),
    "help_given": held.alone(
        lambda truth: held.labelled(["from", "to"], people.help_given(truth), held.count)
    ),
    # believing the customer
    "unlinked_payments": held.shares("method", read=trust.unlinked_payments),
    "unlinked_amount": held.amounts("method", read=trust.unlinked_amount),
    "time_to_link": held.times("method", read=trust.time_to_link),
    "wrongful_suspicion": held.shares("rule", read=trust.wrongful_suspicion),
    "time_to_clear": held.times("rule", read=trust.time_to_clear),
    "paid_twice": held.amounts("department", read=trust.paid_twice),
    "time_to_repair": held.times("department", read=trust.time_to_repair),
    "on_customers_word": held.shares("department", read=trust.on_customers_word),
    "sampled": held.shares("department", read=trust.sampled),
    "abuse": Held(("department",), _abuse),
    "control": held.alone(_control),
    # judging beyond the rule
    "no_next_step": held.shares("department", read=trust.no_next_step),
    "uncovered": held.shares("department", read=trust.uncovered),
    "time_to_rule": held.alone(lambda truth: held.time([*trust.time_to_rule(truth).values()])),
    "discretion": held.amounts("gesture", read=trust.discretion),
    "beyond_rule": held.shares("department", read=trust.beyond_rule),
    "review_outcomes": held.tables(
        "rule", trust.review_outcomes, _counted("outcome", _OUTCOMES), _together
    ),
    "coaching_encouraged": held.shares("department", read=trust.coaching_encouraged),
    "rules_revised_from_practice": held.shares("rule", read=trust.rules_revised_from_practice),
    # setting things right
    "first_contact_resolution": held.shares("department", read=resolution.first_contact_resolution),
    "confirmed": held.shares("topic", read=resolution.confirmed),
    "reopened": held.shares("topic", read=resolution.reopened),
    "acknowledged_in_time": held.shares("channel", read=resolution.acknowledged_in_time),
    "answered_in_time": held.shares("channel", read=resolution.answered_in_time),
    "escalated": held.shares("topic", read=resolution.escalated),
    "escalations": held.alone(
        lambda truth: _counted("level", _LEVELS)(resolution.escalations(truth))
    ),
    "complaints_return": Held(("regime",), _complaints_return),
    "error_acknowledged": held.spreads("detected_by", read=resolution.error_acknowledged),
    "self_detected": held.shares("department", read=resolution.self_detected),
    "remedies": held.amounts("remedy", read=resolution.remedies),
    "recurrence": held.shares("cause", read=resolution.recurrence),
    "service_recovery": held.alone(_service_recovery),
    # the voice of the customer
    "nps": _score("nps", held.nps),
    "csat": _score("csat", held.csat),
    "ces": _score("ces", held.mean),
    "stars": _score("stars", held.mean),
    "pillars": held.alone(_pillars),
    "pillar_agreement": held.alone(lambda truth: held.kappa(voice.pillar_agreement(truth))),
    "attitudes": held.alone(_attitudes),
    # journeys
    "kept_whole": held.shares("conducted", read=_of_journeys("conducted", journeys.kept_whole)),
    "departments_per_journey": held.spreads(
        "conducted", read=_of_journeys("conducted", journeys.departments_per_journey), of=1
    ),
    "handovers_per_journey": held.spreads(
        "conducted", read=_of_journeys("conducted", journeys.handovers_per_journey), of=1
    ),
    "reasked": held.shares("department", read=journeys.reasked),
    "channel_forced": held.shares("department", read=journeys.channel_forced),
    "journey_silence": held.spreads("department", read=journeys.journey_silence),
    "conducted": held.alone(lambda truth: held.difference(journeys.conducted(truth))),
    "department_graph": held.alone(
        lambda truth: held.labelled(["from", "to"], journeys.department_graph(truth), _graph)
    ),
    "breaks": held.alone(
        lambda truth: held.labelled(["from", "owner", "about"], journeys.breaks(truth), held.count)
    ),
    # working together
    "internal_kept": held.shares("department", "made_to", read=people.internal_kept),
    "broken_links": held.alone(
        lambda truth: held.labelled(
            ["owner", "supporting_owner", "supporting_about"],
            people.broken_links(truth),
            held.count,
        )
    ),
    "cooperation": held.alone(
        lambda truth: held.labelled(["from", "to"], people.cooperation(truth), _kept)
    ),
    # those who work there
    "pulse": held.tables("department", _pulse, _answered, _every_question),
    "cooperation_gap": held.differences("department", read=people.cooperation_gap),
    "symmetry": held.alone(lambda truth: held.difference(people.symmetry(truth))),
    "bravos": held.counts("behaviour", people.bravos),
    "yellow_cards": held.counts("department", people.yellow_cards),
    "cards_answered": held.shares("behaviour", read=people.cards_answered),
    "ideas": held.alone(lambda truth: _counted("stage", _STAGES)(people.ideas(truth))),
    "ideas_answered": held.alone(lambda truth: held.share(whole(people.ideas_answered(truth)))),
    "dysfunctions": held.counts("topic", people.dysfunctions),
    "immersion": held.alone(
        lambda truth: held.labelled(["role"], people.immersion(truth), lambda one: one._asdict())
    ),
}
