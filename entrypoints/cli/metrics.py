"""The commands for metrics: which there are, and one of them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from application.metrics import condition
from entrypoints.cli.command import Command, Context, answer, folder_of, for_people, home_of
from entrypoints.cli.notes import note_unfinished_demo
from entrypoints.cli.options import (
    count,
    home_options,
    instant,
    moment_options,
    option,
    zone,
)
from entrypoints.terminal.renderers import SHOWN

if TYPE_CHECKING:
    from application.metrics import Metric


def _metrics_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--family", metavar="F", help="only those of one family, such as word")
    home_options(parser)


def _metrics(args: argparse.Namespace, context: Context) -> int:
    from application.metrics import metrics

    answer("metrics", metrics(args.family), args, context)
    return 0


def _metric_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="of a metric; './pledger metrics' lists them")
    parser.add_argument(
        "--by", action="append", default=[], metavar="KEY", help="group by a key; may be repeated"
    )
    parser.add_argument(
        "--where",
        action="append",
        default=[],
        type=option(condition),
        metavar="KEY=VALUE",
        help="only units with this key; may be repeated",
    )
    parser.add_argument(
        "--from", dest="start", type=instant, metavar="TIME", help="units after this"
    )
    parser.add_argument(
        "--to", dest="end", type=instant, metavar="TIME", help="units of up to this"
    )
    parser.add_argument(
        "--within", metavar="DURATION", help="another time to do it in, such as P14D or PT36H"
    )
    parser.add_argument("--timezone", type=zone, metavar="ZONE", help="whose months (default: UTC)")
    parser.add_argument("--units", action="store_true", help="list what the number is made of")
    parser.add_argument("--limit", type=count, metavar="N", help="at most so many units")
    parser.add_argument("--after", metavar="CURSOR", help="go on after 'next' of the page before")
    moment_options(parser)


def _asked(args: argparse.Namespace, context: Context) -> Metric:
    from application.metrics import Metric

    shown = SHOWN if args.units and for_people(args) else None
    return Metric(
        name=args.name,
        by=args.by,
        where=args.where,
        start=args.start,
        end=args.end,
        within=args.within,
        zone=args.timezone,
        limit=args.limit or shown,
        after=args.after,
        as_of=args.as_of or context.now,
        known_at=args.known_at,
    )


def _page(args: argparse.Namespace) -> str:
    return "units" if args.units else "metric"


def _metric(args: argparse.Namespace, context: Context) -> int:
    from application.metrics import metric, units

    question = _asked(args, context)
    home = home_of(args, context)
    with context.progress("taking in new facts") as on_progress:
        found = (units if args.units else metric)(home, question, on_progress)
    note_unfinished_demo(home, folder_of(args, context), context)
    if without := home.left_out():
        from entrypoints.terminal.left_out import sentence

        lacking = {**found, "without": [*without]}
        answer(_page(args), lacking, args, context, [sentence(without)])
    else:
        answer(_page(args), found, args, context)
    return 0


COMMANDS = (
    Command(
        "metrics",
        "which numbers there are, and what each means",
        "./pledger metrics --family word",
        _metrics_options,
        _metrics,
    ),
    Command(
        "metric",
        "one number, with its groups or what it is made of",
        "./pledger metric kept_agreed --by department --from 2026-01-01T00:00:00Z",
        _metric_options,
        _metric,
    ),
)
