"""What may be wrong with what was fed in: what each finding means, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from application.home import silent
from application.question import Question, replayed

if TYPE_CHECKING:
    from application.home import Home, OnProgress
    from domain.suspense import Reason
    from projections.queries import answers
    from projections.queries.health import Finding, Kind


class Words(NamedTuple):
    """What a finding means, and what to do about it: a remedy, in which use cases are named in
    braces."""

    says: str
    remedy: str


_REPORT = "have its source report that too; {suspense} names the facts that wait for it"
_PUBLISH = "publish it once more as it should be, and retract the one that {suspense} names"

#: Why something waits, and what ends the wait.
WAITING: Mapping[Reason, Words] = MappingProxyType(
    {
        "unknown_commitment": Words(
            "names a promise of which no commitment.made has come", _REPORT
        ),
        "unknown_issue": Words("names an issue of which no issue.opened has come", _REPORT),
        "unknown_payment": Words("names a payment of which no payment.captured has come", _REPORT),
        "unknown_decision": Words("names a decision of which no discretion.used has come", _REPORT),
        "unknown_fact": Words(
            "retracts a fact that has not come",
            "see whether it names the right id, and whether that fact went to another ledger",
        ),
        "unlinked_payment": Words(
            "a payment that nobody has linked to anything, nor refunded in full",
            "link it to what it pays (payment.linked), or report its refund",
        ),
        "made_twice": Words(
            "a promise made a second time with another content: the first one counts",
            "retract the one that is wrong; if they are two promises, emit the second under an id"
            " of its own",
        ),
        "unreadable_calendar": Words(
            "a calendar that can't be read: what goes by it has no date", _PUBLISH
        ),
        "unreadable_policy": Words(
            "a policy that can't be read: what goes by it has no date", _PUBLISH
        ),
        "unknown_calendar": Words(
            "goes by a calendar of which no calendar.published has come", "publish that calendar"
        ),
    }
)

#: What the findings mean that are about no wait.
FOUND: Mapping[Kind, Words] = MappingProxyType(
    {
        "future_facts": Words(
            "a fact dated more than a day after the ledger learned of it: until that date no answer"
            " counts it",
            "set the clock or the time zone of its source right, retract it, and emit it with its"
            " true time and another id",
        ),
        "look_alike": Words(
            "ids that differ in Unicode form, case or spaces alone: what is one thing may be"
            " counted as several",
            "link parties that are one customer (identity.linked), and have every source write one"
            " form of an id",
        ),
        "silent_source": Words(
            "a source from which nothing has come for more than 4 times the longest gap of its"
            " usual week: what it knows may be missing",
            "see whether it still runs; if it was switched off, nothing is to be done",
        ),
        "no_evidence": Words(
            "a type of fact on which a headline figure of {promises} rests, and nobody reports any:"
            " the figure may say nothing",
            "have the system that knows report it, and leave that figure aside until then",
        ),
        "equal_times": Words(
            "a source of whose facts about promises more than one in ten share their instant with"
            " another fact of the same promise and have no sequence: nothing says which came first",
            "have it number its facts in their order, as sequence; where an importer makes them of"
            " a file, add _row AS sequence to its SELECT, and import the file again with"
            " {snapshot}",
        ),
    }
)


def health(home: Home, asked: Question, on_progress: OnProgress = silent) -> answers.Health:
    """What may be wrong, by kind; nothing else is looked for."""
    from projections.queries.health import health

    with replayed(home, asked, on_progress) as (session, moment):
        return {"findings": [_told(finding) for finding in health(session, moment)]}


def _told(finding: Finding) -> answers.Finding:
    says, remedy = FOUND[finding.kind] if finding.waits is None else WAITING[finding.waits]
    told: answers.Finding = {
        "kind": finding.kind,
        "count": finding.count,
        "examples": finding.examples,
        "says": says,
        "remedy": remedy,
    }
    if finding.kind == "waiting" and finding.waits is not None:
        told["reason"] = finding.waits
    return told
