"""The questions of the demo. Each is asked through the command that a person would type, so that
what is shown and what the shown command answers are one thing."""

from __future__ import annotations

import argparse
import io
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from entrypoints import asking
from entrypoints.calls import CallError, Context
from entrypoints.demo.moments import micros, text
from entrypoints.demo.simulate import END
from entrypoints.demo.stories import COUNTER, ROSEBUSH

Answer = dict[str, Any]

#: The instant of which everything is asked.
AS_OF = text(micros(END))
A_YEAR_BEFORE = text(micros(END.replace(year=END.year - 1)))
WITHIN = timedelta(days=7)
LOST = "PAYMENT-LOST"

_COMMANDS = {command.name: command for command in asking.COMMANDS}


@dataclass(frozen=True)
class Asked:
    """An answer, with the words of the command line that gives it."""

    command: tuple[str, ...]
    answer: Answer


@dataclass(frozen=True)
class Answers:
    """All that the demo shows. ``at_the_counter`` is what was in suspense when the customer was
    not believed."""

    promises: Asked
    balance: Asked
    due: Asked
    rosebush: Asked
    promise: Asked
    counter: Asked
    at_the_counter: Asked
    suspense: Asked


class Asking:
    """Asks one home."""

    def __init__(self, folder: Path, context: Context) -> None:
        self._folder = folder
        self._context = context
        self.asked = 0

    def ask(self, *words: str, as_of: str = AS_OF) -> Asked:
        """Ask one question, given as on the command line."""
        command = _COMMANDS[words[0]]
        parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
        command.options(parser)
        options = [*words[1:], "--as-of", as_of]
        args = parser.parse_args([*options, "--home", str(self._folder), "--json"])
        stdout = io.StringIO()
        command.run(args, replace(self._context, stdout=stdout))
        self.asked += 1
        return Asked(typed(self._folder, *words, as_of=as_of), json.loads(stdout.getvalue()))


def typed(folder: Path, *words: str, as_of: str | None = AS_OF) -> tuple[str, ...]:
    """The words of a command line that works when it is pasted."""
    options = ["--home", str(folder), *(["--as-of", as_of] if as_of else [])]
    return ("./pledger", *words, *options)


def ask_all(asking: Asking) -> Answers:
    """Every question of the demo. Raises CallError where the home lacks one of its stories."""
    ask = asking.ask
    counter = _journey(asking, COUNTER)
    return Answers(
        promises=ask("promises", "--by", "department"),
        balance=ask("balance", "--from", A_YEAR_BEFORE, "--to", AS_OF, "--by", "department"),
        due=ask("due", "--within", f"P{WITHIN.days}D"),
        rosebush=_journey(asking, ROSEBUSH),
        promise=ask("commitment", "ROSEBUSH"),
        counter=counter,
        at_the_counter=ask("suspense", as_of=when(counter.answer, "entitlement.checked")),
        suspense=ask("suspense"),
    )


def _journey(asking: Asking, customer: str) -> Asked:
    """The one journey of a story's customer: named by its id, which is found first."""
    found = asking.ask("journeys", "--customer", customer).answer["journeys"]
    if not found:
        raise _missing(f"a journey of {customer}")
    return asking.ask("journey", found[0]["journey_id"])


def when(journey: Answer, type_: str) -> str:
    """The time of the first step of a type."""
    for step in journey["steps"]:
        if step["type"] == type_:
            return str(step["time"])
    raise _missing(f"the fact {type_} in the journey of {journey['customer']}")


def _missing(what: str) -> CallError:
    return CallError(
        f"expected {what}, as the demo tells it, saw none: facts must have been added that change"
        " the story; make the demo anew with --fresh"
    )


def as_json(answers: Answers) -> Answer:
    """The answers, each as its command gives it."""
    return {
        "promises": answers.promises.answer,
        "balance": answers.balance.answer,
        "due": answers.due.answer,
        "rosebush": {"journey": answers.rosebush.answer, "commitment": answers.promise.answer},
        "counter": {"journey": answers.counter.answer, "suspense": answers.at_the_counter.answer},
        "suspense": answers.suspense.answer,
    }
