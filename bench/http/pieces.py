"""The pieces of the bench of the HTTP door, in the order in which they are measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from bench.http.aims import aims
from bench.http.asking import ROUTES
from bench.http.plan import HttpSizes
from bench.plan import Bench, Call, Group, Piece

POSTED, ASKED = "posted", "asked"

#: What is asked, and the pages that are looked at, by their titles.
QUESTIONS = ("commitment", "customer", "promises")
PAGES = {
    "/": "the first page",
    "/today": "/today",
    "/journeys": "/journeys",
    "/families/word": "/families/word",
}

EQUAL = "The facts in our ledger and what the bare route kept, by id, type, source and subject,"


def http_door(sizes: HttpSizes) -> Bench:
    """The bench of the HTTP door of an embedded home."""
    return Bench(
        sizes=asdict(sizes),
        groups=groups(sizes),
        materials=materials(sizes),
        runs=sizes.runs,
        aims=aims(sizes),
    )


def materials(sizes: HttpSizes) -> Mapping[str, Call]:
    """What pieces work on, by name, and how it is made."""
    return {
        POSTED: Call("bench.material:lines", {"facts": sizes.posted}),
        ASKED: Call("bench.material:company", {"facts": sizes.asked, "views": True}),
    }


def groups(sizes: HttpSizes) -> list[Group]:
    """Everything there is to measure."""
    return [_emitting(sizes), _asking(sizes), _looking(sizes)]


def _emitting(sizes: HttpSizes) -> Group:
    arguments = {"batch": sizes.batch, "clients": sizes.clients}
    title = f"POST /v1/facts, batches of {sizes.batch:,}, {sizes.clients:,} clients"
    ours = Piece("emit", title, POSTED, Call("bench.http.emitting:pledger", arguments), equal=EQUAL)
    return Group("emit", f"Emitting in batches of {sizes.batch:,}", (ours, *_bare(arguments)))


def _asking(sizes: HttpSizes) -> Group:
    """Questions, by many clients at once."""
    arguments = {"clients": sizes.askers, "times": sizes.questions}
    pieces = [
        Piece(
            f"ask {question}",
            f"{ROUTES[question].format('{id}')}, {sizes.askers} clients",
            ASKED,
            Call("bench.http.asking:asks", {"question": question, **arguments}),
            None,
            tail=True,
        )
        for question in QUESTIONS
    ]
    return Group("http-asks", f"Asking at {sizes.asked:,} facts", tuple(pieces))


def _looking(sizes: HttpSizes) -> Group:
    """Pages with their pictures, one after the other."""
    pieces = [
        Piece(
            f"page {path}",
            f"{title}, with its pictures",
            ASKED,
            Call("bench.http.asking:pages", {"path": path, "times": sizes.pages}),
            None,
        )
        for path, title in PAGES.items()
    ]
    return Group("http-pages", f"Pages at {sizes.asked:,} facts", tuple(pieces))


def _bare(arguments: Mapping[str, object]) -> list[Piece]:
    """The bare route, by where it keeps what it is sent."""
    titles = {
        "table": "· a bare FastAPI route, into a SQLite table",
        "recorder": "· the same, into eventsourcing's SQLite recorder",
    }
    return [
        Piece(
            f"emit, {keeper}",
            title,
            POSTED,
            Call("bench.http.emitting:bare", {**arguments, "keeper": keeper}),
            equal=EQUAL,
        )
        for keeper, title in titles.items()
    ]
