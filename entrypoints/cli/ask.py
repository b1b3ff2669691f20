"""The commands that ask."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from domain.statuses import STATUSES
from entrypoints.cli.command import Command, Context, answer, home_of
from entrypoints.cli.options import count, instant, list_options, moment_options, zone

if TYPE_CHECKING:
    from application.ask import Answer
    from application.homes import Home, OnProgress

#: The two times of a question, by the names that every request has for them.
Times = dict[str, Any]
Asking = Callable[["Home", argparse.Namespace, Times, "OnProgress"], "Answer"]


def _ask(name: str, asking: Asking) -> Callable[[argparse.Namespace, Context], int]:
    """What a command does that asks one question."""

    def run(args: argparse.Namespace, context: Context) -> int:
        times = {"as_of": args.as_of or context.now, "known_at": args.known_at}
        with context.progress("taking in new facts") as on_progress:
            found = asking(home_of(args, context), args, times, on_progress)
        answer(name, found, args, context)
        return 0

    return run


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise argparse.ArgumentTypeError(f"expected KEY=VALUE, saw {text!r}")
    return name, value


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


def _promises(
    home: Home, args: argparse.Namespace, times: Times, on_progress: OnProgress
) -> Answer:
    from application import ask

    return ask.promises(
        home,
        ask.Promises(
            by=args.by,
            where=args.where,
            due_from=args.due_from,
            due_to=args.due_to,
            zone=args.timezone,
            **times,
        ),
        on_progress,
    )


def _commitment_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="the commitment's id")
    moment_options(parser)


def _customer_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="a party, such as customer:8412")
    moment_options(parser)


def _journey_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="the id of its first fact")
    moment_options(parser)


def _commitment(
    home: Home, args: argparse.Namespace, times: Times, on_progress: OnProgress
) -> Answer:
    from application import ask

    return ask.commitment(home, ask.Named(id=args.id, **times), on_progress)


def _customer(
    home: Home, args: argparse.Namespace, times: Times, on_progress: OnProgress
) -> Answer:
    from application import ask

    return ask.customer(home, ask.Named(id=args.id, **times), on_progress)


def _journey(home: Home, args: argparse.Namespace, times: Times, on_progress: OnProgress) -> Answer:
    from application import ask

    return ask.journey(home, ask.Named(id=args.id, **times), on_progress)


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


def _commitments(
    home: Home, args: argparse.Namespace, times: Times, on_progress: OnProgress
) -> Answer:
    from application import ask

    return ask.commitments(
        home,
        ask.Commitments(
            statuses=args.status,
            departments=args.department,
            customer=args.customer,
            limit=args.limit,
            after=args.after,
            **times,
        ),
        on_progress,
    )


def _journeys(
    home: Home, args: argparse.Namespace, times: Times, on_progress: OnProgress
) -> Answer:
    from application import ask

    return ask.journeys(
        home,
        ask.Page(customer=args.customer, limit=args.limit, after=args.after, **times),
        on_progress,
    )


def _due_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--within", required=True, metavar="DURATION", help="how far ahead, such as P7D or PT12H"
    )
    list_options(parser)


def _due(home: Home, args: argparse.Namespace, times: Times, on_progress: OnProgress) -> Answer:
    from application import ask

    return ask.due(home, ask.Due(within=args.within, **times), on_progress)


def _balance_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="start", required=True, type=instant, metavar="TIME")
    parser.add_argument("--to", dest="end", required=True, type=instant, metavar="TIME")
    parser.add_argument(
        "--by", action="append", default=[], choices=["department", "about"], help="group by"
    )
    moment_options(parser)


def _balance(home: Home, args: argparse.Namespace, times: Times, on_progress: OnProgress) -> Answer:
    from application import ask

    return ask.balance(
        home, ask.Balance(start=args.start, end=args.end, by=args.by, **times), on_progress
    )


def _suspense(home: Home, _: argparse.Namespace, times: Times, on_progress: OnProgress) -> Answer:
    from application import ask

    return ask.suspense(home, ask.Question(**times), on_progress)


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
        _commitment_options,
        _ask("commitment", _commitment),
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
        _customer_options,
        _ask("customer", _customer),
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
        _journey_options,
        _ask("journey", _journey),
    ),
    Command(
        "suspense",
        "what waits for a missing fact",
        "./pledger suspense",
        list_options,
        _ask("suspense", _suspense),
    ),
)
