"""The commands for what workers set aside: messages in quarantine, and parked subjects."""

from __future__ import annotations

import argparse
import base64
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from entrypoints.cli.command import (
    Command,
    Context,
    answer,
    server_home_of,
)
from entrypoints.cli.options import count, home_options

if TYPE_CHECKING:
    from application.server_home import ServerHome
    from consumers.keeping import Keeper
    from consumers.taking import Fetch
    from projections.postgres.quarantine import Place, Quarantine, Quarantined

#: Messages in quarantine that are taken up in one go.
PAGE = 500


def _quarantine_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["list", "show", "retry", "dismiss"])
    parser.add_argument(
        "place",
        nargs="?",
        type=_place,
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
        "--after", type=_place, metavar="PARTITION:OFFSET", help="list: those behind this place"
    )
    home_options(parser)


def _quarantine(args: argparse.Namespace, context: Context) -> int:
    _expect_place(args)
    home = server_home_of(args, context)
    match args.action:
        case "list":
            return _list(home, args, context)
        case "show":
            return _show(home, args, context)
        case "retry":
            return _retry(home, args, context)
    return _dismiss(home, args, context)


def _expect_place(args: argparse.Namespace) -> None:
    wanted = args.action in {"show", "dismiss"} or (args.action == "retry" and not args.all)
    if wanted and args.place is None:
        or_all = ", or --all" if args.action == "retry" else ""
        raise CallError(
            f"expected PARTITION:OFFSET{or_all} after {args.action}, saw none; './pledger"
            " quarantine list' has them"
        )
    if args.action == "dismiss" and not args.reason:
        raise CallError("expected --reason TEXT, saw none; say why it is not taken in")


def _list(home: ServerHome, args: argparse.Namespace, context: Context) -> int:
    found = _listed(home, args.state, args.limit + 1, args.after or (-1, -1))
    shown = found[: args.limit]
    following = len(found) > args.limit
    last = f"{shown[-1].partition}:{shown[-1].offset}" if following else None
    told = {"quarantined": [_told(one) for one in shown], "next": last}
    answer("quarantine", told, args, context)
    return 0


def _show(home: ServerHome, args: argparse.Namespace, context: Context) -> int:
    with _quarantine_of(home) as quarantine:
        found = None if quarantine is None else quarantine.one(args.place)
    if found is None:
        raise _unknown(args.place)
    whole = {
        **_told(found),
        "key": _bytes(found.key),
        "value": _bytes(found.value),
        "headers": [
            {"name": name.decode(errors="replace"), "value": _bytes(value)}
            for name, value in found.headers
        ],
    }
    answer("quarantine", whole, args, context)
    return 0


def _retry(home: ServerHome, args: argparse.Namespace, context: Context) -> int:
    from consumers.repairing import retry

    retried = []
    with _keeper(home) as (keeper, _):
        places = _open_places(home) if args.all else iter([args.place])
        for place in places:
            one = retry(keeper, place)
            if one is not None:
                retried.append(one._asdict())
            elif not args.all:
                raise _unknown(args.place)
    answer("quarantine", {"retried": retried}, args, context)
    return 0 if all(one["settled"] for one in retried) else 1


def _open_places(home: ServerHome) -> Iterator[Place]:
    after = (-1, -1)
    while found := _listed(home, "open", PAGE, after):
        yield from ((one.partition, one.offset) for one in found)
        after = (found[-1].partition, found[-1].offset)


def _dismiss(home: ServerHome, args: argparse.Namespace, context: Context) -> int:
    from consumers.repairing import InViews, dismiss
    from projections.postgres import control
    from projections.postgres.connecting import connected
    from projections.postgres.errors import explained

    schema = home.views().schema
    with connected(home.dsn, "control") as connection, explained():
        made = control.is_made(connection, schema)
        try:
            done = made and dismiss(connection, schema, args.place, args.reason, datetime.now(UTC))
        except InViews as error:
            raise CallError(str(error)) from error
    if not done:
        raise _unknown(args.place)
    partition, offset = args.place
    told = {"partition": partition, "offset": offset, "dismissed": True, "why": args.reason}
    answer("quarantine", told, args, context)
    return 0


def _listed(home: ServerHome, state: Any, limit: int, after: Place) -> list[Quarantined]:
    with _quarantine_of(home) as quarantine:
        return [] if quarantine is None else quarantine.listed([state], limit=limit, after=after)


@contextmanager
def _quarantine_of(home: ServerHome) -> Iterator[Quarantine | None]:
    """The messages of the topic that the live views are of; None where nobody has made views."""
    from projections.postgres import control, topics
    from projections.postgres.connecting import connected
    from projections.postgres.errors import explained

    schema = home.views().schema
    with connected(home.dsn, "control") as connection, explained():
        live = control.live_if_made(connection, schema)
        yield None if live is None else topics.quarantine_of(connection, schema, live.id)


def _told(one: Quarantined) -> dict[str, Any]:
    return {
        "partition": one.partition,
        "offset": one.offset,
        "recorded_at": one.recorded_at,
        "first_seen": one.first_seen,
        "reason": one.reason,
        "state": one.state,
        "settled_at": one.settled_at,
        "why": one.why,
    }


def _bytes(value: bytes | None) -> dict[str, str | None] | None:
    """Bytes as JSON can hold them: as text where they are text, and always in base 64."""
    if value is None:
        return None
    try:
        text: str | None = value.decode()
    except UnicodeDecodeError:
        text = None
    return {"text": text, "base64": base64.b64encode(value).decode()}


def _unknown(place: Place) -> CallError:
    partition, offset = place
    return CallError(
        f"expected an open message in quarantine, saw none at {partition}:{offset};"
        " './pledger quarantine list' has them"
    )


def _parked_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["list", "show"])
    parser.add_argument("subject", nargs="?", metavar="SUBJECT", help="whom; for show")
    home_options(parser)


def _parked(args: argparse.Namespace, context: Context) -> int:
    from projections.errors import NoViews
    from projections.postgres import parking

    if args.action == "show" and args.subject is None:
        raise CallError("expected SUBJECT after show, saw none; './pledger parked list' has them")
    home = server_home_of(args, context)
    try:
        with home.views().reading() as session:
            if args.action == "list":
                every = [one._asdict() for one in parking.listed(session.connection)]
                answer("parked", {"parked": every}, args, context)
                return 0
            found = parking.one(session.connection, args.subject)
            places = parking.waiting(session.connection, args.subject)
    except NoViews as error:
        raise CallError(str(error)) from error
    if found is None:
        raise _not_parked()
    waiting = [{"partition": partition, "offset": offset} for partition, offset in places]
    answer("parked", {**found._asdict(), "waiting": waiting}, args, context)
    return 0


def _unpark_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("subject", metavar="SUBJECT", help="whose facts are folded in after all")
    parser.add_argument(
        "--dismiss",
        action="append",
        default=[],
        type=_place,
        metavar="PARTITION:OFFSET",
        help="leave this waiting fact out, now and in all views built later; may be repeated",
    )
    parser.add_argument("--reason", metavar="TEXT", help="--dismiss: why it is no fact")
    home_options(parser)


def _unpark(args: argparse.Namespace, context: Context) -> int:
    from consumers.repairing import unpark
    from ledger.kafka.watch import Watch

    if bool(args.dismiss) != bool(args.reason):
        raise CallError(
            "expected --dismiss PARTITION:OFFSET and --reason TEXT together, saw one of them; say"
            " which waiting fact is no fact, and why"
        )
    home = server_home_of(args, context)
    with _keeper(home) as (keeper, fetch):
        # The facts that wait are known by their places alone.
        keeper.expect(Watch(home.kafka).topic())
        dismissed = _dismiss_waiting(keeper, fetch, args)
        found = unpark(keeper, fetch, args.subject)
    if found is None:
        raise _not_parked()
    failing = found.failing and {"partition": found.failing[0], "offset": found.failing[1]}
    told = {
        "subject": args.subject,
        "unparked": found.reason is None,
        "facts": found.facts,
        "dismissed": dismissed,
        "reason": found.reason,
        "failing": failing,
    }
    answer("unpark", told, args, context)
    return 0 if found.reason is None else 1


def _dismiss_waiting(keeper: Keeper, fetch: Fetch, args: argparse.Namespace) -> int:
    # In a transaction of its own: it holds even if the fold fails on another of the facts.
    from consumers.repairing import NotWaiting, dismiss_waiting

    if not args.dismiss:
        return 0
    try:
        done = dismiss_waiting(keeper, fetch, args.subject, args.dismiss, args.reason)
    except NotWaiting as error:
        raise CallError(str(error)) from error
    if done is None:
        raise _not_parked()
    return done


def _not_parked() -> CallError:
    return CallError(
        "expected a parked subject, saw one that is not parked; './pledger parked list' has them"
    )


@contextmanager
def _keeper(home: ServerHome) -> Iterator[tuple[Keeper, Fetch]]:
    """What lands facts beside the workers."""
    from consumers.keeping import Keeper, OtherDefinition
    from consumers.surroundings import Surroundings
    from ledger.kafka.ledger import fetch

    def pause(seconds: float) -> bool:
        time.sleep(seconds)
        return False

    around = Surroundings(
        lambda: datetime.now(UTC), time.monotonic, random.SystemRandom().random, pause
    )
    fetching = partial(fetch, home.kafka)
    keeper = Keeper(home.views(), "a command", fetching, around)
    try:
        yield keeper, fetching
    except OtherDefinition as error:
        raise CallError(str(error)) from error
    finally:
        keeper.close()


def _place(text: str) -> Place:
    partition, _, offset = text.partition(":")
    if not all(n.isascii() and n.isdigit() and len(n) < 16 for n in (partition, offset)):
        raise argparse.ArgumentTypeError(f"expected PARTITION:OFFSET, as in 3:1042, saw {text!r}")
    return int(partition), int(offset)


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
