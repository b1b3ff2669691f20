"""The commands that ask."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from application.promise_keys import condition, group_key
from domain.statuses import STATUSES
from entrypoints.cli.command import Command, Context, answer, folder_of, for_people, home_of
from entrypoints.cli.notes import note_left_out, note_unfinished_demo, note_unknown
from entrypoints.cli.options import (
    count,
    instant,
    list_options,
    moment_options,
    option,
    zone,
)
from entrypoints.terminal.renderers import SHOWN

if TYPE_CHECKING:
    from application.home import Home
    from application.question import Question

#: The two times of a question, by the names that every request has for them.
Times = dict[str, Any]
Request = Callable[[argparse.Namespace, Times], "Question"]


def _ask(name: str, request: Request) -> Callable[[argparse.Namespace, Context], int]:
    """What a command does that asks the application's question of its own name."""

    def run(args: argparse.Namespace, context: Context) -> int:
        from application import ask

        asked = request(args, {"as_of": args.as_of or context.now, "known_at": args.known_at})
        home = home_of(args, context)
        with context.progress("taking in new facts") as on_progress:
            found = getattr(ask, name)(home, asked, on_progress)
        note_unfinished_demo(home, folder_of(args, context), context)
        if getattr(args, "lines", False):
            note_unknown(found.get("unknown", {}), context)
            note_left_out(home, context)
        elif without := home.left_out():
            found = {**found, "without": [*without]}
        remarks = _remarks(name, home, found, asked, args) if for_people(args) else ()
        answer(name, found, args, context, remarks)
        return 0

    return run


#: How old the newest fact is where an answer about now is hardly what was meant.
OLD = timedelta(days=30)


def _remarks(
    name: str,
    home: Home,
    found: Mapping[str, Any],
    asked: Question,
    args: argparse.Namespace,
) -> Sequence[str]:
    """What people should know of an answer: which facts it is without, and whether it is of long
    ago."""
    from entrypoints.terminal.left_out import sentence

    left = [sentence(found["without"])] if "without" in found else []
    if args.as_of or not _overdue(name, found):
        return left
    return [*left, *of_long_ago(home, asked, "what was open then is overdue")]


def of_long_ago(home: Home, asked: Question, so: str) -> Sequence[str]:
    """What people should know who gave no instant: of an extract of last year, everything that was
    open then is overdue now, and every source silent."""
    from application.ask import Newest, newest
    from application.json_answers import instant_to_text

    since = asked.as_of - OLD
    last = newest(home, Newest(as_of=asked.as_of, known_at=asked.known_at, since=since))
    if last is None:
        return ()
    day, then = f"{last:%Y-%m-%d}", instant_to_text(last)
    return [f"the newest fact is of {day}, so {so}; ask with --as-of {then}"]


def _overdue(name: str, found: Mapping[str, Any]) -> bool:
    """Whether an answer shows overdue promises."""
    match name:
        case "promises" | "customer":
            return bool((found["counts"] if name == "promises" else found["promises"])["overdue"])
        case "commitment":
            return bool(found["status"] == "overdue")
        case "commitments" | "due":
            return any(each["status"] == "overdue" for each in found[name])
    return False


def promises_options(parser: argparse.ArgumentParser) -> None:
    """The options of a question about promises."""
    parser.add_argument(
        "--by",
        action="append",
        default=[],
        type=option(group_key),
        metavar="KEY",
        help="group by department, about, channel, month_due, month_made, supports or label:NAME;"
        " may be repeated",
    )
    parser.add_argument(
        "--where",
        action="append",
        default=[],
        type=option(condition),
        metavar="KEY=VALUE",
        help="only these",
    )
    parser.add_argument("--due-from", type=instant, metavar="TIME", help="agreed date after this")
    parser.add_argument("--due-to", type=instant, metavar="TIME", help="agreed date up to this")
    parser.add_argument("--timezone", type=zone, metavar="ZONE", help="whose months (default: UTC)")
    moment_options(parser)


def _promises(args: argparse.Namespace, times: Times) -> Question:
    from application.ask import Promises

    return Promises(
        by=args.by,
        where=args.where,
        due_from=args.due_from,
        due_to=args.due_to,
        zone=args.timezone or "UTC",
        **times,
    )


def _id_options(what: str) -> Callable[[argparse.ArgumentParser], None]:
    def options(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("id", metavar="ID", help=what)
        moment_options(parser)

    return options


def _named(args: argparse.Namespace, times: Times) -> Question:
    from application.ask import Named

    return Named(id=args.id, **times)


def _commitment_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="the commitment's id")
    parser.add_argument("--limit", type=count, metavar="N", help="at most so many facts of it")
    moment_options(parser)


def _commitment(args: argparse.Namespace, times: Times) -> Question:
    from application.ask import Commitment

    return Commitment(id=args.id, limit=_limit(args), **times)


def _limit(args: argparse.Namespace) -> int | None:
    """How many elements of a list to ask for: programs get all, people as many as they can read."""
    whole = args.json or getattr(args, "lines", False)
    return args.limit or (None if whole else SHOWN)


def _customer_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--customer", metavar="ID", help="of this customer, by any linked id")
    _page_options(parser)


def _page_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=count, metavar="N", help="at most so many")
    parser.add_argument("--after", metavar="CURSOR", help="go on after 'next' of the page before")
    list_options(parser)


def _commitments_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--status",
        action="append",
        default=[],
        choices=STATUSES,
        metavar="S",
        help=f"{', '.join(STATUSES[:-1])} or {STATUSES[-1]}; may be repeated",
    )
    parser.add_argument(
        "--department", action="append", default=[], metavar="D", help="whose; may be repeated"
    )
    _customer_options(parser)


def _commitments(args: argparse.Namespace, times: Times) -> Question:
    from application.ask import Commitments

    return Commitments(
        statuses=args.status,
        departments=args.department,
        customer=args.customer,
        limit=_limit(args),
        after=args.after,
        **times,
    )


def _journeys(args: argparse.Namespace, times: Times) -> Question:
    from application.ask import Journeys

    return Journeys(customer=args.customer, limit=_limit(args), after=args.after, **times)


def _due_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--within", required=True, metavar="DURATION", help="how far ahead, such as P7D or PT12H"
    )
    list_options(parser)


def _due(args: argparse.Namespace, times: Times) -> Question:
    from application.ask import Due

    return Due(within=args.within, **times)


def _balance_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="start", required=True, type=instant, metavar="TIME")
    parser.add_argument("--to", dest="end", required=True, type=instant, metavar="TIME")
    parser.add_argument(
        "--by",
        action="append",
        default=[],
        choices=["department", "about"],
        metavar="KEY",
        help="group by department or about; may be repeated",
    )
    moment_options(parser)


def _balance(args: argparse.Namespace, times: Times) -> Question:
    from application.ask import Balance

    return Balance(start=args.start, end=args.end, by=args.by, **times)


def _suspense(args: argparse.Namespace, times: Times) -> Question:
    from application.question import Page

    return Page(limit=_limit(args), after=args.after, **times)


COMMANDS = (
    Command(
        "promises",
        "how well promises were kept, on three bases",
        "./pledger promises --by department --as-of 2026-03-01T00:00:00Z",
        promises_options,
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
        "chain",
        "one promise and all that support it, and which broke first",
        "./pledger chain ROSEBUSH",
        _id_options("the commitment's id"),
        _ask("chain", _named),
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
        _customer_options,
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
        _page_options,
        _ask("suspense", _suspense),
    ),
)
