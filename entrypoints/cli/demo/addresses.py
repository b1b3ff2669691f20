"""The pages of the HTTP door that answer what the demo's story asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlencode

from application.json_answers import instant_to_text
from entrypoints.cli.demo.questions import AS_OF, LOST, REFUNDS, when
from simulator.stories import COUNTER

if TYPE_CHECKING:
    from entrypoints.cli.demo.questions import Answers


class Address(NamedTuple):
    """A question, and the path of the page that answers it."""

    question: str
    path: str


def addresses(answers: Answers) -> Sequence[Address]:
    """The pages for the questions of the story, as of the instant that each is asked about."""
    counter = quote(COUNTER, safe="")
    checked = when(answers.counter.answer, "entitlement.checked")
    refunds = "=".join(REFUNDS)
    return (
        Address("How many promises were kept, and how sure is that?", _page("/")),
        Address("Who waits longest?", _page("/today")),
        Address("What became of the rosebush?", _page("/commitments/ROSEBUSH")),
        Address("What did the customer at the counter live?", _page(f"/customers/{counter}")),
        Address(f"What was known about {LOST} that morning?", _page("/suspense", checked)),
        Address("Whose dates move before they fall due?", _page("/metrics/moved_without_consent")),
        Address("And those of refunds?", _page("/metrics/around_due", where=refunds)),
        Address("How do departments work together?", _page("/families/cooperation")),
        Address("Which numbers are there, and how do they lie?", _page("/metrics")),
    )


def _page(path: str, as_of: datetime = AS_OF, **more: str) -> str:
    asked = urlencode({**more, "as_of": instant_to_text(as_of)}, safe=":=")
    return f"{path}?{asked}"
