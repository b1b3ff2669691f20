"""The commands of those who run a home: its topic, its status, and moving to another."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from entrypoints.cli.command import (
    Command,
    Context,
    answer,
    folder_of,
    server_home_of,
)
from entrypoints.cli.options import count, home_options

if TYPE_CHECKING:
    from application.emit import Appending
    from application.server_home import ServerHome
    from domain.topics import Topic
    from ledger.kafka.settings import KafkaSettings
    from ledger.kafka.topic import Fault
    from ledger.port import Recorded


def _topic_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["create", "check"])
    group = parser.add_argument_group("options of create")
    group.add_argument(
        "--partitions",
        type=count,
        default=12,
        metavar="N",
        help="how many workers can share the work; fixed for life (default: 12)",
    )
    group.add_argument(
        "--replication-factor",
        type=count,
        default=1,
        metavar="N",
        help="brokers that keep each fact (default: 1; 3 where there are as many brokers)",
    )
    group.add_argument(
        "--min-insync-replicas",
        type=count,
        metavar="N",
        help="of them, how many must have a fact before it is acknowledged (default: 2, or 1 of 1)",
    )
    home_options(parser)


def _topic(args: argparse.Namespace, context: Context) -> int:
    home = server_home_of(args, context)
    kafka = home.kafka
    made = args.action == "create" and _create(kafka, args)
    from ledger.kafka.topic import check

    if args.action == "create":
        faults = check(kafka, partitions=args.partitions)
    else:
        remembered = _remembered(home, context)
        faults = check(kafka, partitions=remembered and remembered.partitions)
        faults += _another(home, remembered)
    found = {
        "topic": kafka.topic,
        "created": made,
        "faults": [fault._asdict() for fault in faults],
    }
    answer("topic", found, args, context)
    return 1 if faults else 0


def _remembered(home: ServerHome, context: Context) -> Topic | None:
    """The topic that the views are of. The rest is checked all the same where nobody knows."""
    try:
        return home.remembered()
    except CallError as error:
        context.stderr.write(
            "whether it is the topic of the views, and the number of partitions, was not checked:"
            f" {error}\n"
        )
        return None


def _another(home: ServerHome, remembered: Topic | None) -> list[Fault]:
    """What is wrong if the topic is not the one that the views are of."""
    from ledger.kafka.topic import Fault
    from ledger.kafka.watch import Watch

    if remembered is None:
        return []
    seen = Watch(home.kafka).topic()
    if remembered.is_same(seen):
        return []
    remedy = (
        "name the topic of the views in pledger.toml; if that one is gone, copy its facts from a"
        " backup into this one, and build views of it with './pledger rebuild'"
    )
    return [Fault("topic", f"{remembered}, which the views are of", str(seen), remedy)]


def _create(kafka: KafkaSettings, args: argparse.Namespace) -> bool:
    """Make the topic. One that is there already is as good, if it passes the check."""
    from ledger.errors import NoLedger
    from ledger.kafka.topic import check, create

    try:
        check(kafka)
    except NoLedger:
        factor = args.replication_factor
        least = args.min_insync_replicas or min(2, factor)
        try:
            create(kafka, args.partitions, factor, least)
        except ValueError as error:
            raise CallError(str(error)) from error
        return True
    return False


def _status(args: argparse.Namespace, context: Context) -> int:
    from application.status import embedded_status, server_status

    home = _opened(folder_of(args), context)
    found = embedded_status(home) if isinstance(home, Home) else server_status(home)
    answer("status", found, args, context)
    return 0


def _copy_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from", dest="source", type=Path, required=True, metavar="DIR", help="the home to read"
    )
    parser.add_argument(
        "--to", dest="target", type=Path, required=True, metavar="DIR", help="the home to write to"
    )
    parser.add_argument(
        "--no-check", action="store_true", help="do not compare what the two homes answer"
    )
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")


def _copy(args: argparse.Namespace, context: Context) -> int:
    from application.copy import copy_facts
    from ledger.known import known_ids

    if args.source.resolve() == args.target.resolve():
        raise CallError(
            f"expected two homes, saw {str(args.source)!r} twice; name another with --to"
        )
    source, target = _opened(args.source, context), _opened(args.target, context)
    with ExitStack() as shown:
        report = shown.enter_context(progress_of(context, "copying"))
        known = None
        if not isinstance(target, Home):  # an embedded ledger knows an id again by itself
            folder = shown.enter_context(TemporaryDirectory(prefix="pledger-copy-"))
            known = shown.enter_context(known_ids(Path(folder)))
            known.meet_all(_facts(target))
        writing: AbstractContextManager[Appending] = target.writing()
        ledger = shown.enter_context(writing)
        copied = copy_facts(_counting(source), ledger, known, lambda done: report(done, None))
    found: dict[str, Any] = copied._asdict()
    if not args.no_check:
        found["difference"] = _compared(source, target, context)
    answer("copy", found, args, context)
    return 1 if found.get("difference") else 0


def _opened(folder: Path, context: Context) -> Home | ServerHome:
    if (folder / SERVER_FILE).exists():
        return server_home_of(argparse.Namespace(home=folder), context)
    return embedded_home_of(folder, context)


def _facts(home: Home | ServerHome) -> Iterator[list[Recorded]]:
    """All facts of a home, in the order in which they were recorded; none where there is no home
    yet."""
    from application.copy import in_order_recorded

    if isinstance(home, Home) and not home.made():
        return
    if isinstance(home, Home):
        with home.reading() as ledger:
            yield from ledger.read()
    else:
        with home.ledger() as ledger:
            yield from in_order_recorded(ledger)


def _counting(home: Home | ServerHome) -> Iterator[list[Recorded]]:
    """The facts of a home that its views are of. What was dismissed there would count again in
    another home, which knows nothing of that."""
    from application.copy import without

    return (
        _facts(home) if isinstance(home, Home) else without(_facts(home), home.views().dismissed())
    )


def _compared(
    source: Home | ServerHome, target: Home | ServerHome, context: Context
) -> dict[str, Any] | None:
    """The first difference between what two homes answer now; None if they answer alike."""
    from application.copy import first_difference

    for home in (source, target):
        with progress_of(context, f"taking in what {home.folder} was told") as on_progress:
            home.catch_up(on_progress)
    with (
        progress_of(context, "taking in what was copied") as on_progress,
        source.asking(on_progress) as (one, here),
        target.asking(on_progress) as (other, there),
    ):
        found = first_difference(one, here, other, there, context.now)
    return None if found is None else found._asdict()


COMMANDS = (
    Command(
        "topic",
        "make the topic of facts, or check that it can lose none",
        "./pledger topic create --partitions 12 --home server",
        _topic_options,
        _topic,
    ),
    Command(
        "status",
        "how far the ledger and the views have come, and what waits",
        "./pledger status --json",
        home_options,
        _status,
    ),
    Command(
        "copy",
        "copy every fact to another home, and compare what both answer",
        "./pledger copy --from pledger-home --to server",
        _copy_options,
        _copy,
    ),
)
