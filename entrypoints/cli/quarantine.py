"""The commands for what workers set aside: messages in quarantine, and parked subjects."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from domain.errors import Wrong
from entrypoints.cli.command import Command, Context, answer, server_home_of
from entrypoints.cli.options import count, home_options, offset

if TYPE_CHECKING:
    from application.server_home import ServerHome


def _quarantine_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["list", "show", "retry", "dismiss"])
    parser.add_argument(
        "place",
        nargs="?",
        type=offset,
        metavar="PARTITION:OFFSET",
        help="which message; for show, retry and dismiss",
    )
    parser.add_argument("--all", action="store_true", help="retry: every message that is open")
    parser.add_argument("--reason", metavar="TEXT", help="dismiss: why it is not taken in")
    parser.add_argument(
        "--state",
        choices=["open", "retried", "dismissed"],
        default="open",
        help="list: the messages in this state (default: open)",
    )
    parser.add_argument(
        "--limit", type=count, default=100, metavar="N", help="list: at the most (default: 100)"
    )
    parser.add_argument(
        "--after", type=offset, metavar="PARTITION:OFFSET", help="list: those behind this place"
    )
    home_options(parser)


def _quarantine(args: argparse.Namespace, context: Context) -> int:
    from application import quarantine

    _expect_place(args)
    home = server_home_of(args, context)
    match args.action:
        case "list":
            return _list(home, args, context)
        case "show":
            answer("quarantine", quarantine.message(home, args.place), args, context)
            return 0
        case "retry":
            return _retry(home, args, context)
    dismissal = quarantine.Dismissal(place=args.place, reason=args.reason or "")
    answer("quarantine", quarantine.dismiss(home, dismissal), args, context)
    return 0


def _expect_place(args: argparse.Namespace) -> None:
    wanted = args.action in {"show", "dismiss"} or (args.action == "retry" and not args.all)
    if wanted and args.place is None:
        or_all = ", or --all" if args.action == "retry" else ""
        raise Wrong(
            f"PARTITION:OFFSET{or_all} after {args.action}", "none", "{quarantine list} has them"
        )


def _list(home: ServerHome, args: argparse.Namespace, context: Context) -> int:
    from application import quarantine

    asked = quarantine.Listing(
        state=args.state, limit=args.limit, after=args.after or quarantine.BEFORE_ALL
    )
    found = quarantine.listed(home, asked)
    following = found["next"] and "{}:{}".format(*found["next"])
    answer("quarantine", {**found, "next": following}, args, context)
    return 0


def _retry(home: ServerHome, args: argparse.Namespace, context: Context) -> int:
    from application import quarantine

    retried = quarantine.retry_all(home) if args.all else [quarantine.retry(home, args.place)]
    answer("quarantine", {"retried": [one._asdict() for one in retried]}, args, context)
    return 0 if all(one.settled for one in retried) else 1


def _parked_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["list", "show"])
    parser.add_argument("subject", nargs="?", metavar="SUBJECT", help="whom; for show")
    home_options(parser)


def _parked(args: argparse.Namespace, context: Context) -> int:
    from application import quarantine

    if args.action == "show" and args.subject is None:
        raise Wrong("SUBJECT after show", "none", "{parked list} has them")
    home = server_home_of(args, context)
    if args.action == "list":
        every = [one._asdict() for one in quarantine.parked(home)]
        answer("parked", {"parked": every}, args, context)
    else:
        answer("parked", quarantine.parked_subject(home, args.subject), args, context)
    return 0


def _unpark_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("subject", metavar="SUBJECT", help="whose facts are folded in after all")
    parser.add_argument(
        "--dismiss",
        action="append",
        default=[],
        type=offset,
        metavar="PARTITION:OFFSET",
        help="leave this waiting fact out, now and in all views built later; may be repeated",
    )
    parser.add_argument("--reason", metavar="TEXT", help="--dismiss: why it is no fact")
    home_options(parser)


def _unpark(args: argparse.Namespace, context: Context) -> int:
    from application import quarantine

    asked = quarantine.Unparking(
        subject=args.subject, without=args.dismiss, reason=args.reason or ""
    )
    found = quarantine.unpark(server_home_of(args, context), asked)
    answer("unpark", found, args, context)
    return 0 if found["unparked"] else 1


COMMANDS = (
    Command(
        "quarantine",
        "list, show, retry or dismiss messages that are no facts",
        "./pledger quarantine list --home server",
        _quarantine_options,
        _quarantine,
    ),
    Command(
        "parked",
        "list or show the subjects whose facts wait because a projection failed",
        "./pledger parked list --home server",
        _parked_options,
        _parked,
    ),
    Command(
        "unpark",
        "fold in the waiting facts of a parked subject",
        "./pledger unpark customer:8412 --home server",
        _unpark_options,
        _unpark,
    ),
)
