"""The commands that ask."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from domain.errors import Wrong
from domain.statuses import STATUSES
from entrypoints.cli.command import Command, Context, answer, home_of
from entrypoints.cli.options import count, instant, list_options, moment_options, zone

if TYPE_CHECKING:
    from application import ask

#: The two times of a question, by the names that every request has for them.
Times = dict[str, Any]
Request = Callable[[argparse.Namespace, Times], "ask.Question"]


def _ask(name: str, request: Request) -> Callable[[argparse.Namespace, Context], int]:
    """What a command does that asks the application's question of its own name."""

    def run(args: argparse.Namespace, context: Context) -> int:
        from application import ask

        asked = request(args, {"as_of": args.as_of or context.now, "known_at": args.known_at})
        with context.progress("taking in new facts") as on_progress:
            found = getattr(ask, name)(home_of(args, context), asked, on_progress)
        answer(name, found, args, context)
        return 0

    return run


def _pair(text: str) -> tuple[str, str]:
    from application.ask import condition

    try:
        return condition(text)
    except Wrong as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _promises_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--by",
        action="append",
        default=[],
        choices=["department", "about", "channel", "month_due", "month_made", "supports"],
        help="group by; may be repeated",
    )
    parser.add_argument(
        "--where", action="append", default=[], type=_pair, metavar="KEY=VALUE", help="only these"
    )
    parser.add_argument("--due-from", type=instant, metavar="TIME", help="agreed date after this")
    parser.add_argument("--due-to", type=instant, metavar="TIME", help="agreed date up to this")
    parser.add_argument(
        "--timezone", type=zone, default="UTC", metavar="ZONE", help="whose months (default: UTC)"
    )
    moment_options(parser)


def _promises(args: argparse.Namespace, times: Times) -> ask.Question:
    from application.ask import Promises

    return Promises(
        by=args.by,
        where=args.where,
        due_from=args.due_from,
        due_to=args.due_to,
        zone=args.timezone,
        **times,
    )


def _id_options(what: str) -> Callable[[argparse.ArgumentParser], None]:
    def options(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("id", metavar="ID", help=what)
        moment_options(parser)

    return options


def _named(args: argparse.Namespace, times: Times) -> ask.Question:
    from application.ask import Named

    return Named(id=args.id, **times)


def _page_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--customer", metavar="ID", help="of this customer, by any linked id")
    parser.add_argument("--limit", type=count, metavar="N", help="at most so many")
    parser.add_argument("--after", metavar="CURSOR", help="go on after 'next' of the page before")
    list_options(parser)


def _commitments_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--status", action="append", default=[], choices=STATUSES, help="may be repeated"
    )
    parser.add_argument(
        "--department", action="append", default=[], metavar="D", help="whose; may be repeated"
    )
    _page_options(parser)


def _commitments(args: argparse.Namespace, times: Times) -> ask.Question:
    from application.ask import Commitments

    return Commitments(
        statuses=args.status,
        departments=args.department,
        customer=args.customer,
        limit=args.limit,
        after=args.after,
        **times,
    )


def _journeys(args: argparse.Namespace, times: Times) -> ask.Question:
    from application.ask import Page

    return Page(customer=args.customer, limit=args.limit, after=args.after, **times)


def _due_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--within", required=True, metavar="DURATION", help="how far ahead, such as P7D or PT12H"
    )
    list_options(parser)


def _due(args: argparse.Namespace, times: Times) -> ask.Question:
    from application.ask import Due

    return Due(within=args.within, **times)


def _balance_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="start", required=True, type=instant, metavar="TIME")
    parser.add_argument("--to", dest="end", required=True, type=instant, metavar="TIME")
    parser.add_argument(
        "--by", action="append", default=[], choices=["department", "about"], help="group by"
    )
    moment_options(parser)


def _balance(args: argparse.Namespace, times: Times) -> ask.Question:
    from application.ask import Balance

    return Balance(start=args.start, end=args.end, by=args.by, **times)


def _suspense(_: argparse.Namespace, times: Times) -> ask.Question:
    from application.ask import Question

    return Question(**times)


COMMANDS = (
    Command(
        "promises",
        "how well promises were kept, on three bases",
        "./pledger promises --by department --as-of 2026-03-01T00:00:00Z",
        _promises_options,
        _ask("promises", _promises),
    ),
    Command(
        "commitment",
        "one promise and its history",
        "./pledger commitment ROSEBUSH",
        _id_options("the commitment's id"),
        _ask("commitment", _named),
    ),
    Command(
        "commitments",
        "a list of promises, by agreed date",
        "./pledger commitments --status overdue --department logistics --limit 20",
        _commitments_options,
        _ask("commitments", _commitments),
    ),
    Command(
        "due",
        "who waits: overdue first, then what falls due",
        "./pledger due --within P7D",
        _due_options,
        _ask("due", _due),
    ),
    Command(
        "balance",
        "what was outstanding, came and went, and is outstanding",
        "./pledger balance --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z --by department",
        _balance_options,
        _ask("balance", _balance),
    ),
    Command(
        "customer",
        "everything about a customer, by any of the linked ids",
        "./pledger customer customer:8412",
        _id_options("a party, such as customer:8412"),
        _ask("customer", _named),
    ),
    Command(
        "journeys",
        "a list of journeys, by their first facts",
        "./pledger journeys --customer customer:8412",
        _page_options,
        _ask("journeys", _journeys),
    ),
    Command(
        "journey",
        "one journey across departments, step by step",
        "./pledger journey 0283e08f-3f85-5925-a2d2-5fb85d016273",
        _id_options("the id of its first fact"),
        _ask("journey", _named),
    ),
    Command(
        "suspense",
        "what waits for a missing fact",
        "./pledger suspense",
        list_options,
        _ask("suspense", _suspense),
    ),
)
