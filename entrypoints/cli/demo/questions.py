"""The questions of the demo: each is asked of the application, with the command line that asks the
same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from application import ask
from application.errors import Unknown
from application.json_answers import instant_to_text
from application.metrics import Metric, metric, units
from application.question import Page
from simulator.simulation import END
from simulator.stories import COUNTER, ROSEBUSH

if TYPE_CHECKING:
    from application.ask import answers
    from application.embedded_home import EmbeddedHome

Answer = TypeVar("Answer", bound=Mapping[str, Any])

#: The instant of which everything is asked.
AS_OF = END
A_YEAR_BEFORE = END.replace(year=END.year - 1)
WITHIN = timedelta(days=7)
LOST = "PAYMENT-LOST"

#: The promises whose good number lies, as a condition on units.
REFUNDS = ("about", "refund")
#: What the stories' habits look like for all customers: metrics, of which units.
HABITS: Sequence[tuple[str, Sequence[tuple[str, str]]]] = (
    ("on_customers_word", [("rule", "dead-plant")]),
    ("abuse", [("rule", "dead-plant")]),
    ("unprompted", [("about", "replacement")]),
    ("wrongful_suspicion", []),
    ("no_next_step", []),
    ("customers_kept_whole", []),
)
#: How many units a page of them has here.
UNITS = 3

#: How many questions are asked: one for each answer, and where the two stories' journeys are.
QUESTIONS = 14 + len(HABITS)


@dataclass(frozen=True)
class Asked(Generic[Answer]):
    """An answer, with the words of the command line that gives it."""

    command: tuple[str, ...]
    answer: Answer


@dataclass(frozen=True)
class Numbers:
    """Metrics: how good refunds look by the date given last, what that hides, the dates that were
    moved, which department keeps the others waiting, and those of ``HABITS``."""

    slip_gap: Asked[answers.Metric]
    around_due: Asked[answers.Metric]
    moved: Asked[answers.MetricUnits]
    cooperation: Asked[answers.Metric]
    habits: Sequence[Asked[answers.Metric]]


@dataclass(frozen=True)
class Answers:
    """All that the demo shows. ``at_the_counter`` is what was in suspense when the customer was
    not believed."""

    promises: Asked[answers.Promises]
    balance: Asked[answers.Balance]
    due: Asked[answers.Due]
    rosebush: Asked[answers.Journey]
    promise: Asked[answers.Commitment]
    counter: Asked[answers.Journey]
    at_the_counter: Asked[answers.Suspense]
    suspense: Asked[answers.Suspense]
    numbers: Numbers


def typed(folder: Path, *words: str, as_of: datetime | None = AS_OF) -> tuple[str, ...]:
    """The words of a command line that works when it is pasted."""
    options = ["--home", str(folder)]
    if as_of is not None:
        options += ["--as-of", instant_to_text(as_of)]
    return ("./pledger", *words, *options)


def ask_all(home: EmbeddedHome) -> Answers:
    """Every question of the demo. Raises Unknown where the home lacks one of its stories."""
    folder, within = home.folder, f"P{WITHIN.days}D"
    rosebush, counter = _journey(home, ROSEBUSH), _journey(home, COUNTER)
    checked = when(counter.answer, "entitlement.checked")
    start, end = instant_to_text(A_YEAR_BEFORE), instant_to_text(AS_OF)
    return Answers(
        promises=Asked(
            typed(folder, "promises", "--by", "department"),
            ask.promises(home, ask.Promises(as_of=AS_OF, by=["department"])),
        ),
        balance=Asked(
            typed(folder, "balance", "--from", start, "--to", end, "--by", "department"),
            ask.balance(
                home, ask.Balance(as_of=AS_OF, start=A_YEAR_BEFORE, end=AS_OF, by=["department"])
            ),
        ),
        due=Asked(
            typed(folder, "due", "--within", within),
            ask.due(home, ask.Due(as_of=AS_OF, within=within)),
        ),
        rosebush=rosebush,
        promise=Asked(
            typed(folder, "commitment", "ROSEBUSH"),
            ask.commitment(home, ask.Commitment(as_of=AS_OF, id="ROSEBUSH")),
        ),
        counter=counter,
        at_the_counter=_suspense(home, checked),
        suspense=_suspense(home, AS_OF),
        numbers=_numbers(home),
    )


def _numbers(home: EmbeddedHome) -> Numbers:
    moved = Metric(as_of=AS_OF, name="moved_without_consent", where=[REFUNDS], limit=UNITS)
    return Numbers(
        slip_gap=_metric(home, "slip_gap", [REFUNDS]),
        around_due=_metric(home, "around_due", [REFUNDS]),
        moved=Asked(
            typed(home.folder, *words(moved), "--units", "--limit", str(UNITS)),
            units(home, moved),
        ),
        cooperation=_metric(home, "cooperation"),
        habits=[_metric(home, *habit) for habit in HABITS],
    )


def _metric(
    home: EmbeddedHome, name: str, where: Sequence[tuple[str, str]] = ()
) -> Asked[answers.Metric]:
    question = Metric(as_of=AS_OF, name=name, where=where)
    return Asked(typed(home.folder, *words(question)), metric(home, question))


def words(question: Metric) -> Sequence[str]:
    """The words of the command that asks for a metric, without options of every command."""
    return (
        *("metric", question.name),
        *(word for key, value in question.where for word in ("--where", f"{key}={value}")),
    )


def _journey(home: EmbeddedHome, customer: str) -> Asked[answers.Journey]:
    """The one journey of a story's customer: named by its id, which is found first."""
    found = ask.journeys(home, ask.Journeys(as_of=AS_OF, customer=customer))["journeys"]
    if not found:
        raise _missing(f"a journey of {customer}")
    journey_id = found[0]["journey_id"]
    journey = ask.journey(home, ask.Named(as_of=AS_OF, id=journey_id))
    return Asked(typed(home.folder, "journey", journey_id), journey)


def _suspense(home: EmbeddedHome, as_of: datetime) -> Asked[answers.Suspense]:
    waiting = ask.suspense(home, Page(as_of=as_of))
    return Asked(typed(home.folder, "suspense", as_of=as_of), waiting)


def when(journey: answers.Journey, type_: str) -> datetime:
    """The time of the first step of a type."""
    for step in journey["steps"]:
        if step["type"] == type_:
            return step["time"]
    raise _missing(f"the fact {type_} in the journey of {journey['customer']}")


def _missing(what: str) -> Unknown:
    return Unknown(
        f"{what}, as the demo tells it",
        "none: facts must have been added that change the story",
        "make the demo anew with {fresh}",
    )


def as_json(answers: Answers) -> dict[str, Any]:
    """The answers, each as its command gives it."""
    return {
        "promises": answers.promises.answer,
        "balance": answers.balance.answer,
        "due": answers.due.answer,
        "rosebush": {"journey": answers.rosebush.answer, "commitment": answers.promise.answer},
        "counter": {"journey": answers.counter.answer, "suspense": answers.at_the_counter.answer},
        "suspense": answers.suspense.answer,
        "metrics": {
            "slip_gap": answers.numbers.slip_gap.answer,
            "around_due": answers.numbers.around_due.answer,
            "moved": answers.numbers.moved.answer,
            "cooperation": answers.numbers.cooperation.answer,
            "habits": [asked.answer for asked in answers.numbers.habits],
        },
    }
