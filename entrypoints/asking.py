"""The commands that ask."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from entrypoints.calls import (
    CallError,
    Command,
    Context,
    answer,
    count,
    instant,
    list_options,
    moment_options,
    zone,
)
from entrypoints.opening import home_of, progress_of

if TYPE_CHECKING:
    from domain.positions import Reach
    from projections.asks.moment import Moment
    from projections.session import Session

Asked = Callable[["Session", "Moment", argparse.Namespace], dict[str, Any]]


@contextmanager
def taking_in(args: argparse.Namespace, context: Context) -> Iterator[tuple[Session, Reach]]:
    """A session on the views of a call, once they are up to date, and how far they stand. Progress
    is shown while facts are taken in."""
    with ExitStack() as shown:
        on_progress = shown.enter_context(progress_of(context, "taking in new facts"))
        with home_of(args, context).asking(on_progress) as found:
            shown.close()
            yield found


@contextmanager
def asking(args: argparse.Namespace, context: Context) -> Iterator[tuple[Session, Moment]]:
    """The session and the moment of a question."""
    from projections.asks.moment import Moment, known_at

    with taking_in(args, context) as (session, head):
        reach = head
        if isinstance(args.known_at, datetime):
            reach = known_at(session, args.known_at, head)
        elif args.known_at is not None:
            reach = _reach(args.known_at, head)
        yield session, Moment(args.as_of or context.now, reach, head)


def _reach(asked: Reach, head: Reach) -> Reach:
    """What --known-at names, in the way in which this ledger counts. Raises CallError."""
    from domain.positions import Vector
    from projections.asks.moment import within

    if isinstance(head, int) and isinstance(asked, Vector) and set(asked) <= {0}:
        asked = asked.get(0, 0)  # a ledger of one partition
    if asked == 0 and isinstance(head, Vector):
        asked = Vector({})  # nothing is known of any partition
    if isinstance(asked, int) and isinstance(head, Vector):
        raise CallError(
            f"expected a place in each partition, such as @{head}, which is all that is known now,"
            f" saw @{asked}"
        )
    if not within(asked, head):
        raise CallError(
            f"expected a position of the ledger, whose last one is {head}, saw @{asked}"
        )
    return asked


def _ask(name: str, ask: Asked) -> Callable[[argparse.Namespace, Context], int]:
    def run(args: argparse.Namespace, context: Context) -> int:
        from domain.errors import Unknown
        from projections.errors import NoCursor

        with asking(args, context) as (session, moment):
            try:
                found = ask(session, moment, args)
            except (NoCursor, Unknown) as error:
                raise CallError(str(error)) from error
        answer(name, found, args, context)
        return 0

    return run


def _replayed(session: Session, moment: Moment) -> None:
    """Questions about all commitments at an earlier knowledge fold them again."""
    if moment.replays:
        from projections.asks.replay import replay_commitments

        replay_commitments(session, moment)


def _pair(text: str) -> tuple[str, str]:
    from projections.asks.promises import CONDITIONS

    name, sign, value = text.partition("=")
    if not sign or name not in CONDITIONS:
        raise argparse.ArgumentTypeError(
            f"expected KEY=VALUE with a key among {', '.join(CONDITIONS)}, saw {text!r}"
        )
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


def _promises(session: Session, moment: Moment, args: argparse.Namespace) -> dict[str, Any]:
    from projections.asks.promises import Selection, promises

    _replayed(session, moment)
    selection = Selection(args.where, args.due_from, args.due_to, args.timezone)
    return promises(session, moment, selection, list(dict.fromkeys(args.by)))


def _commitment_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="the commitment's id")
    moment_options(parser)


def _commitment(session: Session, moment: Moment, args: argparse.Namespace) -> dict[str, Any]:
    from projections.asks.commitments import commitment

    return commitment(session, moment, args.id)


def _page_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--customer", metavar="ID", help="of this customer, by any linked id")
    parser.add_argument("--limit", type=count, metavar="N", help="at most so many")
    parser.add_argument("--after", metavar="CURSOR", help="go on after 'next' of the page before")
    list_options(parser)


def _commitments_options(parser: argparse.ArgumentParser) -> None:
    from projections.asks.standing import STATUSES

    parser.add_argument(
        "--status", action="append", default=[], choices=STATUSES, help="may be repeated"
    )
    parser.add_argument(
        "--department", action="append", default=[], metavar="D", help="whose; may be repeated"
    )
    _page_options(parser)


def _commitments(session: Session, moment: Moment, args: argparse.Namespace) -> dict[str, Any]:
    from projections.asks.commitments import Filter, commitments

    _replayed(session, moment)
    wanted = Filter(args.status, args.department, args.customer, args.limit, args.after)
    return commitments(session, moment, wanted)


def _due_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--within", required=True, metavar="DURATION", help="how far ahead, such as P7D or PT12H"
    )
    list_options(parser)


def _due(session: Session, moment: Moment, args: argparse.Namespace) -> dict[str, Any]:
    from domain.durations import InstantOutOfRange, UnreadableDuration, add, parse
    from projections.asks.commitments import due

    try:
        until = add(moment.as_of, parse(args.within))
    except (UnreadableDuration, InstantOutOfRange) as error:
        raise CallError(str(error)) from error
    _replayed(session, moment)
    return due(session, moment, until)


def _balance_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="start", required=True, type=instant, metavar="TIME")
    parser.add_argument("--to", dest="end", required=True, type=instant, metavar="TIME")
    parser.add_argument(
        "--by", action="append", default=[], choices=["department", "about"], help="group by"
    )
    moment_options(parser)


def _balance(session: Session, moment: Moment, args: argparse.Namespace) -> dict[str, Any]:
    from projections.asks.promises import Window, balance
    from schemas.jsonform import instant_to_text

    if args.end < args.start:
        raise CallError(
            f"expected --to at or after --from, saw {instant_to_text(args.end)} before"
            f" {instant_to_text(args.start)}; change one of them"
        )
    _replayed(session, moment)
    return balance(session, moment, Window(args.start, args.end, list(dict.fromkeys(args.by))))


def _customer_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="a party, such as customer:8412")
    moment_options(parser)


def _customer(session: Session, moment: Moment, args: argparse.Namespace) -> dict[str, Any]:
    from projections.asks.journeys import customer

    return customer(session, moment, args.id)


def _journey_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="the id of its first fact")
    moment_options(parser)


def _journey(session: Session, moment: Moment, args: argparse.Namespace) -> dict[str, Any]:
    from projections.asks.journeys import journey

    return journey(session, moment, args.id)


def _journeys(session: Session, moment: Moment, args: argparse.Namespace) -> dict[str, Any]:
    from projections.asks.journeys import Page, journeys

    return journeys(session, moment, Page(args.customer, args.limit, args.after))


def _suspense(session: Session, moment: Moment, _: argparse.Namespace) -> dict[str, Any]:
    from projections.asks.suspense import suspense

    _replayed(session, moment)
    return suspense(session, moment)


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
