"""Answers for those who run a home: ``topic``, ``status``, ``copy``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from entrypoints.terminal.console import DIM, DOT, Answer, cell, heading, lay, paragraph, quiet
from entrypoints.terminal.format import duration, noun, number, place, plain
from entrypoints.terminal.left_out import missing, sentence
from entrypoints.terminal.table import TextTable

if TYPE_CHECKING:
    from rich.console import Console

_DEFINITIONS = {
    "current": "views as this program builds them",
    "other": "views that another version built: './pledger rebuild' builds them as this one does",
    "none": "no views yet",
}

_VIEWS = {
    "same": "the views are of these facts",
    "other": "the views are not of these facts",
    "unknown": "whether the views are of these facts is unknown, until they are built anew",
    "none": "no views yet",
}


def render_topic(answer: Answer, console: Console) -> None:
    """Whether the topic was made, and everything that is wrong with it."""
    name = plain(answer["topic"])
    made = "was made" if answer["created"] else "is there"
    if not answer["faults"]:
        paragraph(console, f"The topic {name} {made}, and can lose no fact and reorder none.")
        return
    heading(console, f"The topic {name} {made}", noun(len(answer["faults"]), "fault"))
    table = TextTable("setting", "expected, seen, and the remedy", keep=("setting",))
    for fault in answer["faults"]:
        text = Text(f"expected {plain(fault['expected'])}\nseen {plain(fault['seen'])}")
        table.add_row(cell(fault["setting"]), text.append("\n" + plain(fault["remedy"]), DIM))
    lay(console, table)


def render_status(answer: Answer, console: Console) -> None:
    """How far the ledger and the views have come, and what waits."""
    _render_status(answer, console)
    if waiting := answer["decisions_waiting"]:
        told = f"{noun(waiting, 'decision')} of the desk not in the ledger yet"
        quiet(console, f"{told}: './pledger relay' publishes them")


def _render_status(answer: Answer, console: Console) -> None:
    if answer["home"] == "embedded":
        parts = [
            Text(f"head {place(answer['head'])}"),
            Text(f"views at {place(answer['position'])}"),
            Text("facts lost", "bold red")
            if answer["lost"]
            else Text(f"{noun(answer['lag'], 'fact')} behind", "" if answer["lag"] else DIM),
        ]
        paragraph(console, DOT.join(parts))
        if answer["lost"]:
            paragraph(
                console,
                "Facts that the views are of are gone from the ledger. Put back ledger.sqlite with"
                " its -wal file, or a copy that has them, before anything else.",
            )
        if left := answer["left_out"]:
            paragraph(console, sentence(left))
        quiet(console, _DEFINITIONS[answer["definition"]])
        return
    heading(console, plain(answer["topic"]), f"generation {answer['generation'] or '–'}")
    table = TextTable(
        "partition", "head", "views at", "behind", "in time", "epoch", "worker",
        right=("partition", "head", "views at", "behind", "in time", "epoch"),
    )  # fmt: skip
    for one in answer["partitions"]:
        table.add_row(
            number(one["partition"]),
            number(one["head"]),
            number(one["position"]),
            Text("facts lost", "bold red")
            if one["lost"]
            else Text(number(one["lag"]), "" if one["lag"] else DIM),
            duration(one["lag_seconds"], short=True),
            number(one["epoch"]),
            cell(one["owner"]),
        )
    lay(console, table)
    _waiting(answer, console)
    quiet(console, _DEFINITIONS[answer["definition"]])


def _waiting(answer: Answer, console: Console) -> None:
    """What a person should look at."""
    if answer["topic_fault"]:
        paragraph(console, plain(answer["topic_fault"]))
    if any(one["lost"] for one in answer["partitions"]):
        paragraph(
            console,
            "Facts that were on the topic are gone. Stop what writes to it, and restore the topic"
            " before anything else: docs/how-to/back-up-the-server-home.md",
        )
    parked = answer["parked"]
    if answer["quarantined"]:
        paragraph(
            console,
            f"{noun(answer['quarantined'], 'message')} in quarantine: './pledger quarantine list'",
        )
    if parked["subjects"]:
        paragraph(
            console,
            f"{noun(parked['subjects'], 'subject')} parked, with {noun(parked['facts'], 'fact')}"
            " waiting: './pledger parked list'",
        )
    one = answer["building"]
    if one:
        how_far = f", {one['done']:,} of {one['total']:,}" if one["total"] else ""
        paragraph(
            console,
            f"generation {one['generation']} is being built by {plain(one['builder'])}:"
            f" {one['phase']}{how_far}",
        )


def render_verify(answer: Answer, console: Console) -> None:
    """What is wrong with the facts of a ledger, and whether the views are of them."""
    facts = f"{noun(answer['facts'], 'fact')} from {place(answer['positions']['from'])}"
    facts += f" to {place(answer['positions']['to'])}"
    counts = sum(answer["kinds"].values())
    if not counts:
        paragraph(console, f"Sound: {facts} are as they were stored.")
        quiet(console, _VIEWS[answer["views"]])
        _beside(answer, console)
        return
    heading(console, noun(counts, "fault"), facts)
    table = TextTable("position", "kind", "expected, seen, and the remedy", keep=("position",))
    for fault in answer["faults"]:
        text = Text(f"expected {plain(fault['expected'])}\nseen {plain(fault['seen'])}")
        text.append("\n" + plain(fault["remedy"]), DIM)
        at = "–" if fault["position"] is None else place(fault["position"])
        table.add_row(cell(at), cell(fault["kind"]), text)
    lay(console, table)
    if counts > len(answer["faults"]):
        kinds = ", ".join(f"{number} {kind}" for kind, number in answer["kinds"].items())
        quiet(console, f"{len(answer['faults']):,} of them are shown; all by kind: {kinds}")
    quiet(console, _VIEWS[answer["views"]])
    _beside(answer, console)


def _beside(answer: Answer, console: Console) -> None:
    """What a topic holds beside its facts."""
    if "unreadable" not in answer:
        return
    parts = [
        f"{noun(answer['unreadable'], 'message')} that are no facts",
        f"{answer['duplicates']:,} facts that came again, and count once",
        f"{answer['conflicts']:,} that contradict an earlier one, and do not count",
    ]
    quiet(console, "; ".join(parts))


def render_copy(answer: Answer, console: Console) -> None:
    """How many facts were copied, and whether both homes answer alike."""
    parts = [
        Text(f"{noun(answer['facts'], 'fact')} read"),
        Text(f"{answer['written']:,} written", "green" if answer["written"] else DIM),
        Text(f"{answer['there']:,} already there", DIM),
    ]
    paragraph(console, DOT.join(parts))
    if left := answer.get("without"):
        paragraph(
            console,
            f"The copy is {missing(left)} of the first home, which leaves it out of its views: keep"
            " that home.",
        )
    difference = answer.get("difference")
    if difference is not None:
        paragraph(
            console,
            f"The homes answer differently, first to {plain(difference['question'])} about"
            f" {plain(difference['about'])}; --json shows both answers.",
        )
    elif "difference" in answer:
        paragraph(console, "Both homes give the same answers.")
