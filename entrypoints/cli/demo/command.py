"""The command that shows what Pledger is for: ``demo``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from application.errors import Wrong
from entrypoints.cli.command import (
    Command,
    Context,
)
from entrypoints.cli.jsontext import print_json
from entrypoints.cli.options import count
from entrypoints.cli.serve import HOST, PORT, Serving, serve_home, tell

if TYPE_CHECKING:
    from application.embedded_home import EmbeddedHome
    from entrypoints.cli.demo.addresses import Address
    from entrypoints.cli.demo.build import Stage
    from entrypoints.cli.demo.folder import Demo, Marker
    from entrypoints.cli.demo.pages import Pages
    from entrypoints.cli.demo.questions import Answers
    from entrypoints.http.callers import Access
    from entrypoints.http.serving import Place

DEFAULT_HOME = "demo-home"
DEFAULT_SMALL_HOME = "demo-home-small"


def _demo_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--fresh", action="store_true", help="remove what an earlier demo made, and begin anew"
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--small", action="store_true", help="1,000 customers, in a few seconds")
    size.add_argument(
        "--customers", type=count, metavar="N", help="how many customers (default: 20,000)"
    )
    parser.add_argument(
        "--seed", type=count, metavar="N", help="another seed makes another company (default: 7)"
    )
    group = parser.add_argument_group("common options")
    group.add_argument(
        "--home",
        type=Path,
        metavar="DIR",
        help=f"a folder for the demo alone (default: $PLEDGER_HOME, or {DEFAULT_HOME}, with --small"
        f" {DEFAULT_SMALL_HOME})",
    )
    group.add_argument("--json", action="store_true", help="print the answers as JSON")
    parser.epilog = (
        f"{parser.epilog}\n\nWhat an earlier run has made in the folder is used again; what it left"
        " undone is\nfinished. On a terminal it is then served to a browser, until Ctrl-C."
    )


def _demo(args: argparse.Namespace, context: Context) -> int:
    home = _home(args, context)
    if args.json:
        _as_json(home, _wanted(args), args.fresh, context)
        return 0
    return _as_pages(home, _wanted(args), args.fresh, context)


def _home(args: argparse.Namespace, context: Context) -> EmbeddedHome:
    from application.embedded_home import EmbeddedHome

    usual = DEFAULT_SMALL_HOME if args.small else DEFAULT_HOME
    folder = args.home or Path(context.environment.get("PLEDGER_HOME") or usual)
    return EmbeddedHome(folder, context.runtime, context.note, context.progress)


def _wanted(args: argparse.Namespace) -> Demo:
    from entrypoints.cli.demo.folder import Demo
    from simulator.simulation import CUSTOMERS, EDITION, SEED, SMALL

    customers = SMALL if args.small else args.customers or CUSTOMERS
    return Demo(EDITION, args.seed or SEED, customers)


def _as_pages(home: EmbeddedHome, demo: Demo, fresh: bool, context: Context) -> int:
    """Show it, and on a terminal serve it to a browser until Ctrl-C; the exit status."""
    from entrypoints.cli.demo import build
    from entrypoints.cli.demo.addresses import addresses
    from entrypoints.cli.demo.pages import Pages

    build.check(home, demo, fresh)
    pages = Pages(context.stdout, home.folder)
    pages.opening(demo)
    build.make(home, demo, fresh, context, pages.stage)
    answers, asked = _ask(home, context)
    pages.stage(asked)
    pages.answers(answers)
    found = addresses(answers)
    if context.stdout.isatty():
        return _serve(home.folder, pages, found, context)
    pages.in_browser(found, f"http://{HOST}:{PORT}")
    return 0


def _serve(folder: Path, pages: Pages, found: Sequence[Address], context: Context) -> int:
    from entrypoints.http.callers import welcome
    from entrypoints.http.limits import USUAL
    from entrypoints.http.serving import Place

    def show(origin: str, access: Access) -> None:
        pages.in_browser(found, origin)
        tell(folder, origin, welcome(access, origin, found[0].path), context)
        context.stdout.flush()

    place = _free(Place(HOST, PORT), context)
    return serve_home(Serving(folder, place, USUAL, log_level="warning"), context, show)


def _free(place: Place, context: Context) -> Place:
    """The place, or where its port is taken, another port of its host."""
    from entrypoints.http.serving import listening

    try:
        with listening(place, context.now):
            return place
    except Wrong:
        return replace(place, port=0)


def _as_json(home: EmbeddedHome, demo: Demo, fresh: bool, context: Context) -> None:
    from entrypoints.cli.demo import build, questions

    stages: list[Stage] = []
    marker = build.make(home, demo, fresh, context, stages.append)
    answers, asked = _ask(home, context)
    found = {
        **_told(home, marker, stages),
        "stages": [
            {"stage": stage.name, "seconds": stage.seconds, **stage.figures}
            for stage in (*stages, asked)
        ],
        **questions.as_json(answers),
    }
    print_json(found, context.stdout)


def _told(home: EmbeddedHome, marker: Marker, stages: list[Stage]) -> dict[str, Any]:
    from entrypoints.cli.demo.questions import AS_OF

    return {
        "home": str(home.folder),
        "seed": marker.seed,
        "customers": marker.customers,
        "as_of": AS_OF,
        "facts": marker.facts,
        "reused": any(stage.name == "reused" for stage in stages),
    }


def _ask(home: EmbeddedHome, context: Context) -> tuple[Answers, Stage]:
    from entrypoints.cli.demo.build import Stage
    from entrypoints.cli.demo.questions import QUESTIONS, ask_all

    start = context.runtime.monotonic()
    answers = ask_all(home)
    seconds = context.runtime.monotonic() - start
    said = f"{QUESTIONS} questions, each through a command that you can type"
    return answers, Stage("asked", said, seconds, {"questions": QUESTIONS})


COMMANDS = (
    Command(
        "demo",
        "three years of an invented company, and what can be seen in them",
        "./pledger demo --small",
        _demo_options,
        _demo,
    ),
)
